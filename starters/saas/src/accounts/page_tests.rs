//! Tests of the pages of accounts, which need no JavaScript.

use fw::auth::{AuthContext, Grants, Role};
use fw_testing::prelude::*;

use super::{
    Users,
    tests::{ADA, OTHER_PASSWORD, PASSWORD, last_mail, with_ada, with_app},
};
use crate::app::App;

/// Opens a page as a browser does.
async fn open(app: &TestApp, path: &str) -> TestResponse {
    app.get(path).header("accept", "text/html").await
}

/// Sends a form that is right; gives the path that it leads to, and the browser that has got its cookies.
async fn send(app: &TestApp, path: &str, form: &[(&str, &str)]) -> (String, TestApp) {
    let response = app.post(path).form(form).await;
    response.assert_status(303);
    let location = response.header("location").to_owned();
    (location, app.browser_of(&response))
}

async fn sign_in(app: &TestApp) -> TestApp {
    let form = [("email", ADA), ("password", PASSWORD)];
    send(app, "/sign-in", &form).await.1
}

/// Gives a role to an account.
async fn give(user: &TestApp, role: &str) {
    let (roles, id) = (user.ctx.roles(), user.account_id::<i64>());
    let given = roles.assign(&user.ctx.db, id, role, &Grants::all()).await;
    assert!(given.expect("the role is given"));
}

/// The text of a page between two others.
#[track_caller]
fn between(page: &TestResponse, start: &str, end: &str) -> String {
    let text = page.text();
    let (_, rest) = text.split_once(start).expect("the page has the start");
    let (found, _) = rest.split_once(end).expect("the page has the end");
    found.to_owned()
}

#[track_caller]
fn assert_shows(page: &TestResponse, expected: &[&str]) {
    let text = page.text();
    for expected in expected {
        assert!(text.contains(expected), "no `{expected}` in {text}");
    }
}

#[tokio::test]
async fn an_account_is_born_from_a_proven_mailbox() {
    let app = boot::<App>().await;
    let page = app.submit("/register", &[("email", ADA)]).await;
    assert_shows(&page, &["A mail with a link is on its way to you"]);
    let path = format!("/register/complete?token={}", last_mail(&app).await.1);
    // Programs that look for malware open it, too.
    for _ in 0..2 {
        let page = open(&app, &path).await;
        page.assert_status(200);
        assert_shows(&page, &[ADA, "autocomplete=\"new-password\""]);
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("referrer-policy"), "same-origin");
    }
    let (_, token) = path.split_once('=').expect("a token");
    let form = |password: &'static str| [("token", token), ("name", "Ada"), ("password", password)];
    let again = app.post(&path).form(&form("tiny one")).await;
    again.assert_status(422);
    assert_shows(&again, &[ADA, "value=\"Ada\"", "password-problems"]);
    assert!(
        !again.text().contains("tiny one"),
        "a secret is not repeated"
    );
    let (location, ada) = send(&app, &path, &form(PASSWORD)).await;
    assert_eq!(location, "/settings");
    let settings = open(&ada, "/settings").await;
    assert_shows(&settings, &["Welcome!", "value=\"Ada\"", "Sign out"]);
    let page = open(&app, &path).await;
    assert_shows(&page, &["This link does not work any more"]);
    let used = app.post(&path).form(&form(PASSWORD)).await;
    used.assert_status(422);
}

#[tokio::test]
async fn a_page_that_needs_a_sign_in_leads_there_and_back() {
    let app = with_ada().await;
    let refused = open(&app, "/settings/password").await;
    refused.assert_status(303);
    let path = refused.header("location");
    assert_eq!(path, "/sign-in?next=%2Fsettings%2Fpassword");
    let page = open(&app, path).await;
    assert_shows(
        &page,
        &[
            "autocomplete=\"username\"",
            "autocomplete=\"current-password\"",
        ],
    );
    let wrong = app
        .post(path)
        .form(&[("email", ADA), ("password", OTHER_PASSWORD)])
        .await;
    wrong.assert_status(401);
    assert_shows(&wrong, &["The address or the password is wrong", ADA, path]);
    let form = [("email", ADA), ("password", PASSWORD)];
    assert_eq!(send(&app, path, &form).await.0, "/settings/password");
    for elsewhere in [
        "https://evil.example",
        "//evil.example",
        "/%09/evil.example",
    ] {
        let path = format!("/sign-in?next={elsewhere}");
        assert_eq!(send(&app, &path, &form).await.0, "/settings", "{elsewhere}");
    }
}

