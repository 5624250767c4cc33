//! Attacks on the accounts of an application, each with the number that it has in the list of attacks, and what they get.

use std::collections::BTreeSet;

use clap::Parser;
use fw::{
    audit::{AuditFilter, events},
    sea_orm::{ConnectionTrait, Statement},
};
use fw_testing::prelude::*;
use starter_saas::{App, accounts::create::CreateAccount};

const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.com";
const PASSWORD: &str = "the tide turns at noon";
const OTHER_PASSWORD: &str = "the tide turns at dusk";

/// The application with an account of Ada, and one of Eve, who attacks.
async fn app() -> TestApp {
    let app = boot::<App>().await;
    for email in [ADA, EVE] {
        let task = CreateAccount::parse_from(["accounts:create", email, "--name", "Somebody"]);
        task.create(&app.ctx, PASSWORD).await.expect("created");
    }
    app
}

fn path(rest: &str) -> String {
    format!("/api/v1/auth{rest}")
}

async fn post(app: &TestApp, rest: &str, body: &Value) -> TestResponse {
    app.post(&path(rest)).json(body).await
}

async fn sign_in(app: &TestApp, email: &str) -> TestApp {
    let body = json!({ "email": email, "password": PASSWORD });
    let response = post(app, "/session", &body).await;
    response.assert_status(200);
    app.browser_of(&response)
}

/// The token of the last mail, once the waiting ones are sent.
async fn token(app: &TestApp) -> String {
    app.jobs().drain().await;
    let mails = app.mails();
    let text = &mails.last().expect("a mail").text;
    let token = text.split("?token=").nth(1).expect("a link");
    token
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
        .collect()
}

async fn forgotten(app: &TestApp) -> String {
    let response = post(app, "/password/forgot", &json!({ "email": ADA })).await;
    response.assert_status(202);
    token(app).await
}

async fn actions(app: &TestApp) -> Vec<String> {
    let events = events(&app.ctx.db, &AuditFilter::default(), 100).await;
    let events = events.expect("the log can be read").into_iter();
    events.map(|event| event.action).collect()
}

#[tokio::test]
async fn attack_009_passwords_without_a_rule_of_composition_are_accepted() {
    let app = app().await;
    for password in [
        "qwlkxmvbzrtpghy",
        "830175926481037",
        "x  y  z  q  w  v",
        "🦉 und 🐈, oft nachts",
    ] {
        let token = forgotten_again(&app).await;
        let body = json!({ "token": token, "password": password });
        let response = post(&app, "/password/reset", &body).await;
        response.assert_status(204);
    }
}

/// A link to choose a password, however many were asked for.
async fn forgotten_again(app: &TestApp) -> String {
    use starter_saas::accounts::mails::{About, AccountMail};
    let to = ADA.parse().expect("an address");
    let about = About::PasswordReset;
    let mail = AccountMail {
        to,
        about,
        account: None,
    };
    fw::mailer::Mailer::deliver_later(mail, &app.ctx)
        .await
        .expect("enqueued");
    token(app).await
}

#[tokio::test]
async fn attack_011_and_012_refusals_of_a_sign_in_are_the_same() {
    let app = app().await;
    let suspend = format!("UPDATE users SET is_suspended = TRUE WHERE email_key = '{EVE}'");
    app.ctx
        .db
        .execute_unprepared(&suspend)
        .await
        .expect("suspended");
    let mut seen = BTreeSet::new();
    for (email, password) in [
        (ADA, OTHER_PASSWORD),
        (EVE, PASSWORD),
        (EVE, OTHER_PASSWORD),
        ("nobody@example.com", PASSWORD),
    ] {
        let body = json!({ "email": email, "password": password });
        let response = post(&app, "/session", &body).await;
        response.assert_problem(401, "invalid_sign_in");
        let mut body = response.json();
        body["request_id"] = Value::Null;
        body["instance"] = Value::Null;
        let names: Vec<_> = response.headers().keys().map(ToString::to_string).collect();
        seen.insert(format!("{body} {names:?}"));
    }
    assert_eq!(seen.len(), 1, "{seen:?}");
    let actions = actions(&app).await;
    let refused = actions.iter().filter(|action| *action == "session.refused");
    assert_eq!(refused.count(), 4);
}

#[tokio::test]
async fn attack_018_a_lock_out_does_not_tell_whether_there_is_an_account() {
    let app = app().await;
    let mut refusals = BTreeSet::new();
    for email in [ADA, "nobody@example.com"] {
        let body = json!({ "email": email, "password": OTHER_PASSWORD });
        for _ in 0..5 {
            post(&app, "/session", &body).await.assert_status(401);
        }
        let response = post(&app, "/tokens", &body).await;
        response.assert_problem(429, "too_many_requests");
        refusals.insert(response.header("retry-after").to_owned());
    }
    assert_eq!(refusals.len(), 1);
}

