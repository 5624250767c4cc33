//! Users: `/api/users`, and the caller as `/api/user`.

pub mod controller;
pub mod dto;
pub mod model;
#[cfg(test)]
mod tests;

use fw::prelude::*;

/// The routes of users.
pub fn routes() -> Routes {
    Routes::new().with([
        post("/users", controller::register),
        post("/users/login", controller::login),
        get("/user", controller::show),
        put("/user", controller::update),
    ])
}
