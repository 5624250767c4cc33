//! Tags of articles: `/api/tags`.

pub mod controller;
pub mod model;
#[cfg(test)]
mod tests;

use fw::prelude::*;

/// The route of tags.
pub fn routes() -> Routes {
    Routes::at("/tags").with([get("/", controller::list)])
}
