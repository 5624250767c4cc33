//! Tests of `/api/articles/{slug}/comments`.

use fw_testing::prelude::*;

use crate::conduit::Client;

#[tokio::test]
async fn people_comment() {
    let client = Client::anonymous().await;
    let (ada, grace) = (client.register("ada").await, client.register("grace").await);
    let path = format!("/articles/{}/comments", ada.publish("Engines", &[]).await);
    let mut ids = Vec::new();
    for text in ["First", "Second"] {
        let comment = json!({ "comment": { "body": text } });
        let created = grace.post(&path, comment).await.ok(201);
        assert_eq!(created["comment"]["author"]["username"], "grace");
        ids.push(created["comment"]["id"].clone());
    }
    let comments = client.get(&path).await.ok(200);
    assert_eq!(comments["comments"][1]["body"], "Second");
    let first = format!("{path}/{}", ids[0]);
    ada.delete(&first)
        .await
        .refused(403, "comment", "forbidden");
    assert_eq!(grace.delete(&first).await.ok(204), Value::Null);
    grace
        .delete(&first)
        .await
        .refused(404, "comment", "not found");
    let left = client.get(&path).await.ok(200);
    assert_eq!(left["comments"][0]["id"], ids[1]);
    assert_eq!(left["comments"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_comment_needs_a_text_and_an_article() {
    let ada = Client::anonymous().await.register("ada").await;
    let comment = |text: &str| json!({ "comment": { "body": text } });
    let path = format!("/articles/{}/comments", ada.publish("Engines", &[]).await);
    ada.post(&path, comment(" "))
        .await
        .refused(422, "body", "can't be blank");
    let none = "/articles/none/comments";
    ada.get(none).await.refused(404, "article", "not found");
    ada.post(none, comment("First"))
        .await
        .refused(404, "article", "not found");
    ada.delete(&format!("{none}/1"))
        .await
        .refused(404, "article", "not found");
}
