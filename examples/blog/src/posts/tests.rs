//! Request tests of `/api/v1/posts`, each on a database of its own.

use fw_testing::prelude::*;

use super::{
    dto::PostView,
    model::{ActiveModel, Entity},
};
use crate::{app::App, authors::model as authors};

const PATH: &str = "/api/v1/posts";

/// A valid body with every field.
async fn body(app: &TestApp) -> Value {
    let author = authors::ActiveModel::create(&app.ctx.db).await;
    json!({
        "title": "title",
        "slug": "slug",
        "content": "content",
        "status": "draft",
        "author_id": author.id,
        "rating": "1.11",
    })
}

#[tokio::test]
async fn lists_posts() {
    let app = boot::<App>().await;
    let rows = [
        ActiveModel::create(&app.ctx.db).await,
        ActiveModel::create(&app.ctx.db).await,
    ];
    let response = app.get(PATH).await;
    response.assert_status(200);
    assert_eq!(response.json()["data"], json!(rows.map(PostView::from)));
}

#[tokio::test]
async fn shows_a_post() {
    let app = boot::<App>().await;
    let row = ActiveModel::create(&app.ctx.db).await;
    let response = app.get(&format!("{PATH}/{}", row.id)).await;
    response.assert_status(200);
    assert_eq!(response.json(), json!(PostView::from(row)));
}

#[tokio::test]
async fn creates_a_post() {
    let app = boot::<App>().await;
    let body = body(&app).await;
    let response = app.post(PATH).json(&body).await;
    response.assert_status(201);
    response.assert_contains(&body);
    let created = app.get(response.header("location")).await;
    assert_eq!(created.json(), response.json());
}

#[tokio::test]
async fn replaces_a_post() {
    let app = boot::<App>().await;
    let path = format!("{PATH}/{}", ActiveModel::create(&app.ctx.db).await.id);
    let body = body(&app).await;
    let response = app.put(&path).json(&body).await;
    response.assert_status(200);
    response.assert_contains(&body);
}

#[tokio::test]
async fn updates_a_post() {
    let app = boot::<App>().await;
    let path = format!("{PATH}/{}", ActiveModel::create(&app.ctx.db).await.id);
    let patch = json!({ "title": "another title" });
    let response = app.patch(&path).json(&patch).await;
    response.assert_status(200);
    response.assert_contains(&patch);
}

#[tokio::test]
async fn deletes_a_post() {
    let app = boot::<App>().await;
    let row = ActiveModel::create(&app.ctx.db).await;
    let path = format!("{PATH}/{}", row.id);
    app.delete(&path).await.assert_status(204);
    assert_eq!(Entity::find_by_id(row.id).one(&app.ctx.db).await, Ok(None));
}

#[tokio::test]
async fn refuses_invalid_values() {
    let app = boot::<App>().await;
    let response = app.post(PATH).json(&json!({})).await;
    response.assert_problem(422, "validation_failed");
    response.assert_pointers(["/title", "/slug"]);
    let body = body(&app).await;
    for (field, value, code) in [
        ("title", json!(""), "too_short"),
        ("title", json!("x".repeat(256)), "too_long"),
        ("slug", json!(""), "too_short"),
        ("slug", json!("x".repeat(256)), "too_long"),
        ("content", json!("x".repeat(65_536)), "too_long"),
        ("status", json!("no such value"), "invalid_value"),
    ] {
        let mut body = body.clone();
        body[field] = value;
        let response = app.post(PATH).json(&body).await;
        response.assert_problem(422, "validation_failed");
        response.assert_field(&format!("/{field}"), code);
    }
}

#[tokio::test]
async fn refuses_a_slug_that_is_taken() {
    let app = boot::<App>().await;
    let taken = PostView::from(ActiveModel::create(&app.ctx.db).await);
    let mut body = body(&app).await;
    body["slug"] = json!(taken.slug);
    let response = app.post(PATH).json(&body).await;
    response.assert_problem(409, "conflict");
    response.assert_field("/slug", "not_unique");
}

#[tokio::test]
async fn refuses_an_author_that_is_missing() {
    let app = boot::<App>().await;
    let mut body = body(&app).await;
    body["author_id"] = json!(i64::MAX);
    let response = app.post(PATH).json(&body).await;
    response.assert_problem(422, "validation_failed");
    response.assert_field("/author_id", "not_found");
}
