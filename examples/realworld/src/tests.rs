//! Tests of the application as a whole.

use fw_testing::prelude::*;

use crate::{app::App, conduit::Client};

/// The statements of each endpoint, besides the check of the session, do not become more with the rows.
#[tokio::test]
async fn no_endpoint_has_a_query_for_each_row() {
    let client = Client::anonymous().await;
    let (ada, grace) = (client.register("ada").await, client.register("grace").await);
    ada.get("/user").await.ok(200);
    grace.post("/profiles/ada/follow", json!({})).await.ok(200);
    for titles in [["a", "b"].iter(), ["c", "d", "e", "f", "g", "h"].iter()] {
        for title in titles {
            let path = format!("/articles/{}", ada.publish(title, &["x", "y", "z"]).await);
            let favorite = format!("{path}/favorite");
            grace.post(&favorite, json!({})).await.took(4);
            let comment = json!({ "comment": { "body": "Well said" } });
            grace.post("/articles/a/comments", comment).await.took(3);
        }
        for (path, statements) in [
            ("/articles", 3),
            ("/articles?tag=x&author=ada&favorited=grace", 3),
            ("/articles/feed", 3),
            ("/articles/a", 2),
            ("/articles/a/comments", 2),
            ("/profiles/ada", 1),
            ("/tags", 1),
            ("/user", 1),
        ] {
            grace.get(path).await.took(statements);
        }
    }
    let new = json!({ "title": "i", "description": "i", "body": "i", "tagList": ["x", "y"] });
    ada.post("/articles", json!({ "article": new }))
        .await
        .took(4);
    let change = json!({ "article": { "title": "j", "tagList": ["x", "y"] } });
    ada.put("/articles/i", change).await.took(6);
    ada.delete("/articles/j").await.took(2);
    grace.delete("/articles/a/favorite").await.took(4);
    grace.delete("/articles/a/comments/1").await.took(3);
    grace.post("/profiles/ada/follow", json!({})).await.took(3);
    grace.delete("/profiles/ada/follow").await.took(3);
    let user = json!({ "username": "eve", "email": "eve@example.com", "password": "12345678" });
    client.post("/users", json!({ "user": user })).await.took(4);
    client
        .post("/users/login", json!({ "user": user }))
        .await
        .took(5);
    grace
        .put("/user", json!({ "user": { "bio": "Admiral" } }))
        .await
        .took(1);
}

#[tokio::test]
async fn every_error_has_the_same_form() {
    let app = boot::<App>().await;
    for (response, status) in [
        (app.get("/nowhere").await, 404),
        (app.delete("/api/articles").await, 405),
        (
            app.get("/api/articles").header("accept", "text/html").await,
            406,
        ),
        (app.post("/api/users").json(&"x".repeat(3 << 20)).await, 413),
        (app.post("/api/users").body("{}").await, 415),
        (
            app.post("/api/users")
                .header("content-type", "application/json")
                .body("{")
                .await,
            400,
        ),
    ] {
        response.assert_status(status);
        assert_eq!(
            response.header("content-type"),
            "application/json; charset=utf-8"
        );
        assert!(
            response.json()["errors"]["body"][0].is_string(),
            "{response}"
        );
    }
}

#[tokio::test]
async fn pages_of_every_origin_may_call() {
    let app = boot::<App>().await;
    let asked = app
        .request("OPTIONS".parse().expect("a method"), "/api/articles")
        .header("origin", "https://demo.example.com")
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization,content-type",
        )
        .await;
    assert_eq!(asked.header("access-control-allow-origin"), "*");
    assert!(
        asked
            .header("access-control-allow-headers")
            .contains("authorization")
    );
    let login = json!({ "user": { "email": "ada@example.com", "password": "12345678" } });
    let called = app
        .post("/api/users/login")
        .header("origin", "https://demo.example.com");
    called.json(&login).await.assert_status(401);
}
