//! Tests of `/api/profiles`.

use fw_testing::prelude::*;

use crate::conduit::Client;

#[tokio::test]
async fn people_follow_each_other() {
    let client = Client::anonymous().await;
    let ada = client.register("ada").await;
    let grace = client.register("grace").await;
    let following = |body: Value| body["profile"]["following"] == true;
    // A second time changes nothing.
    for _ in 0..2 {
        assert!(following(
            ada.post("/profiles/grace/follow", json!({})).await.ok(200)
        ));
    }
    assert!(following(ada.get("/profiles/grace").await.ok(200)));
    for other in [&client, &grace] {
        assert!(!following(other.get("/profiles/grace").await.ok(200)));
    }
    for _ in 0..2 {
        assert!(!following(
            ada.delete("/profiles/grace/follow").await.ok(200)
        ));
    }
    assert!(!following(ada.get("/profiles/grace").await.ok(200)));
}

#[tokio::test]
async fn an_unknown_profile_is_not_found() {
    let ada = Client::anonymous().await.register("ada").await;
    ada.get("/profiles/none")
        .await
        .refused(404, "profile", "not found");
    ada.post("/profiles/none/follow", json!({}))
        .await
        .refused(404, "profile", "not found");
    ada.delete("/profiles/none/follow")
        .await
        .refused(404, "profile", "not found");
}
