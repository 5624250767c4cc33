//! Requests to `/api/v1/authors`, each test on a database of its own.

use fw::testing::prelude::*;
use sea_orm::PaginatorTrait;

use super::model::Entity;
use crate::app::App;

const PATH: &str = "/api/v1/authors";

/// A body that is accepted, different for each `n`.
fn body(n: u8) -> Value {
    json!({
        "name": format!("name {n}"),
    })
}

/// Creates an author and gives its id, for tests of what refers to authors too.
pub(crate) async fn create(app: &TestApp) -> i64 {
    let present = Entity::find()
        .count(&app.ctx.db)
        .await
        .expect("the rows are counted");
    let n = u8::try_from(present).expect("a few rows") + 1;
    let response = app.post(PATH).json(&body(n)).await;
    response.assert_status(201);
    response.json()["id"].as_i64().expect("an id")
}

/// Everything that was sent is in the answer.
fn assert_contains(answer: &Value, body: &Value) {
    for (name, value) in body.as_object().expect("an object") {
        assert_eq!(&answer[name], value, "{name}");
    }
}

#[tokio::test]
async fn creates_an_author() {
    let app = boot::<App>().await;
    let body = body(1);
    let response = app.post(PATH).json(&body).await;
    response.assert_status(201);
    let created = response.json();
    assert_contains(&created, &body);
    let location = response.header("location");
    assert_eq!(location, format!("{PATH}/{}", created["id"]));
    assert_eq!(app.get(location).await.json(), created);
}

#[tokio::test]
async fn repeats_are_answered_once() {
    let app = boot::<App>().await;
    let body = body(1);
    let request = || {
        app.post(PATH)
            .header("idempotency-key", "8e03978e-40d5-43e8-bc93-6894a57f9324")
            .json(&body)
    };
    let first = request().await;
    first.assert_status(201);
    let repeat = request().await;
    assert_eq!(repeat.header("idempotency-replayed"), "true");
    assert_eq!(repeat.json(), first.json());
    assert_eq!(Entity::find().count(&app.ctx.db).await, Ok(1));
}

#[tokio::test]
async fn shows_and_deletes_an_author() {
    let app = boot::<App>().await;
    let path = format!("{PATH}/{}", create(&app).await);
    app.get(&path).await.assert_status(200);
    app.delete(&path).await.assert_status(204);
    app.get(&path).await.assert_problem(404, "not_found");
}

