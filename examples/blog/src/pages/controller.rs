//! The handlers of `/pages`.

use fw::prelude::*;
use serde_json::{Value, json};

/// Handles `GET /pages/about`.
pub async fn about(_: Anyone) -> Result<Json<Value>> {
    Ok(Json(json!({ "page": "about" })))
}