#[tokio::test]
async fn attack_024_fields_that_nobody_may_set_are_refused() {
    let app = app().await;
    let eve = sign_in(&app, EVE).await;
    for field in [
        "role",
        "roles",
        "permissions",
        "email_verified_at",
        "status",
        "id",
        "is_suspended",
    ] {
        let sign_in = json!({ "email": EVE, "password": PASSWORD, field: "1" });
        let complete = json!({ "token": "x", "name": "Eve", "password": PASSWORD, field: "1" });
        for (rest, body) in [
            ("/session", &sign_in),
            ("/registrations", &json!({ "email": EVE, field: "1" })),
            ("/registrations/complete", &complete),
        ] {
            let response = post(&app, rest, body).await;
            response
                .assert_status(422)
                .assert_field(&format!("/{field}"), "unknown_field");
        }
        let change = eve
            .patch(&path("/account"))
            .json(&json!({ field: "1" }))
            .await;
        change
            .assert_status(422)
            .assert_field(&format!("/{field}"), "unknown_field");
    }
}

#[tokio::test]
async fn attack_025_and_026_the_request_is_the_same_work_for_every_address() {
    let app = app().await;
    for rest in ["/registrations", "/password/forgot"] {
        let mut seen = BTreeSet::new();
        for email in [ADA, "nobody@example.com"] {
            let response = post(&app, rest, &json!({ "email": email })).await;
            seen.insert(format!("{} {:?}", response.status(), response.text()));
        }
        assert_eq!(seen.len(), 1, "{seen:?}");
    }
    // One job each, whoever it is: what differs is done later.
    assert_eq!(app.jobs().drain().await.len(), 4);
    assert_eq!(app.mails().len(), 3);
}

#[tokio::test]
async fn attack_028_and_029_a_token_is_for_one_purpose_one_use_and_the_latest() {
    let app = app().await;
    let older = forgotten(&app).await;
    let newer = forgotten(&app).await;
    let reset = |token: &str| json!({ "token": token, "password": OTHER_PASSWORD });
    let complete = json!({ "token": newer, "name": "Eve", "password": PASSWORD });
    for (rest, body) in [
        ("/password/reset", reset(&older)),
        ("/registrations/complete", complete),
        ("/email/confirm", json!({ "token": newer })),
        ("/email/revert", json!({ "token": newer })),
    ] {
        let response = post(&app, rest, &body).await;
        response
            .assert_status(422)
            .assert_field("/token", "invalid_token");
    }
    post(&app, "/password/reset", &reset(&newer))
        .await
        .assert_status(204);
    let again = post(&app, "/password/reset", &reset(&newer)).await;
    again
        .assert_status(422)
        .assert_field("/token", "invalid_token");
}

#[tokio::test]
async fn attack_030_of_two_resets_at_once_one_succeeds() {
    let app = app().await;
    let body = json!({ "token": forgotten(&app).await, "password": OTHER_PASSWORD });
    let (one, other) = tokio::join!(
        post(&app, "/password/reset", &body),
        post(&app, "/password/reset", &body),
    );
    let mut statuses = [one.status().as_u16(), other.status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 422]);
}

#[tokio::test]
async fn attack_033_and_052_a_reset_ends_sessions_tokens_and_links() {
    let app = app().await;
    let browser = sign_in(&app, ADA).await;
    let credentials = json!({ "email": ADA, "password": PASSWORD });
    let tokens = post(&app, "/tokens", &credentials).await.json();
    let recent = sign_in(&app, ADA).await;
    post(&recent, "/email", &json!({ "email": "ada@example.org" }))
        .await
        .assert_status(202);
    let change = token(&app).await;
    let body = json!({ "token": forgotten(&app).await, "password": OTHER_PASSWORD });
    post(&app, "/password/reset", &body)
        .await
        .assert_status(204);
    let session = path("/session");
    browser
        .get(&session)
        .await
        .assert_problem(401, "invalid_credential");
    let bearer = format!(
        "Bearer {}",
        tokens["access_token"].as_str().expect("a token")
    );
    let response = app.get(&session).header("authorization", bearer).await;
    response.assert_problem(401, "invalid_credential");
    let refresh = json!({ "refresh_token": tokens["refresh_token"] });
    post(&app, "/tokens/refresh", &refresh)
        .await
        .assert_problem(401, "invalid_credential");
    let confirmed = post(&app, "/email/confirm", &json!({ "token": change })).await;
    confirmed
        .assert_status(422)
        .assert_field("/token", "invalid_token");
    assert!(actions(&app).await.contains(&"password.reset".to_owned()));
}

#[tokio::test]
async fn attack_034_links_have_the_address_of_the_configuration() {
    let app = app().await;
    let request = app
        .post(&path("/password/forgot"))
        .json(&json!({ "email": ADA }));
    let request = request.header("host", "evil.example");
    request
        .header("x-forwarded-host", "evil.example")
        .await
        .assert_status(202);
    app.jobs().drain().await;
    let mails = app.mails();
    assert!(!mails[0].text.contains("evil.example") && !mails[0].html.contains("evil.example"));
}

#[tokio::test]
async fn attack_035_addresses_are_no_headers_and_names_no_markup() {
    let app = app().await;
    for email in [
        "ada@example.com\r\nBcc: eve@example.com",
        "ada",
        "аda@example.com",
    ] {
        let response = post(&app, "/registrations", &json!({ "email": email })).await;
        response.assert_status(422).assert_pointers(["/email"]);
    }
}

