//! Posts: `/api/v1/posts`.

pub mod controller;
pub mod dto;
#[cfg(test)]
mod factory;
pub mod model;
#[cfg(test)]
mod tests;

use fw::prelude::*;

/// The routes of posts.
pub fn routes() -> Routes {
    Routes::at("/api/v1/posts").with([
        get("/", controller::list),
        post("/", controller::create).idempotent(),
        get("/{id}", controller::show),
        put("/{id}", controller::replace),
        patch("/{id}", controller::update).idempotent(),
        delete("/{id}", controller::destroy),
    ])
}
