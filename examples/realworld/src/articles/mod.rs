//! Articles: `/api/articles`.

pub mod controller;
pub mod dto;
pub mod model;
#[cfg(test)]
mod tests;
mod view;

use fw::prelude::*;

/// The routes of articles.
pub fn routes() -> Routes {
    Routes::at("/articles").with([
        get("/", controller::list),
        post("/", controller::create),
        get("/feed", controller::feed),
        get("/{slug}", controller::show),
        put("/{slug}", controller::update),
        delete("/{slug}", controller::destroy),
        post("/{slug}/favorite", controller::favorite),
        delete("/{slug}/favorite", controller::unfavorite),
    ])
}
