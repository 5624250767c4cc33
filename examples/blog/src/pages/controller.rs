//! What each request to `/pages` does.

use fw::prelude::*;
use serde_json::{Value, json};

/// Answers `GET /pages/about`.
pub async fn about(_: Anyone) -> Result<Json<Value>> {
    Ok(Json(json!({ "page": "about" })))
}
