//! The room of views: loads the templates at the start, and serves the assets.

use std::{future::ready, sync::Arc};

use axum::{extract::Path, routing::get};

use super::{Engine, Probed, RouteSource, Views, assets::PREFIX};
use crate::{
    context::AppContext,
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
            // A process that only runs jobs has mails with links, but serves no pages.
            if let Some(RouteSource(routes)) = ctx.get().cloned() {
                engine.set_routes(move || routes());
            }
            Ok(ctx.with(engine))
        })
    },
    pages,
    doctor: |input| Box::pin(ready(examine(input))),
    ..Room::NONE
};

/// Renders every page and every mail with sample data.
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
        let pages = probed(input.ctx, &engine, &routes);
        let list: Vec<_> = named(&routes);
        engine.set_routes(move || list.clone());
        engine.probe(&pages)
    });
    match probed {
        Ok(faults) if faults.is_empty() => {
            vec![Finding::good(
                ID,
                "every page and every mail can be rendered",
            )]
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

/// All pages and mails of an application, to be probed.
#[cfg_attr(
    not(all(feature = "mailer", feature = "views")),
    expect(
        unused_variables,
        reason = "without pages or mails one of them is not needed"
    )
)]
pub(crate) fn probed(ctx: &AppContext, engine: &Engine, routes: &Routes) -> Vec<Probed> {
    let mut probed = Vec::new();
    #[cfg(feature = "views")]
    probed.extend(routes.pages());
    #[cfg(feature = "mailer")]
    if let Some(mailers) = ctx.get::<crate::mailer::Mailers>() {
        probed.extend(mailers.probed(engine));
    }
    probed
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
