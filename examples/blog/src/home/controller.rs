//! The handler of `GET /`.

use fw::{dto::prelude::*, prelude::*};

use crate::app::App;

/// The response to `GET /`.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Home {
    pub name: &'static str,
}

/// Shows the name of the application.
pub async fn index(_: Anyone) -> Json<Home> {
    Json(Home { name: App::name() })
}
