//! Sessions, tokens and what is shown.

use super::*;

#[tokio::test]
async fn attack_050_and_051_a_sign_in_and_a_confirmation_make_a_new_secret() {
    let app = app().await;
    let first = signed_in(&app, ADA).await;
    let second = signed_in(&first, ADA).await;
    first.get(&path("/session")).await.assert_status(401);
    let body = json!({ "password": PASSWORD });
    let confirmed = post(&second, "/session/confirm", &body).await;
    confirmed.assert_status(204);
    second.get(&path("/session")).await.assert_status(401);
    let third = second.browser_of(&confirmed);
    third.get(&path("/session")).await.assert_status(200);
}

#[tokio::test]
async fn attack_047_a_sign_in_leads_to_no_other_site() {
    let app = app().await;
    let credentials = [("email", ADA), ("password", PASSWORD)];
    for next in [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/%5Cevil.example",
        "%2f%2fevil.example",
        "/%09/evil.example",
        "/%0a/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
    ] {
        let page = format!("/sign-in?next={next}");
        let signed_in = app.post(&page).form(&credentials).await;
        signed_in.assert_status(303);
        assert_eq!(signed_in.header("location"), "/settings", "{next}");
        let ada = app.browser_of(&signed_in);
        let page = format!("/confirm?next={next}");
        let confirmed = ada.post(&page).form(&[("password", PASSWORD)]).await;
        confirmed.assert_status(303);
        assert_eq!(confirmed.header("location"), "/settings", "{next}");
    }
    let own = app.post("/sign-in?next=/settings/email").form(&credentials);
    assert_eq!(own.await.header("location"), "/settings/email");
}

#[tokio::test]
async fn attack_056_and_065_other_sites_sign_nobody_in_or_out() {
    let app = app().await;
    let ada = signed_in(&app, ADA).await;
    let credentials = json!({ "email": EVE, "password": PASSWORD });
    let foreign = app.post(&path("/session")).json(&credentials);
    let foreign = foreign.header("origin", "https://evil.example").await;
    foreign.assert_problem(403, "cross_origin");
    ada.get(&path("/session")).await.assert_status(200);
}

#[tokio::test]
async fn attack_061_and_062_sessions_of_others_are_not_found_and_an_old_sign_in_ends_none() {
    let app = app().await;
    let (ada, eve) = (signed_in(&app, ADA).await, signed_in(&app, EVE).await);
    let sessions = ada.get(&path("/sessions")).await.json();
    let id = sessions[0]["id"].as_str().expect("an id");
    eve.delete(&path(&format!("/sessions/{id}")))
        .await
        .assert_problem(404, "not_found");
    let long_ago = "UPDATE sessions SET authenticated_at = '2026-01-01T00:00:00Z'";
    let db = &app.ctx.db;
    db.execute_unprepared(long_ago).await.expect("changed");
    let of_eve = eve.get(&path("/account")).await.json()["id"].as_i64();
    let changed = app
        .ctx
        .sessions()
        .account_changed(db, of_eve.expect("an id"));
    changed.await.expect("the sessions are read again");
    for rest in ["/sessions", "/account"] {
        let response = eve.delete(&path(rest)).await;
        response.assert_problem(401, "reauthentication_required");
    }
}

#[tokio::test]
async fn attack_063_credentials_are_never_cached() {
    let app = app().await;
    let credentials = json!({ "email": ADA, "password": PASSWORD });
    for rest in ["/session", "/tokens"] {
        let response = post(&app, rest, &credentials).await;
        assert_eq!(response.header("cache-control"), "no-store", "{rest}");
    }
    let refused = post(&app, "/session", &json!({ "email": ADA, "password": "x" })).await;
    assert_eq!(refused.header("cache-control"), "no-store");
}

#[tokio::test]
async fn attack_068_what_is_no_json_is_refused() {
    let app = app().await;
    let body = json!({ "email": ADA, "password": PASSWORD }).to_string();
    for media_type in [
        "text/plain",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
    ] {
        let request = app.post(&path("/session")).body(body.clone());
        let response = request.header("content-type", media_type).await;
        response.assert_status(415);
    }
}

#[tokio::test]
async fn attack_088_and_092_tokens_are_not_taken_for_one_another() {
    let app = app().await;
    let credentials = json!({ "email": ADA, "password": PASSWORD });
    let tokens = post(&app, "/tokens", &credentials).await.json();
    let text = |name: &str| tokens[name].as_str().expect("a token").to_owned();
    let bearer = format!("Bearer {}", text("refresh_token"));
    let response = app
        .get(&path("/session"))
        .header("authorization", bearer)
        .await;
    response.assert_problem(401, "invalid_credential");
    let body = json!({ "refresh_token": text("access_token") });
    let response = post(&app, "/tokens/refresh", &body).await;
    assert!(
        [401, 422].contains(&response.status().as_u16()),
        "{response}"
    );
    let cookie = format!("refresh_token={}", text("refresh_token"));
    let request = app
        .post(&path("/tokens/refresh"))
        .json(&json!({}))
        .header("cookie", cookie);
    assert_ne!(request.await.status(), 200);
}

#[tokio::test]
async fn attack_152_refusals_show_nothing_of_the_inside() {
    let app = app().await;
    let eve = signed_in(&app, EVE).await;
    let responses = [
        post(&app, "/session", &json!({ "email": ADA, "password": "x" })).await,
        post(&app, "/session", &json!({ "email": 7 })).await,
        post(&app, "/tokens/refresh", &json!({ "refresh_token": "x" })).await,
        post(
            &app,
            "/password/reset",
            &json!({ "token": "x", "password": PASSWORD }),
        )
        .await,
        eve.delete(&path("/sessions/1")).await,
        eve.patch(&path("/account"))
            .json(&json!({ "name": "" }))
            .await,
    ];
    for response in responses {
        let text = response.text().to_lowercase();
        assert!(response.status().is_client_error(), "{response}");
        for inside in ["select", "users", "sql", ".rs", "starter_saas", "panicked"] {
            assert!(!text.contains(inside), "`{inside}` in {response}");
        }
    }
}