#[tokio::test]
async fn lists_authors_page_by_page() {
    let app = boot::<App>().await;
    let mut ids = [create(&app).await, create(&app).await, create(&app).await];
    let mut found = Vec::new();
    let mut path = format!("{PATH}?limit=2");
    loop {
        let page = app.get(&path).await.json();
        let data = page["data"].as_array().expect("a list");
        found.extend(data.iter().filter_map(|row| row["id"].as_i64()));
        let Some(cursor) = page["pagination"]["next_cursor"].as_str() else {
            assert_eq!(page["pagination"]["has_more"], false);
            break;
        };
        path = format!("{PATH}?limit=2&cursor={cursor}");
    }
    found.sort_unstable();
    ids.sort_unstable();
    assert_eq!(found, ids);
    let page = app.get(&format!("{PATH}?page=2&limit=2")).await.json();
    assert_eq!(page["pagination"]["total"], 3);
    assert_eq!(page["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn sorts_authors() {
    let app = boot::<App>().await;
    let (first, second) = (create(&app).await, create(&app).await);
    for (sort, ids) in [("name", [first, second]), ("-name", [second, first])] {
        let page = app.get(&format!("{PATH}?sort={sort}")).await.json();
        assert_eq!(
            json!([page["data"][0]["id"], page["data"][1]["id"]]),
            json!(ids),
            "{sort}"
        );
    }
}

#[tokio::test]
async fn answers_with_the_fields_that_are_asked_for() {
    let app = boot::<App>().await;
    let id = create(&app).await;
    let row = app.get(&format!("{PATH}/{id}")).await.json();
    let page = app.get(&format!("{PATH}?fields=created_at")).await.json();
    assert_eq!(
        page["data"][0],
        json!({ "id": id, "created_at": row["created_at"] })
    );
}

#[tokio::test]
async fn refuses_bad_queries() {
    let app = boot::<App>().await;
    for query in [
        "limit=0",
        "limit=101",
        "cursor=x",
        "page=0",
        "sort=nope",
        "nope=1",
    ] {
        let response = app.get(&format!("{PATH}?{query}")).await;
        response.assert_problem(422, "validation_failed");
    }
}

#[tokio::test]
async fn replaces_an_author_with_all_its_fields() {
    let app = boot::<App>().await;
    let path = format!("{PATH}/{}", create(&app).await);
    let body = body(2);
    let response = app.put(&path).json(&body).await;
    response.assert_status(200);
    assert_contains(&response.json(), &body);
    for name in body.as_object().expect("an object").keys() {
        let mut partial = body.clone();
        partial.as_object_mut().expect("an object").remove(name);
        let response = app.put(&path).json(&partial).await;
        response.assert_problem(422, "validation_failed");
        response.assert_field(&format!("/{name}"), "required");
    }
}

#[tokio::test]
async fn changes_only_what_is_given() {
    let app = boot::<App>().await;
    let path = format!("{PATH}/{}", create(&app).await);
    let mut expected = app.get(&path).await.json();
    let patch = json!({ "name": "name 2" });
    let response = app.patch(&path).json(&patch).await;
    response.assert_status(200);
    let changed = response.json();
    assert_contains(&changed, &patch);
    for name in ["name", "updated_at"] {
        expected[name] = changed[name].clone();
    }
    assert_eq!(changed, expected);
}

#[tokio::test]
async fn answers_404_for_an_unknown_id() {
    let app = boot::<App>().await;
    let body = body(1);
    for id in ["999999", "-1", "x"] {
        let path = format!("{PATH}/{id}");
        app.get(&path).await.assert_problem(404, "not_found");
        app.put(&path)
            .json(&body)
            .await
            .assert_problem(404, "not_found");
        app.patch(&path)
            .json(&json!({ "name": "name 2" }))
            .await
            .assert_problem(404, "not_found");
        app.delete(&path).await.assert_problem(404, "not_found");
    }
}

#[tokio::test]
async fn refuses_a_body_that_is_no_json() {
    let app = boot::<App>().await;
    let request = app.post(PATH).header("content-type", "application/json");
    request
        .body("{")
        .await
        .assert_problem(400, "malformed_body");
}

#[tokio::test]
async fn refuses_fields_that_are_not_the_clients() {
    let app = boot::<App>().await;
    let mut body = body(1);
    body["id"] = json!(7);
    body["created_at"] = json!("2026-01-01T00:00:00Z");
    let response = app.post(PATH).json(&body).await;
    response.assert_problem(422, "validation_failed");
    response.assert_pointers(["/created_at", "/id"]);
    response.assert_field("/id", "unknown_field");
}

#[tokio::test]
async fn names_every_field_that_is_missing() {
    let app = boot::<App>().await;
    let response = app.post(PATH).json(&json!({})).await;
    response.assert_problem(422, "validation_failed");
    response.assert_pointers(["/name"]);
}

#[tokio::test]
async fn refuses_bad_values() {
    let app = boot::<App>().await;
    let good = body(1);
    for (name, value, code) in [
        ("name", json!(""), "too_short"),
        ("name", json!("x".repeat(256)), "too_long"),
        ("name", json!(1), "invalid_type"),
        ("name", json!(null), "null"),
    ] {
        let mut body = good.clone();
        body[name] = value.clone();
        let response = app.post(PATH).json(&body).await;
        response.assert_problem(422, "validation_failed");
        response.assert_field(&format!("/{name}"), code);
        let response = app
            .patch(&format!("{PATH}/1"))
            .json(&json!({ name: value }))
            .await;
        response.assert_field(&format!("/{name}"), code);
    }
}