#[tokio::test]
async fn guesses_on_the_page_lock_an_account_out() {
    let app = with_ada().await;
    let guess = [("email", ADA), ("password", OTHER_PASSWORD)];
    for _ in 0..5 {
        app.post("/sign-in").form(&guess).await.assert_status(401);
    }
    let refused = app.post("/sign-in").form(&guess).await;
    refused.assert_status(429);
    assert_shows(&refused, &["Too many attempts: please wait 30 seconds"]);
}

#[tokio::test]
async fn a_session_ends_on_the_page() {
    let ada = sign_in(&with_ada().await).await;
    assert_shows(&open(&ada, "/settings").await, &["Sign out"]);
    let (location, signed_out) = send(&ada, "/sign-out", &[]).await;
    assert_eq!(location, "/sign-in");
    let page = open(&signed_out, "/sign-in").await;
    assert_shows(&page, &["You are signed out", "Register"]);
    assert!(!page.text().contains("Sign out"));
    open(&ada, "/settings").await.assert_status(303);
    // In a browser where it has ended meanwhile.
    assert_eq!(send(&ada, "/sign-out", &[]).await.0, "/sign-in");
}

#[tokio::test]
async fn what_matters_asks_for_the_password_once_more() {
    let old = boot::<App>().await.sign_in::<Users>().await;
    let asked = open(&old, "/settings/email").await;
    asked.assert_status(303);
    let path = asked.header("location");
    assert_eq!(path, "/confirm?next=%2Fsettings%2Femail");
    let wrong = old.post(path).form(&[("password", OTHER_PASSWORD)]).await;
    wrong.assert_status(401);
    assert_shows(&wrong, &["is wrong", "autocomplete=\"username\""]);
    let (location, recent) = send(&old, path, &[("password", PASSWORD)]).await;
    open(&recent, &location).await.assert_status(200);
    // The session has another cookie.
    open(&old, "/settings").await.assert_status(303);
}

#[tokio::test]
async fn a_forgotten_password_is_reset() {
    let app = with_ada().await;
    app.submit("/password/forgot", &[("email", ADA)]).await;
    let token = last_mail(&app).await.1;
    let path = format!("/password/reset?token={token}");
    assert_shows(&open(&app, &path).await, &[ADA]);
    let form = [("token", token.as_str()), ("password", OTHER_PASSWORD)];
    assert_eq!(send(&app, &path, &form).await.0, "/sign-in");
    let page = open(&app, &path).await;
    assert_shows(&page, &["This link does not work any more"]);
    let form = [("email", ADA), ("password", OTHER_PASSWORD)];
    send(&app, "/sign-in", &form).await;
}

#[tokio::test]
async fn an_address_is_changed_and_taken_back() {
    let app = with_ada().await;
    let ada = sign_in(&app).await;
    ada.submit("/settings/email", &[("email", "ada@example.org")])
        .await;
    let path = format!("/email/confirm?token={}", last_mail(&app).await.1);
    let page = open(&app, &path).await;
    assert_eq!(page.header("cache-control"), "no-store");
    let page = ada.submit::<&str>(&path, &[]).await;
    assert_shows(&page, &["Your address is changed", "ada@example.org"]);
    let page = ada.submit::<&str>(&path, &[]).await;
    assert_shows(&page, &["This link does not work any more"]);
    let path = format!("/email/revert?token={}", last_mail(&app).await.1);
    open(&app, &path).await.assert_status(200);
    let page = app.submit::<&str>(&path, &[]).await;
    assert_shows(&page, &["Your account has its former address again"]);
    open(&ada, "/settings").await.assert_status(303);
}

