//! The handler of `GET /`.

use fw::{dto::prelude::*, prelude::*};

/// The first page.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Index {}

impl View for Index {
    const TEMPLATE: &'static str = "home/pages/index.html";
}

/// Shows the first page.
pub async fn index(_: Anyone) -> Page<Index> {
    Page(Index {})
}
