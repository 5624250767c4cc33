//! An application with a route for every kind of response.

use std::sync::atomic::{AtomicU32, Ordering};

use fw::{
    axum::{
        body::Body,
        response::{IntoResponse, Response},
    },
    dto::prelude::*,
    prelude::*,
};
use serde_json::{Value, json};

pub struct App;

impl Hooks for App {
    type Settings = ();

    fn name() -> &'static str {
        "details"
    }

    fn routes() -> Routes {
        Routes::new().with([
            post("/effects", effect),
            get("/effects", effects),
            get("/things", small),
            post("/things", thing),
            post("/form", form),
            get("/things/{id}", small),
            put("/things/{id}", thing),
            patch("/things/{id}", thing),
            delete("/things/{id}", gone),
            get("/large", large),
            get("/tagged", tagged),
            get("/packed", packed),
            get("/stream", stream),
            get("/public", public),
            get("/page", page),
        ])
    }

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }
}

#[derive(Deserialize, JsonSchema, Validate)]
struct Name {
    #[garde(skip)]
    name: String,
}

static EFFECTS: AtomicU32 = AtomicU32::new(0);

async fn effect(_: Anyone) -> Json<Value> {
    Json(json!({ "effects": EFFECTS.fetch_add(1, Ordering::Relaxed) + 1 }))
}

async fn effects(_: Anyone) -> Json<Value> {
    Json(json!({ "effects": EFFECTS.load(Ordering::Relaxed) }))
}

async fn small(_: Anyone) -> Json<Value> {
    Json(json!({ "name": "small" }))
}

async fn thing(_: Anyone, ValidJson(Name { name }): ValidJson<Name>) -> Json<Value> {
    Json(json!({ "name": name }))
}

async fn form(_: Anyone, ValidForm(Name { name }): ValidForm<Name>) -> Json<Value> {
    Json(json!({ "name": name }))
}

async fn gone(_: Anyone) -> NoContent {
    NoContent
}

async fn large(_: Anyone) -> Json<Value> {
    Json(json!({ "name": "x".repeat(5000) }))
}

async fn tagged(_: Anyone) -> WithETag<Json<Value>> {
    WithETag(7, large(Anyone).await)
}

/// Compressed already, or so it says.
async fn packed(_: Anyone) -> Response {
    let headers = [
        ("content-encoding", "gzip"),
        ("vary", "Accept-Encoding, x-tenant"),
    ];
    (headers, "x".repeat(5000)).into_response()
}

async fn stream(_: Anyone) -> Response {
    Body::from_stream(Body::from("x".repeat(5000)).into_data_stream()).into_response()
}

async fn public(_: Anyone) -> ([(&'static str, &'static str); 1], &'static str) {
    ([("cache-control", "public, max-age=60")], "public")
}

async fn page(_: Anyone) -> ([(&'static str, &'static str); 1], &'static str) {
    (
        [("content-type", "text/html; charset=utf-8")],
        "<p>page</p>",
    )
}