#[tokio::test]
async fn settings_are_changed() {
    let app = with_ada().await;
    let (phone, ada) = (sign_in(&app).await, sign_in(&app).await);
    let page = ada.submit("/settings", &[("name", "Countess")]).await;
    assert_shows(&page, &["Your name is changed", "value=\"Countess\""]);
    let page = open(&ada, "/settings/sessions").await;
    assert_shows(&page, &["End this session", "now, by this session"]);
    ada.submit::<&str>("/settings/sessions/end", &[]).await;
    open(&phone, "/settings").await.assert_status(303);
    let form = |current| [("current_password", current), ("password", OTHER_PASSWORD)];
    let wrong = ada.post("/settings/password").form(&form("wrong")).await;
    wrong.assert_status(401);
    assert_shows(&wrong, &["current_password-problems"]);
    let (_, ada) = send(&ada, "/settings/password", &form(PASSWORD)).await;
    assert_eq!(send(&ada, "/settings/delete", &[]).await.0, "/sign-in");
    open(&ada, "/settings").await.assert_status(303);
}

#[tokio::test]
async fn every_link_leads_to_a_page() {
    let app = boot::<App>().await;
    app.crawl("/sign-in").await;
    let ada = app.sign_in::<Users>().recent().await;
    let seen = ada.crawl("/settings").await;
    assert!(seen.contains(&"/settings/delete".to_owned()), "{seen:?}");
}

#[tokio::test]
async fn a_second_factor_is_the_second_step() {
    let app = with_ada().await;
    let secret = with_app(&app).await.0;
    let form = [("email", ADA), ("password", PASSWORD)];
    let page = app.post("/sign-in?next=/settings/email").form(&form).await;
    page.assert_status(200);
    assert_shows(
        &page,
        &["autocomplete=\"one-time-code\"", "name=\"secret\""],
    );
    assert_eq!(page.header("cache-control"), "no-store");
    let action = between(&page, "action=\"/sign-in/", "\"");
    let (path, challenge) = (
        format!("/sign-in/{action}"),
        between(&page, "name=\"secret\" value=\"", "\""),
    );
    let wrong = app
        .post(&path)
        .form(&[("secret", challenge.as_str()), ("code", "000000x")])
        .await;
    wrong.assert_status(401);
    assert_shows(&wrong, &["is wrong, or was used already", &challenge]);
    let code = app.totp_code(&secret);
    let form = [("secret", challenge.as_str()), ("code", code.as_str())];
    let (location, ada) = send(&app, &path, &form).await;
    assert_eq!(location, "/settings/email");
    open(&ada, "/settings/email").await.assert_status(200);
    // It is confirmed with a code, too.
    let page = open(&ada, "/confirm?next=/settings/email").await;
    assert_shows(
        &page,
        &["/confirm/code?next", "autocomplete=\"one-time-code\""],
    );
    let code = app.totp_code(&secret);
    let (location, _) = send(
        &ada,
        "/confirm/code?next=/settings/email",
        &[("code", &code)],
    )
    .await;
    assert_eq!(location, "/settings/email");
}

