//! Request tests of `/api/v1/auth`.

use clap::Parser;
use fw::{auth::AuthContext, context::AppContext, prelude::*};
use fw_testing::{TestAccounts, prelude::*};

use super::{Users, create::CreateAccount, model as users};
use crate::app::App;

pub(super) const AUTH: &str = "/api/v1/auth";
pub(super) const ADA: &str = "ada@example.com";
pub(super) const PASSWORD: &str = "the tide turns at noon";
pub(super) const OTHER_PASSWORD: &str = "the tide turns at dusk";

/// An account that a test can sign in.
impl TestAccounts for Users {
    type Id = i64;

    async fn create(ctx: &AppContext) -> Result<i64> {
        let email = format!("user{}@example.com", sequence())
            .parse()
            .or_internal()?;
        let hash = ctx.passwords().hash(PASSWORD).await?;
        let user = users::ActiveModel::of(email, "Somebody".to_owned(), hash);
        Ok(user.insert(&ctx.db).await?.id)
    }
}

/// The application with the account of Ada.
pub(super) async fn with_ada() -> TestApp {
    let app = boot::<App>().await;
    let task = CreateAccount::parse_from(["accounts:create", ADA, "--name", "Ada"]);
    task.create(&app.ctx, PASSWORD).await.expect("created");
    app
}

pub(super) async fn post(app: &TestApp, path: &str, body: &Value) -> TestResponse {
    app.post(&format!("{AUTH}{path}")).json(body).await
}

async fn sign_in(app: &TestApp, email: &str, password: &str) -> TestResponse {
    let body = json!({ "email": email, "password": password });
    post(app, "/session", &body).await
}

/// Sends the mails that wait, and gives the subject of the last one and the token of its link.
pub(super) async fn last_mail(app: &TestApp) -> (String, String) {
    app.jobs().drain().await;
    let mails = app.mails();
    let mail = mails.last().expect("a mail");
    let token = mail.text.split("?token=").nth(1).unwrap_or_default();
    let token = token
        .chars()
        .take_while(|c| !c.is_whitespace() && *c != ')' && *c != '>');
    (mail.subject.clone(), token.collect())
}

async fn is_signed_in(app: &TestApp) -> bool {
    app.get(&format!("{AUTH}/session")).await.status() == 200
}

#[tokio::test]
async fn an_account_is_born_from_a_proven_mailbox() {
    let app = boot::<App>().await;
    post(&app, "/registrations", &json!({ "email": ADA }))
        .await
        .assert_status(202);
    let (subject, token) = last_mail(&app).await;
    assert_eq!(subject, "Complete your registration");
    let body = |token: &str, password: &str| json!({ "token": token, "name": "Ada", "password": password });
    for (token, password, pointer, code) in [
        ("guessed", PASSWORD, "/token", "invalid_token"),
        (&token, "too short", "/password", "too_short"),
        (
            &token,
            "ada@example.com1",
            "/password",
            "contains_context_word",
        ),
    ] {
        let response = post(&app, "/registrations/complete", &body(token, password)).await;
        response.assert_status(422).assert_field(pointer, code);
    }
    let response = post(&app, "/registrations/complete", &body(&token, PASSWORD)).await;
    response
        .assert_status(201)
        .assert_contains(&json!({ "email": ADA, "name": "Ada" }));
    assert_eq!(response.header("cache-control"), "no-store");
    assert!(is_signed_in(&app.browser_of(&response)).await);
    // The link works once.
    let again = post(&app, "/registrations/complete", &body(&token, PASSWORD)).await;
    again
        .assert_status(422)
        .assert_field("/token", "invalid_token");
    sign_in(&app, " ADA@example.com", PASSWORD)
        .await
        .assert_status(200);
}

#[tokio::test]
async fn responses_do_not_tell_who_has_an_account() {
    let app = with_ada().await;
    for path in ["/registrations", "/password/forgot"] {
        let known = post(&app, path, &json!({ "email": "Ada@Example.com" })).await;
        let unknown = post(&app, path, &json!({ "email": "grace@example.com" })).await;
        known.assert_status(202);
        assert_eq!(
            (known.status(), known.text()),
            (unknown.status(), unknown.text())
        );
    }
    app.jobs().drain().await;
    let mails: Vec<_> = app
        .mails()
        .into_iter()
        .map(|mail| (mail.to[0].clone(), mail.subject))
        .collect();
    let expected = [
        ("Ada@Example.com", "You have an account already"),
        ("grace@example.com", "Complete your registration"),
        ("Ada@Example.com", "Choose a new password"),
    ];
    assert_eq!(
        mails,
        expected.map(|(to, subject)| (to.to_owned(), subject.to_owned()))
    );
    let wrong = sign_in(&app, ADA, OTHER_PASSWORD).await;
    let unknown = sign_in(&app, "grace@example.com", PASSWORD).await;
    wrong.assert_problem(401, "invalid_sign_in");
    assert_eq!(wrong.json()["detail"], unknown.json()["detail"]);
}

