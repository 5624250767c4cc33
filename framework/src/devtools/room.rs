//! The room of pages for developers: what all of them need, and beside pages of the application live reload and pending migrations.

#[cfg(feature = "views")]
use axum::routing::post;
use axum::routing::{MethodRouter, get};
use http::header;

use super::layout::{STYLE, STYLE_PATH};
#[cfg(feature = "views")]
use super::{live, migrate};
use crate::{
    context::AppContext,
    controller::with_allow,
    room::{Page, PageContext, Room},
};

pub(crate) const ROOM: Room = Room {
    name: "pages for developers",
    devtools: pages,
    ..Room::NONE
};

fn pages(input: &PageContext) -> Vec<Page> {
    let mut pages = vec![page(STYLE_PATH, "GET", file("text/css", STYLE))];
    pages.extend(beside_pages(input));
    pages
}

/// The pages that an application without pages of its own has no use for.
#[cfg(feature = "views")]
fn beside_pages(input: &PageContext) -> Vec<Page> {
    let draining = input.ctx.draining();
    let engine = input.ctx.get().cloned();
    let events = get(async move || live::events(engine.clone(), draining.clone()));
    vec![
        page("/_fw/live.css", "GET", file("text/css", live::STYLE)),
        page("/_fw/live.js", "GET", file("text/javascript", live::SCRIPT)),
        page("/_fw/live", "GET", events),
        page(migrate::PATH, "POST", post(migrate::apply)),
    ]
}

#[cfg(not(feature = "views"))]
fn beside_pages(_: &PageContext) -> Vec<Page> {
    Vec::new()
}

fn page(path: &str, method: &'static str, methods: MethodRouter<AppContext>) -> Page {
    Page {
        path: path.to_owned(),
        methods: with_allow(methods, &[method]),
    }
}

fn file(media_type: &'static str, text: &'static str) -> MethodRouter<AppContext> {
    get(async move || {
        let media_type = format!("{media_type}; charset=utf-8");
        ([(header::CONTENT_TYPE, media_type)], text)
    })
}
