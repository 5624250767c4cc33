//! Tests of extractors and responses, with good and bad requests.

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
    routing::{get, post},
};
use garde::Validate;
use http_body_util::{BodyExt, Limited};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::controller::{
    Created, FullJson, Id, Json, NoContent, Path, ValidForm, ValidJson, ValidQuery,
};

#[derive(Debug, Deserialize, Serialize, Validate)]
#[serde(deny_unknown_fields)]
struct Book {
    #[garde(length(min = 1))]
    title: String,
    #[garde(skip)]
    pages: Option<u32>,
}

async fn send(request: Request<Body>) -> (StatusCode, String, Value) {
    let app = Router::new()
        .route(
            "/json",
            post(|ValidJson(book): ValidJson<Book>| async { Created::at("/books/7", book) }),
        )
        .route(
            "/full",
            post(|FullJson(book): FullJson<Book>| async { Json(book) }),
        )
        .route(
            "/form",
            post(|ValidForm(book): ValidForm<Book>| async { Json(book) }),
        )
        .route(
            "/query",
            get(|ValidQuery(book): ValidQuery<Book>| async { Json(book) }),
        )
        .route("/books/{id}", get(|Path(_): Path<Id>| async { NoContent }))
        .route(
            "/names/{name}",
            get(|Path(name): Path<String>| async { Json(name) }),
        );
    let response = app.oneshot(request).await.unwrap();
    let status = response.status();
    let header = response
        .headers()
        .get("location")
        .map_or("", |value| value.to_str().unwrap());
    let location = header.to_owned();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (
        status,
        location,
        serde_json::from_slice(&body).unwrap_or_default(),
    )
}

async fn post_as(path: &str, media_type: &str, body: impl Into<Body>) -> (u16, Value) {
    let request = Request::post(path)
        .header("content-type", media_type)
        .body(body.into())
        .unwrap();
    let (status, _, body) = send(request).await;
    (status.as_u16(), body)
}

async fn get_at(uri: &str) -> (u16, Value) {
    let (status, _, body) = send(Request::get(uri).body(Body::empty()).unwrap()).await;
    (status.as_u16(), body)
}

#[tokio::test]
async fn what_was_created_has_an_address() {
    let request = Request::post("/json")
        .header("content-type", "application/json; charset=utf-8")
        .body(Body::from(r#"{"title": "Dune"}"#))
        .unwrap();
    let (status, location, body) = send(request).await;
    assert_eq!((status.as_u16(), location.as_str()), (201, "/books/7"));
    assert_eq!(body, json!({"title": "Dune", "pages": null}));
}

#[tokio::test]
async fn bodies_say_what_they_are() {
    let book = r#"{"title": "Dune"}"#;
    assert_eq!(
        post_as("/json", "application/vnd.api+json", book).await.0,
        201
    );
    for media_type in [
        "text/plain",
        "",
        "application/jsonp",
        "application/x-www-form-urlencoded",
    ] {
        let (status, body) = post_as("/json", media_type, book).await;
        assert_eq!(
            (status, &body["code"]),
            (415, &json!("unsupported_media_type"))
        );
    }
    let (status, _, _) = send(Request::post("/json").body(Body::from(book)).unwrap()).await;
    assert_eq!(status, 415);
    assert_eq!(post_as("/form", "application/json", book).await.0, 415);
}

#[tokio::test]
async fn full_bodies_are_full() {
    let (status, body) = post_as("/full", "application/json", r#"{"title": "Dune"}"#).await;
    assert_eq!(
        (status, &body["errors"][0]["pointer"]),
        (422, &json!("/pages"))
    );
    assert_eq!(
        post_as(
            "/full",
            "application/json",
            r#"{"title": "x", "pages": null}"#
        )
        .await
        .0,
        200
    );
}

#[tokio::test]
async fn long_and_broken_bodies_are_told_apart() {
    let long = Body::new(Limited::new(Body::from("x".repeat(100)), 10));
    let (status, body) = post_as("/json", "application/json", long).await;
    assert_eq!((status, &body["code"]), (413, &json!("payload_too_large")));
    let broken = futures_util::stream::iter([Ok("{"), Err(std::io::Error::other("gone"))]);
    let (status, body) = post_as("/json", "application/json", Body::from_stream(broken)).await;
    assert_eq!((status, &body["code"]), (400, &json!("malformed_body")));
}

#[tokio::test]
async fn forms_and_queries_are_text() {
    let form = "application/x-www-form-urlencoded";
    let (status, body) = post_as("/form", form, "title=Dune+%26+more&pages=").await;
    assert_eq!(
        (status, body),
        (200, json!({"title": "Dune & more", "pages": null}))
    );
    let (status, body) = post_as("/form", form, "title=%ff").await;
    assert_eq!(
        (status, &body["errors"][0]["pointer"]),
        (422, &json!("/title"))
    );
    let (status, body) = get_at("/query?title=&pages=-1&x=1").await;
    let errors = body["errors"].as_array().unwrap();
    let pointers: Vec<_> = errors
        .iter()
        .filter_map(|error| error["pointer"].as_str())
        .collect();
    assert_eq!((status, pointers), (422, vec!["?title", "?pages", "?x"]));
}

#[tokio::test]
async fn ids_of_the_wrong_shape_are_not_found() {
    assert_eq!(get_at("/books/7").await.0, 204);
    assert_eq!(get_at("/books/-7").await.0, 204);
    for id in [
        "x",
        "1.5",
        "99999999999999999999",
        "%ff",
        "7%00",
        "1%20or%201=1",
    ] {
        let (status, body) = get_at(&format!("/books/{id}")).await;
        assert_eq!((status, &body["code"]), (404, &json!("not_found")), "{id}");
    }
    assert_eq!(get_at("/names/a%00").await.0, 404);
    assert_eq!(get_at("/names/a%20b").await, (200, json!("a b")));
}
