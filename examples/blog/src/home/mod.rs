//! The root of the API: `GET /` names the application.

pub mod controller;
#[cfg(test)]
mod tests;

use fw::prelude::*;

/// The routes of the root.
pub fn routes() -> Routes {
    Routes::new().with([get("/", controller::index)])
}