#[tokio::test]
async fn a_mailbox_is_not_flooded() {
    let app = boot::<App>().await;
    for number in 0..5 {
        let body = json!({ "email": format!("ada+{number}@example.com") });
        post(&app, "/registrations", &body).await.assert_status(202);
    }
    app.jobs().drain().await;
    assert_eq!(app.mails().len(), 3);
}

#[tokio::test]
async fn a_session_begins_and_ends() {
    let app = with_ada().await;
    let ada = app.browser_of(&sign_in(&app, ADA, PASSWORD).await);
    let session = ada.get("/api/v1/auth/session").await;
    session.assert_status(200);
    assert_eq!(session.json()["account"]["email"], ADA);
    let sessions = ada.get("/api/v1/auth/sessions").await.json();
    assert_eq!(sessions[0]["is_current"], true);
    ada.delete("/api/v1/auth/session").await.assert_status(204);
    ada.get("/api/v1/auth/session")
        .await
        .assert_problem(401, "invalid_credential");
}

#[tokio::test]
async fn guesses_lock_an_account_out_but_not_its_owner() {
    let app = with_ada().await;
    let ada = app.browser_of(&sign_in(&app, ADA, PASSWORD).await);
    for _ in 0..5 {
        sign_in(&app, ADA, OTHER_PASSWORD).await.assert_status(401);
    }
    let refused = sign_in(&app, ADA, PASSWORD).await;
    refused.assert_problem(429, "too_many_requests");
    assert_eq!(refused.header("retry-after"), "30");
    sign_in(&ada, ADA, PASSWORD).await.assert_status(200);
}

#[tokio::test]
async fn a_suspended_account_is_refused_as_an_unknown_one() {
    let app = with_ada().await;
    app.ctx
        .db
        .execute_unprepared("UPDATE users SET is_suspended = TRUE")
        .await
        .expect("suspended");
    sign_in(&app, ADA, PASSWORD)
        .await
        .assert_problem(401, "invalid_sign_in");
    post(&app, "/password/forgot", &json!({ "email": ADA }))
        .await
        .assert_status(202);
    app.jobs().drain().await;
    assert!(app.mails().is_empty());
}

#[tokio::test]
async fn a_client_gets_tokens() {
    let app = with_ada().await;
    let body = json!({ "email": ADA, "password": PASSWORD });
    let first = post(&app, "/tokens", &body).await.json();
    let refresh = |tokens: &Value| json!({ "refresh_token": tokens["refresh_token"] });
    let second = post(&app, "/tokens/refresh", &refresh(&first)).await.json();
    let bearer = format!(
        "Bearer {}",
        second["access_token"].as_str().expect("a token")
    );
    let session = app
        .get("/api/v1/auth/session")
        .header("authorization", &bearer)
        .await;
    session.assert_status(200);
    post(&app, "/tokens/refresh", &refresh(&second))
        .await
        .assert_status(200);
    // Somebody else has the first one.
    let stolen = post(&app, "/tokens/refresh", &refresh(&first)).await;
    stolen.assert_problem(401, "invalid_credential");
    let session = app
        .get("/api/v1/auth/session")
        .header("authorization", &bearer)
        .await;
    session.assert_problem(401, "invalid_credential");
    assert_eq!(
        last_mail(&app).await.0,
        "A session of your account was ended"
    );
}

