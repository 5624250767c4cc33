//! The first page: `GET /`.

pub mod pages;
#[cfg(test)]
mod tests;

use fw::prelude::*;

/// The routes of the first page.
pub fn routes() -> Routes {
    Routes::new().with([get("/", pages::index)])
}
