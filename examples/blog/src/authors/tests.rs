//! Request tests of `/api/v1/authors`, each on a database of its own.

use fw_testing::prelude::*;

use super::{
    dto::AuthorView,
    model::{ActiveModel, Entity},
};
use crate::app::App;

const PATH: &str = "/api/v1/authors";

/// A valid body with every field.
fn body() -> Value {
    json!({
        "name": "name",
    })
}

#[tokio::test]
async fn lists_authors() {
    let app = boot::<App>().await;
    let rows = [
        ActiveModel::create(&app.ctx.db).await,
        ActiveModel::create(&app.ctx.db).await,
    ];
    let response = app.get(PATH).await;
    response.assert_status(200);
    assert_eq!(response.json()["data"], json!(rows.map(AuthorView::from)));
}

#[tokio::test]
async fn shows_an_author() {
    let app = boot::<App>().await;
    let row = ActiveModel::create(&app.ctx.db).await;
    let response = app.get(&format!("{PATH}/{}", row.id)).await;
    response.assert_status(200);
    assert_eq!(response.json(), json!(AuthorView::from(row)));
}

#[tokio::test]
async fn creates_an_author() {
    let app = boot::<App>().await;
    let body = body();
    let response = app.post(PATH).json(&body).await;
    response.assert_status(201);
    response.assert_contains(&body);
    let created = app.get(response.header("location")).await;
    assert_eq!(created.json(), response.json());
}

#[tokio::test]
async fn replaces_an_author() {
    let app = boot::<App>().await;
    let path = format!("{PATH}/{}", ActiveModel::create(&app.ctx.db).await.id);
    let body = body();
    let response = app.put(&path).json(&body).await;
    response.assert_status(200);
    response.assert_contains(&body);
}

#[tokio::test]
async fn updates_an_author() {
    let app = boot::<App>().await;
    let path = format!("{PATH}/{}", ActiveModel::create(&app.ctx.db).await.id);
    let patch = json!({ "name": "another name" });
    let response = app.patch(&path).json(&patch).await;
    response.assert_status(200);
    response.assert_contains(&patch);
}

#[tokio::test]
async fn deletes_an_author() {
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
    response.assert_pointers(["/name"]);
    let body = body();
    for (field, value, code) in [
        ("name", json!(""), "too_short"),
        ("name", json!("x".repeat(256)), "too_long"),
    ] {
        let mut body = body.clone();
        body[field] = value;
        let response = app.post(PATH).json(&body).await;
        response.assert_problem(422, "validation_failed");
        response.assert_field(&format!("/{field}"), code);
    }
}
