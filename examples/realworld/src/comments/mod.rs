//! Comments on articles: `/api/articles/{slug}/comments`.

pub mod controller;
pub mod dto;
pub mod model;
#[cfg(test)]
mod tests;

use fw::prelude::*;

/// The routes of comments.
pub fn routes() -> Routes {
    Routes::at("/articles/{slug}/comments").with([
        get("/", controller::list),
        post("/", controller::create),
        delete("/{id}", controller::destroy),
    ])
}
