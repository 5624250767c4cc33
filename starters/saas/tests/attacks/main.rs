//! Attacks on the accounts of an application, each with the number that it has in the list of attacks, and what they get.

mod invitations;
mod mails;
mod sessions;
mod sign_in;

use std::collections::BTreeSet;

use clap::Parser;
use fw::{
    audit::{AuditFilter, events},
    auth::{AuthContext, Grants, NewApiKey, Role},
    mailer::Mailer,
    sea_orm::{ConnectionTrait, FromQueryResult, JsonValue, Statement},
};
use fw_testing::prelude::*;
use starter_saas::{
    App,
    accounts::{
        create::CreateAccount,
        mails::{About, AccountMail},
    },
};

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

async fn signed_in(app: &TestApp, email: &str) -> TestApp {
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

/// The browser of somebody whose account has one more app, and the secret of that.
async fn with_app(app: &TestApp, browser: &TestApp) -> (TestApp, String) {
    let enrolled = post(browser, "/totp", &json!({ "name": "Phone" })).await;
    let enrolled = enrolled.json();
    let secret = enrolled["secret"].as_str().expect("a secret").to_owned();
    let body = json!({ "id": enrolled["id"], "code": app.totp_code(&secret) });
    let activated = post(browser, "/totp/confirm", &body).await;
    activated.assert_status(200);
    (app.browser_of(&activated), secret)
}

async fn actions(app: &TestApp) -> Vec<String> {
    let events = events(&app.ctx.db, &AuditFilter::default(), 100).await;
    let events = events.expect("the log can be read").into_iter();
    events.map(|event| event.action).collect()
}

/// A link to choose a password, however many were asked for.
async fn forgotten_again(app: &TestApp) -> String {
    let to = ADA.parse().expect("an address");
    let about = About::PasswordReset;
    let mail = AccountMail {
        to,
        about,
        account: None,
    };
    mail.deliver_later(&app.ctx).await.expect("enqueued");
    token(app).await
}
