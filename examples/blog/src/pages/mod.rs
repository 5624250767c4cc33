//! Pages: `/pages`.
//!
//! Made by `cargo fw generate controller pages about`.

pub mod controller;
#[cfg(test)]
mod tests;

use fw::prelude::*;

/// The routes of pages.
pub fn routes() -> Routes {
    Routes::at("/pages").with([get("/about", controller::about)])
}
