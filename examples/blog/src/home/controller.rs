//! What `GET /` does.

use fw::prelude::*;
use serde::Serialize;

use crate::app::App;

/// What runs here.
#[derive(Debug, Serialize)]
pub struct Home {
    pub name: &'static str,
    pub version: &'static str,
}

/// Says what runs here.
pub async fn index(_: Anyone) -> Json<Home> {
    Json(Home {
        name: App::name(),
        version: App::version(),
    })
}
