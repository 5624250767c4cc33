//! The room of views: loads the templates at the start, and serves the assets.

use std::{future::ready, sync::Arc};

use axum::{extract::Path, routing::get};

use super::{Engine, Views, assets::PREFIX};
use crate::{
    controller::{Routes, with_allow},
    room::{DoctorContext, Finding, Page, PageContext, Room},
};

pub(crate) const ROOM: Room = Room {
    name: "views",
    context: |ctx| {
        Box::pin(async move {
            let Some(views) = ctx.get::<Views>().copied() else {
                return Ok(ctx);
            };
            let engine = Engine::load(views, &ctx.config)?;
            Ok(ctx.with(engine))
        })
    },
    pages,
    doctor: |input| Box::pin(ready(examine(input))),
    ..Room::NONE
};

/// Renders every page with sample data.
fn examine(input: DoctorContext<'_>) -> Vec<Finding> {
    const ID: &str = "views";

    let Some(views) = input
        .ctx
        .get::<Views>()
        .copied()
        .filter(|views| !views.is_empty())
    else {
        return Vec::new();
    };
    let probed = Engine::load(views, &input.ctx.config).and_then(|engine| {
        let routes = (input.routes)();
        let pages = routes.pages();
        let list: Vec<_> = named(&routes);
        engine.set_routes(move || list.clone());
        engine.probe(&pages)
    });
    match probed {
        Ok(faults) if faults.is_empty() => {
            vec![Finding::good(ID, "every page can be rendered")]
        }
        Ok(faults) => {
            let faults = faults
                .iter()
                .map(|fault| Finding::failure(ID, fault.to_string()));
            faults.collect()
        }
        Err(error) => vec![Finding::failure(ID, error.to_string())],
    }
}

/// The paths of the handlers of routes, and their own.
fn named(routes: &Routes) -> Vec<(&'static str, String)> {
    let list = routes.list().into_iter();
    list.map(|route| (route.handler, route.path)).collect()
}

fn pages(input: &PageContext) -> Vec<Page> {
    let Some(engine) = input.ctx.get::<Engine>().cloned() else {
        return Vec::new();
    };
    let routes = Arc::clone(&input.routes);
    engine.set_routes(move || named(&routes()));
    let asset = get(async move |Path(path): Path<String>| engine.asset(&path));
    vec![Page {
        path: format!("{PREFIX}{{*path}}"),
        methods: with_allow(asset, &["GET"]),
    }]
}
