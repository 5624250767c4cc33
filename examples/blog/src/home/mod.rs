//! The front door: `GET /` says what runs here.

pub mod controller;
#[cfg(test)]
mod tests;

use fw::prelude::*;

/// The routes of the front door.
pub fn routes() -> Routes {
    Routes::new().with([get("/", controller::index)])
}
