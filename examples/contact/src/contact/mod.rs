//! `/contact`: what people write to the team.

use fw::prelude::*;

pub mod pages;
#[cfg(test)]
mod tests;

/// The routes of `/contact`.
pub fn routes() -> Routes {
    Routes::at("/contact").with([get("/", pages::index), post("/", pages::create)])
}