#[tokio::test]
async fn an_app_is_added_and_removed() {
    let ada = sign_in(&with_ada().await).await;
    let (path, _) = send(&ada, "/settings/second-factor", &[("name", "Phone")]).await;
    let page = open(&ada, &path).await;
    assert_shows(&page, &["<svg class=\"qr-code\" role=\"img\"", "otpauth:"]);
    assert_eq!(page.header("cache-control"), "no-store");
    let secret = between(&page, "<code>", "</code>");
    let wrong = ada.post(&path).form(&[("code", "none")]).await;
    wrong.assert_status(422);
    assert_shows(&wrong, &["is wrong, or was used already", &secret]);
    let code = ada.totp_code(&secret);
    let codes = ada.post(&path).form(&[("code", &code)]).await;
    codes.assert_status(200);
    assert_eq!(codes.header("cache-control"), "no-store");
    let first = between(&codes, "<code>", "</code>");
    assert_eq!(codes.text().matches("<li><code>").count(), 10);
    let ada = ada.browser_of(&codes);
    open(&ada, &path).await.assert_status(404);
    let page = open(&ada, "/settings/second-factor").await;
    assert_shows(&page, &["<dd>Phone</dd>", "10 recovery codes are left"]);
    assert!(!page.text().contains(&secret) && !page.text().contains(&first));

    let renew = "/settings/second-factor/recovery-codes";
    let codes = ada.post(renew).await;
    codes.assert_status(200);
    assert_ne!(between(&codes, "<code>", "</code>"), first);
    let id = between(&page, "action=\"/settings/second-factor/0", "\"");
    let path = format!("/settings/second-factor/0{id}");
    let page = ada.submit::<&str>(&path, &[]).await;
    assert_shows(&page, &["The app is removed"]);
    assert!(!page.text().contains("<dd>Phone</dd>"));
    let (subject, _) = last_mail(&ada).await;
    assert_eq!(subject, "The second factor of your account was changed");
}

#[tokio::test]
async fn a_role_that_needs_a_second_factor_leads_to_it() {
    let user = boot::<App>().await.sign_in::<Users>().recent().await;
    let role = Role::new("guard").requires_second_factor();
    let (roles, db) = (user.ctx.roles(), &user.ctx.db);
    let created = roles.create(db, &role, &Grants::all()).await;
    created.expect("the role is created");
    give(&user, "guard").await;
    let refused = open(&user, "/settings").await;
    refused.assert_status(303);
    let path = refused.header("location");
    assert!(path.starts_with("/settings/second-factor?"), "{path}");
    let page = open(&user, path).await;
    assert_shows(&page, &["Your account needs a second factor"]);
    let (path, _) = send(&user, "/settings/second-factor", &[("name", "Phone")]).await;
    let secret = between(&open(&user, &path).await, "<code>", "</code>");
    let code = user.totp_code(&secret);
    let codes = user.post(&path).form(&[("code", &code)]).await;
    let user = user.browser_of(&codes);
    open(&user, "/settings").await.assert_status(200);
    let page = open(&user, "/settings/second-factor").await;
    assert!(!page.text().contains("Remove the app"), "it is the last");
}

#[tokio::test]
async fn an_api_key_is_shown_once() {
    let ada = boot::<App>().await.sign_in::<Users>().recent().await;
    give(&ada, "admin").await;
    let form = |days| {
        let name = ("name", "Backup");
        [name, ("permissions", "*"), ("expires_in_days", days)]
    };
    let wrong = ada.post("/settings/api-keys").form(&form("0")).await;
    wrong.assert_status(422);
    let created = ada.post("/settings/api-keys").form(&form("30")).await;
    created.assert_status(200);
    assert_eq!(created.header("cache-control"), "no-store");
    let key = between(&created, "<pre class=\"secret\">", "</pre>");
    let page = open(&ada, "/settings/api-keys").await;
    assert_shows(&page, &["Backup", &key[..12]]);
    assert!(!page.text().contains(&key));

    let id = between(&page, "action=\"/settings/api-keys/", "/rotate\"");
    let path = format!("/settings/api-keys/{id}");
    let rotated = ada.post(&format!("{path}/rotate")).await;
    rotated.assert_status(200);
    let other = between(&rotated, "<pre class=\"secret\">", "</pre>");
    assert_ne!(other, key);
    assert_shows(&open(&ada, "/settings/api-keys").await, &["Another key"]);
    // A key is known, and gets nowhere where a person must be signed in.
    let status = async |key: &str| {
        let request = ada.get("/api/v1/auth/session");
        let request = request.header("authorization", format!("Bearer {key}"));
        request.await.status().as_u16()
    };
    assert_eq!((status(&key).await, status(&other).await), (403, 403));
    let page = ada.submit::<&str>(&format!("{path}/revoke"), &[]).await;
    assert_shows(&page, &["The key is revoked"]);
    assert_eq!((status(&key).await, status(&other).await), (401, 403));
}
