//! Tests of `/api/users` and `/api/user`.

use fw_testing::prelude::*;

use crate::conduit::Client;

#[tokio::test]
async fn people_register_and_sign_in() {
    let client = Client::anonymous().await;
    let new = json!({ "user": { "username": "ada", "email": "ada@example.com", "password": "12345678" } });
    let registered = client.post("/users", new).await.ok(201);
    assert_eq!(registered["user"]["bio"], Value::Null);
    let ada = client.with_token(&registered["user"]["token"]);
    assert_eq!(ada.get("/user").await.ok(200), registered);
    for (field, username, email) in [
        ("username", "ada", "grace@example.com"),
        ("email", "grace", "ada@example.com"),
    ] {
        let taken = json!({ "username": username, "email": email, "password": "12345678" });
        let refused = client.post("/users", json!({ "user": taken })).await;
        refused.refused(409, field, "has already been taken");
    }

    let login = |email: &str, password: &str| {
        let user = json!({ "user": { "email": email, "password": password } });
        let client = client.clone();
        async move { client.post("/users/login", user).await }
    };
    let signed_in = login("ada@example.com", "12345678").await.ok(200);
    assert_eq!(signed_in["user"]["username"], "ada");
    login("ada@example.com", "12345679")
        .await
        .refused(401, "credentials", "invalid");
    login("eve@example.com", "12345678")
        .await
        .refused(401, "credentials", "invalid");
    login("", "12345678")
        .await
        .refused(422, "email", "can't be blank");
    login("ada@example.com", "")
        .await
        .refused(422, "password", "can't be blank");
}

#[tokio::test]
async fn a_registration_names_what_is_missing() {
    let client = Client::anonymous().await;
    for field in ["username", "email", "password"] {
        let valid =
            json!({ "username": "ada", "email": "ada@example.com", "password": "12345678" });
        for value in [json!(""), json!(null), Value::Null] {
            let mut user = valid.clone();
            user[field] = value;
            let refused = client.post("/users", json!({ "user": user })).await;
            refused.refused(422, field, "can't be blank");
        }
    }
    let short = json!({ "username": "ada", "email": "ada@example.com", "password": "1234567" });
    let refused = client.post("/users", json!({ "user": short })).await;
    refused.refused(422, "password", "must have at least 8 characters");
    client
        .post("/users", json!({}))
        .await
        .refused(422, "user", "can't be blank");
}

#[tokio::test]
async fn a_user_changes_what_is_named() {
    let client = Client::anonymous().await;
    let ada = client.register("ada").await;
    client.register("grace").await;
    let before = ada.get("/user").await.ok(200);
    let change =
        json!({ "username": "countess", "bio": "Analyst", "image": "https://example.com/ada.png" });
    let after = ada.put("/user", json!({ "user": change })).await.ok(200);
    assert_eq!(after["user"]["username"], "countess");
    assert_eq!(after["user"]["email"], before["user"]["email"]);
    // The token goes on to count.
    assert_eq!(ada.get("/user").await.ok(200), after);
    for nothing in [json!(""), json!(null)] {
        let cleared = json!({ "user": { "bio": nothing, "image": nothing } });
        let cleared = ada.put("/user", cleared).await.ok(200);
        assert_eq!(
            (&cleared["user"]["bio"], &cleared["user"]["image"]),
            (&Value::Null, &Value::Null)
        );
        for field in ["username", "email", "password"] {
            let refused = ada
                .put("/user", json!({ "user": { field: nothing } }))
                .await;
            refused.refused(422, field, "can't be blank");
        }
    }
    let taken = ada
        .put("/user", json!({ "user": { "username": "grace" } }))
        .await;
    taken.refused(409, "username", "has already been taken");
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let client = Client::anonymous().await;
    let ada = client.register("ada").await;
    let login = json!({ "user": { "email": "ada@example.com", "password": "correct horse" } });
    let other = client.post("/users/login", login.clone()).await.ok(200);
    let other = client.with_token(&other["user"]["token"]);
    ada.put("/user", json!({ "user": { "password": "battery staple" } }))
        .await
        .ok(200);
    ada.get("/user").await.ok(200);
    other.get("/user").await.refused(401, "token", "is invalid");
    client
        .post("/users/login", login)
        .await
        .refused(401, "credentials", "invalid");
}

#[tokio::test]
async fn a_token_is_needed_before_anything_else() {
    let client = Client::anonymous().await;
    for path in ["/user", "/articles/feed"] {
        client.get(path).await.refused(401, "token", "is missing");
    }
    for path in [
        "/articles/none",
        "/articles/none/favorite",
        "/articles/none/comments/1",
        "/profiles/none/follow",
    ] {
        client
            .delete(path)
            .await
            .refused(401, "token", "is missing");
    }
    for path in [
        "/articles",
        "/articles/none/comments",
        "/articles/none/favorite",
        "/profiles/none/follow",
    ] {
        client
            .post(path, json!({}))
            .await
            .refused(401, "token", "is missing");
    }
    for path in ["/user", "/articles/none"] {
        client
            .put(path, json!({}))
            .await
            .refused(401, "token", "is missing");
    }
    let stranger = client.with_token(&json!("a.b.c"));
    stranger
        .get("/user")
        .await
        .refused(401, "token", "is invalid");
    stranger
        .get("/articles")
        .await
        .refused(401, "token", "is invalid");
}