#[tokio::test]
async fn a_forgotten_password_is_reset() {
    let app = with_ada().await;
    let ada = app.browser_of(&sign_in(&app, ADA, PASSWORD).await);
    post(&app, "/password/forgot", &json!({ "email": ADA })).await;
    let (_, token) = last_mail(&app).await;
    let body = json!({ "token": token, "password": OTHER_PASSWORD });
    post(&app, "/password/reset", &body)
        .await
        .assert_status(204);
    assert!(!is_signed_in(&ada).await, "all sessions end");
    let again = post(&app, "/password/reset", &body).await;
    again
        .assert_status(422)
        .assert_field("/token", "invalid_token");
    sign_in(&app, ADA, PASSWORD).await.assert_status(401);
    sign_in(&app, ADA, OTHER_PASSWORD).await.assert_status(200);
    assert_eq!(last_mail(&app).await.0, "Your password was changed");
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions() {
    let app = with_ada().await;
    let laptop = app.browser_of(&sign_in(&app, ADA, PASSWORD).await);
    let phone = app.browser_of(&sign_in(&app, ADA, PASSWORD).await);
    let body = |current: &str| json!({ "current_password": current, "password": OTHER_PASSWORD });
    let path = "/api/v1/auth/password";
    let refused = laptop.put(path).json(&body(OTHER_PASSWORD)).await;
    refused.assert_problem(401, "invalid_sign_in");
    let changed = laptop.put(path).json(&body(PASSWORD)).await;
    changed.assert_status(204);
    assert!(!is_signed_in(&phone).await && !is_signed_in(&laptop).await);
    assert!(is_signed_in(&app.browser_of(&changed)).await);
}

#[tokio::test]
async fn an_address_is_changed_and_taken_back() {
    let app = with_ada().await;
    let ada = app.browser_of(&sign_in(&app, ADA, PASSWORD).await);
    let body = json!({ "email": "ada@example.org" });
    post(&ada, "/email", &body).await.assert_status(202);
    let (subject, token) = last_mail(&app).await;
    assert_eq!(subject, "Confirm your new address");
    post(&app, "/email/confirm", &json!({ "token": token }))
        .await
        .assert_status(204);
    sign_in(&app, "ada@example.org", PASSWORD)
        .await
        .assert_status(200);
    let (subject, token) = last_mail(&app).await;
    assert_eq!(subject, "The address of your account was changed");
    post(&app, "/email/revert", &json!({ "token": token }))
        .await
        .assert_status(204);
    assert!(!is_signed_in(&ada).await);
    // Whoever has changed it knows the password.
    sign_in(&app, ADA, PASSWORD).await.assert_status(401);
    let (subject, token) = last_mail(&app).await;
    assert_eq!(subject, "Choose a new password");
    let body = json!({ "token": token, "password": OTHER_PASSWORD });
    post(&app, "/password/reset", &body)
        .await
        .assert_status(204);
    sign_in(&app, ADA, OTHER_PASSWORD).await.assert_status(200);
}

#[tokio::test]
async fn a_thief_cannot_make_the_way_back_useless() {
    let app = with_ada().await;
    let thief = app.browser_of(&sign_in(&app, ADA, PASSWORD).await);
    let mut links = Vec::new();
    for email in ["thief@example.com", "thief@example.org"] {
        post(&thief, "/email", &json!({ "email": email })).await;
        let (_, token) = last_mail(&app).await;
        let confirmed = post(&app, "/email/confirm", &json!({ "token": token })).await;
        confirmed.assert_status(204);
        links.push(last_mail(&app).await.1);
    }
    let body = json!({ "current_password": PASSWORD, "password": OTHER_PASSWORD });
    let changed = thief.put("/api/v1/auth/password").json(&body).await;
    changed.assert_status(204);
    let way_back = post(&app, "/email/revert", &json!({ "token": links[0] })).await;
    way_back.assert_status(204);
    // The link to the address of the thief is later.
    let again = post(&app, "/email/revert", &json!({ "token": links[1] })).await;
    again
        .assert_status(422)
        .assert_field("/token", "invalid_token");
}

#[tokio::test]
async fn the_address_of_somebody_else_cannot_be_taken() {
    let app = with_ada().await;
    let grace = app.clone().sign_in::<Users>().recent().await;
    post(&grace, "/email", &json!({ "email": ADA }))
        .await
        .assert_status(202);
    assert_eq!(
        last_mail(&app).await,
        ("You have an account already".to_owned(), String::new())
    );
}

#[tokio::test]
async fn what_matters_needs_a_recent_sign_in() {
    let app = boot::<App>().await;
    let old = app.sign_in::<Users>().await;
    for (method, path) in [
        ("DELETE", "/sessions"),
        ("DELETE", "/account"),
        ("POST", "/email"),
    ] {
        let method = method.parse().expect("a method");
        let request = old.request(method, &format!("{AUTH}{path}"));
        let response = request.json(&json!({ "email": ADA })).await;
        response.assert_problem(401, "reauthentication_required");
    }
    let confirmed = post(&old, "/session/confirm", &json!({ "password": PASSWORD })).await;
    confirmed.assert_status(204);
    assert!(!is_signed_in(&old).await, "the session has a new cookie");
    let recent = old.browser_of(&confirmed);
    recent
        .delete("/api/v1/auth/sessions")
        .await
        .assert_status(204);
    assert!(is_signed_in(&recent).await);
}

#[tokio::test]
async fn the_sessions_of_others_are_not_found() {
    let app = with_ada().await;
    let ada = app.browser_of(&sign_in(&app, ADA, PASSWORD).await);
    let sessions = ada.get("/api/v1/auth/sessions").await.json();
    let path = format!(
        "{AUTH}/sessions/{}",
        sessions[0]["id"].as_str().expect("an id")
    );
    let grace = app.clone().sign_in::<Users>().recent().await;
    grace.delete(&path).await.assert_problem(404, "not_found");
    assert!(is_signed_in(&ada).await);
    ada.delete(&path).await.assert_status(204);
    assert!(!is_signed_in(&ada).await);
}

#[tokio::test]
async fn an_account_is_shown_changed_and_deleted() {
    let app = boot::<App>().await.sign_in::<Users>().recent().await;
    let path = "/api/v1/auth/account";
    let changed = app.patch(path).json(&json!({ "name": "Grace" })).await;
    changed
        .assert_status(200)
        .assert_contains(&json!({ "name": "Grace" }));
    for field in ["id", "email", "is_suspended", "password_hash", "role"] {
        let response = app.patch(path).json(&json!({ field: "1" })).await;
        response
            .assert_status(422)
            .assert_field(&format!("/{field}"), "unknown_field");
    }
    assert_eq!(app.get(path).await.json()["name"], "Grace");
    app.delete(path).await.assert_status(204);
    app.get(path)
        .await
        .assert_problem(401, "invalid_credential");
}

/// Gives Ada's account an app for codes: the secret of the app, and the response to its first code.
pub async fn with_app(app: &TestApp) -> (String, TestResponse) {
    let ada = app.browser_of(&sign_in(app, ADA, PASSWORD).await);
    let enrolment = post(&ada, "/totp", &json!({ "name": "Phone" }))
        .await
        .json();
    let secret = enrolment["secret"].as_str().expect("a secret").to_owned();
    let body = json!({ "id": enrolment["id"], "code": app.totp_code(&secret) });
    let activated = post(&ada, "/totp/confirm", &body).await;
    activated.assert_status(200);
    assert!(!is_signed_in(&ada).await);
    (secret, activated)
}

#[tokio::test]
async fn a_second_factor_is_asked_for_at_the_sign_in() {
    let app = with_ada().await;
    let (secret, activated) = with_app(&app).await;
    let codes = activated.json()["recovery_codes"].clone();
    let ada = app.browser_of(&activated);
    assert!(is_signed_in(&ada).await);
    let (subject, _) = last_mail(&app).await;
    assert_eq!(subject, "The second factor of your account was changed");

    for code in [
        app.totp_code(&secret),
        codes[0].as_str().expect("a code").to_owned(),
    ] {
        let challenge = sign_in(&app, ADA, PASSWORD).await;
        challenge.assert_status(202);
        let answer = answer(&app, &challenge.json(), &code).await;
        answer
            .assert_status(200)
            .assert_contains(&json!({ "email": ADA }));
        assert!(is_signed_in(&app.browser_of(&answer)).await);
    }
    let challenge = sign_in(&app, ADA, PASSWORD).await.json();
    for code in ["invalid_code"; 4].iter().chain(&["invalid_challenge"]) {
        let refused = answer(&app, &challenge, "wrong").await;
        refused.assert_problem(401, code);
    }
    let (subject, _) = last_mail(&app).await;
    assert_eq!(subject, "Somebody could not give your second factor");

    // The password alone confirms nothing any more.
    let body = json!({ "password": PASSWORD });
    post(&ada, "/session/confirm", &body)
        .await
        .assert_problem(403, "second_factor_required");
    let body = json!({ "code": app.totp_code(&secret) });
    let ada = app.browser_of(&post(&ada, "/session/confirm-code", &body).await);
    post(&ada, "/recovery-codes", &json!({}))
        .await
        .assert_status(200);
    let factors = ada.get(&format!("{AUTH}/factors")).await.json();
    assert_eq!(factors[0]["name"], "Phone");
    let factor = factors[0]["id"].as_str().expect("an id");
    let path = format!("{AUTH}/factors/{factor}");
    ada.delete(&path).await.assert_status(204);
    sign_in(&app, ADA, PASSWORD).await.assert_status(200);
}

/// Answers a challenge with a code.
async fn answer(app: &TestApp, challenge: &Value, code: &str) -> TestResponse {
    let path = format!("/challenges/{}", challenge["id"].as_str().expect("an id"));
    let body = json!({ "secret": challenge["secret"], "code": code });
    post(app, &path, &body).await
}

#[tokio::test]
async fn mails_render_in_every_branch() {
    boot::<App>().await.assert_views();
}
