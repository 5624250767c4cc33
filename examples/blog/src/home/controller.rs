//! What `GET /` does.

use fw::{dto::prelude::*, prelude::*};

use crate::app::App;

/// What runs here.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Home {
    pub name: &'static str,
}

/// Says what runs here.
pub async fn index(_: Anyone) -> Json<Home> {
    Json(Home { name: App::name() })
}
