//! Tests of `/api/tags`.

use fw_testing::prelude::*;

use crate::conduit::Client;

#[tokio::test]
async fn tags_in_use_are_listed_once() {
    let client = Client::anonymous().await;
    let ada = client.register("ada").await;
    ada.publish("Engines", &["steam", "analytical"]).await;
    let slug = ada.publish("Looms", &["steam", "cards"]).await;
    let tags = client.get("/tags").await.ok(200);
    assert_eq!(tags, json!({ "tags": ["analytical", "cards", "steam"] }));
    ada.delete(&format!("/articles/{slug}")).await.ok(204);
    let tags = client.get("/tags").await.ok(200);
    assert_eq!(tags, json!({ "tags": ["analytical", "steam"] }));
}
