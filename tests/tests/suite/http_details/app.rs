//! An application with a route for every kind of response.

use std::{
    convert::Infallible,
    sync::atomic::{AtomicU32, Ordering},
};

use futures_util::{StreamExt, stream};
use fw::{
    axum::response::Html,
    axum::{
        body::{Body, Bytes},
        extract::{FromRequestParts, RawQuery, Request},
        response::{IntoResponse, Response},
    },
    dto::prelude::*,
    http::{Uri, request::Parts},
    openapi::{Input, Operation},
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
            get("/home", home),
            get("/search", search),
            get("/raw", raw),
            get("/locale", locale),
            get("/signed", signed),
            get("/tenant", of_tenant),
            post("/upload", upload),
            post("/hold", hold),
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

async fn home(_: Anyone) -> Html<&'static str> {
    Html("<p>home</p>")
}

async fn search(_: Anyone, ValidQuery(Name { name }): ValidQuery<Name>) -> Json<Value> {
    Json(json!({ "name": name }))
}

async fn raw(_: Anyone, RawQuery(query): RawQuery) -> Json<Value> {
    Json(json!({ "query": query }))
}

/// An extractor of a parameter of the query, and one that says nothing of it.
struct Locale(String);

impl FromRequestParts<AppContext> for Locale {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &AppContext) -> Result<Self> {
        let Ok(uri) = Uri::from_request_parts(parts, ctx).await;
        Ok(Self(uri.query().unwrap_or_default().to_owned()))
    }
}

impl Input for Locale {}

/// An extractor that has nothing to do with the query.
struct Tenant;

impl FromRequestParts<AppContext> for Tenant {
    type Rejection = Error;

    async fn from_request_parts(_: &mut Parts, _: &AppContext) -> Result<Self> {
        Ok(Self)
    }
}

impl Input for Tenant {
    const READS_QUERY: bool = false;
}

async fn of_tenant(_: Anyone, _: Tenant) -> NoContent {
    NoContent
}

async fn locale(_: Anyone, Locale(locale): Locale) -> Json<Value> {
    Json(json!({ "query": locale }))
}

/// A link with a signature.
struct Signed;

impl Access for Signed {
    const READS_QUERY: bool = true;

    fn rule() -> String {
        "signed".to_owned()
    }

    fn describe(_: &mut Operation<'_>) {}
}

impl FromRequestParts<AppContext> for Signed {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &AppContext) -> Result<Self> {
        match parts.uri.query() {
            Some("signature=right") => Ok(Self),
            _ => Err(Error::forbidden()),
        }
    }
}

async fn signed(_: Signed) -> NoContent {
    NoContent
}

async fn upload(_: Anyone, body: Bytes) -> Json<Value> {
    Json(json!({ "bytes": body.len() }))
}

async fn page(_: Anyone) -> ([(&'static str, &'static str); 1], &'static str) {
    (
        [("content-type", "text/html; charset=utf-8")],
        "<p>page</p>",
    )
}

/// Keeps all pieces of the body, and responds with the length of each as it comes.
async fn hold(_: Anyone, request: Request) -> Response {
    let pieces = request.into_body().into_data_stream();
    let lengths = stream::unfold((pieces, Vec::new()), async |(mut pieces, mut held)| {
        let piece = pieces.next().await?.ok()?;
        let length = format!("{} bytes\n", piece.len());
        held.push(piece);
        Some((Ok::<_, Infallible>(length), (pieces, held)))
    });
    Body::from_stream(lengths).into_response()
}
