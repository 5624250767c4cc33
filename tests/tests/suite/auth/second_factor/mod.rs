//! The second factor: enrolment, challenges, confirmation, recovery codes, and who attacks them.

mod challenges;
mod enrolment;
mod handlers;
mod keys;
mod races;

use fw_testing::prelude::*;
use sea_orm::prelude::Uuid;

pub use self::handlers::routes;
use super::{PASSWORD, cookie_of, create_user, pair, users, with_cookie};

/// A user with a second factor, signed in with a browser.
struct Enrolled {
    user: users::Model,
    cookie: String,
    factor: Uuid,
    secret: String,
    recovery_codes: Vec<String>,
}

impl Enrolled {
    async fn new(app: &TestApp) -> Self {
        let user = create_user(app).await;
        let cookie = cookie_of(app, &user.name).await;
        let (factor, secret) = enrol(app, &cookie, "Phone").await;
        let confirmed = confirm(app, &cookie, factor, &app.totp_code(&secret)).await;
        confirmed.assert_status(200);
        Self {
            user,
            cookie: pair(&confirmed),
            factor,
            secret,
            recovery_codes: recovery_codes_in(&confirmed),
        }
    }

    /// Sends the password, and gives the challenge.
    async fn challenge(&self, app: &TestApp) -> Challenge {
        challenge(app, "/two-step/session", &self.user.name).await
    }

    /// Signs in with a browser, with a new code, and gives the pair of its cookie.
    async fn sign_in(&self, app: &TestApp) -> String {
        let challenge = self.challenge(app).await;
        let response = challenge.answer(app, &app.totp_code(&self.secret)).await;
        response.assert_status(204);
        pair(&response)
    }
}

/// A challenge that a client has got.
#[derive(Debug)]
struct Challenge {
    id: String,
    secret: String,
    factors: Value,
}

impl Challenge {
    fn request(&self, app: &TestApp, code: &str) -> TestRequest {
        let body = json!({ "secret": self.secret, "code": code });
        app.post(&format!("/challenges/{}", self.id)).json(&body)
    }

    async fn answer(&self, app: &TestApp, code: &str) -> TestResponse {
        self.request(app, code).await
    }
}

/// Sends the password to a route, and gives the challenge.
async fn challenge(app: &TestApp, path: &str, name: &str) -> Challenge {
    let body = json!({ "name": name, "password": PASSWORD });
    let response = app.post(path).json(&body).await;
    response.assert_status(202);
    assert_eq!(response.header("cache-control"), "no-store");
    assert!(response.headers().get("set-cookie").is_none());
    let body = response.json();
    let text = |name: &str| body[name].as_str().expect("a text").to_owned();
    Challenge {
        id: text("id"),
        secret: text("secret"),
        factors: body["factors"].clone(),
    }
}

/// Enrols an app, and gives its id and its secret.
async fn enrol(app: &TestApp, cookie: &str, name: &str) -> (Uuid, String) {
    let request = with_cookie(app.post("/totp"), cookie);
    let response = request.json(&json!({ "name": name })).await;
    response.assert_status(200);
    let body = response.json();
    let text = |name: &str| body[name].as_str().expect("a text").to_owned();
    (text("id").parse().expect("an id"), text("secret"))
}

/// Confirms an app with a code.
async fn confirm(app: &TestApp, cookie: &str, factor: Uuid, code: &str) -> TestResponse {
    let body = json!({ "id": factor, "code": code });
    with_cookie(app.post("/totp/confirm"), cookie)
        .json(&body)
        .await
}

fn recovery_codes_in(response: &TestResponse) -> Vec<String> {
    let body = response.json();
    let codes = body["recovery_codes"].as_array().expect("recovery codes");
    let codes = codes.iter().map(|code| code.as_str().expect("a code"));
    codes.map(str::to_owned).collect()
}

/// A code that is wrong for a secret, whatever the time is.
fn wrong_code(app: &TestApp, secret: &str) -> String {
    let right = app.totp_code(secret);
    let first = if right.starts_with('9') { "0" } else { "9" };
    format!("{first}{}", &right[1..])
}
