//! Profiles: users as others see them, `/api/profiles`.

pub mod controller;
pub mod dto;
#[cfg(test)]
mod tests;

use fw::prelude::*;

/// The routes of profiles.
pub fn routes() -> Routes {
    Routes::at("/profiles/{username}").with([
        get("/", controller::show),
        post("/follow", controller::follow),
        delete("/follow", controller::unfollow),
    ])
}