#[tokio::test]
async fn attack_036_a_scanner_of_mails_uses_no_link_up() {
    let app = app().await;
    let token = forgotten(&app).await;
    for rest in [
        "/password/reset",
        "/registrations/complete",
        "/email/confirm",
        "/email/revert",
    ] {
        let response = app.get(&format!("{}?token={token}", path(rest))).await;
        response.assert_problem(405, "method_not_allowed");
    }
    let body = json!({ "token": token, "password": OTHER_PASSWORD });
    post(&app, "/password/reset", &body)
        .await
        .assert_status(204);
}

#[tokio::test]
async fn attack_039_and_044_a_mailbox_gets_three_mails_an_hour() {
    let app = app().await;
    for number in 0..20 {
        let email = format!("victim+{number}@example.com");
        let response = post(&app, "/registrations", &json!({ "email": email })).await;
        response.assert_status(202);
    }
    app.jobs().drain().await;
    assert_eq!(app.mails().len(), 3);
}

#[tokio::test]
async fn attack_045_an_account_of_a_deleted_address_inherits_nothing() {
    let app = app().await;
    let old = sign_in(&app, ADA).await;
    let link = forgotten(&app).await;
    old.delete(&path("/account")).await.assert_status(204);
    post(&app, "/registrations", &json!({ "email": ADA }))
        .await
        .assert_status(202);
    let body = json!({ "token": token(&app).await, "name": "Ada", "password": PASSWORD });
    post(&app, "/registrations/complete", &body)
        .await
        .assert_status(201);
    old.get(&path("/session"))
        .await
        .assert_problem(401, "invalid_credential");
    let reset = json!({ "token": link, "password": OTHER_PASSWORD });
    post(&app, "/password/reset", &reset)
        .await
        .assert_status(422);
}

#[tokio::test]
async fn attack_048_no_secret_is_stored_in_clear() {
    let app = app().await;
    sign_in(&app, ADA).await;
    let credentials = json!({ "email": ADA, "password": PASSWORD });
    let tokens = post(&app, "/tokens", &credentials).await.json();
    let link = forgotten(&app).await;
    let secrets = [
        PASSWORD,
        &link,
        tokens["refresh_token"].as_str().expect("a token"),
    ];
    let db = &app.ctx.db;
    for table in [
        "users",
        "sessions",
        "refresh_tokens",
        "one_time_tokens",
        "audit_events",
        "fw_jobs",
    ] {
        let select = Statement::from_string(db.backend(), format!("SELECT * FROM {table}"));
        let rows = db
            .query_all_raw(select)
            .await
            .expect("the table can be read");
        let text = format!("{rows:?}");
        for secret in secrets {
            assert!(!text.contains(secret), "a secret is in {table}");
        }
        if table == "audit_events" {
            assert!(!text.contains("example.com"), "the log has ids alone");
        }
    }
}

#[tokio::test]
async fn attack_050_and_051_a_sign_in_and_a_confirmation_make_a_new_secret() {
    let app = app().await;
    let first = sign_in(&app, ADA).await;
    let second = sign_in(&first, ADA).await;
    first.get(&path("/session")).await.assert_status(401);
    let body = json!({ "password": PASSWORD });
    let confirmed = post(&second, "/session/confirm", &body).await;
    confirmed.assert_status(204);
    second.get(&path("/session")).await.assert_status(401);
    let third = second.browser_of(&confirmed);
    third.get(&path("/session")).await.assert_status(200);
}

#[tokio::test]
async fn attack_056_and_065_other_sites_sign_nobody_in_or_out() {
    let app = app().await;
    let ada = sign_in(&app, ADA).await;
    let signed_out = ada.get(&path("/session/")).await;
    assert_ne!(signed_out.status(), 204);
    let credentials = json!({ "email": EVE, "password": PASSWORD });
    let foreign = app.post(&path("/session")).json(&credentials);
    let foreign = foreign.header("origin", "https://evil.example").await;
    foreign.assert_problem(403, "cross_origin");
    ada.get(&path("/session")).await.assert_status(200);
}

#[tokio::test]
async fn attack_061_and_062_sessions_of_others_are_not_found_and_an_old_sign_in_ends_none() {
    let app = app().await;
    let (ada, eve) = (sign_in(&app, ADA).await, sign_in(&app, EVE).await);
    let sessions = ada.get(&path("/sessions")).await.json();
    let id = sessions[0]["id"].as_str().expect("an id");
    eve.delete(&path(&format!("/sessions/{id}")))
        .await
        .assert_problem(404, "not_found");
    let long_ago = "UPDATE sessions SET authenticated_at = '2026-01-01T00:00:00Z'";
    app.ctx
        .db
        .execute_unprepared(long_ago)
        .await
        .expect("changed");
    // Another process has it in no cache.
    let again = sign_in(&app, EVE).await;
    again.delete(&path("/sessions")).await.assert_status(204);
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
    let eve = sign_in(&app, EVE).await;
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
