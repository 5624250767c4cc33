//! Limits and lock-outs in handlers.

use std::time::Duration;

use fw::limits::{Limits, Lockout};
use fw_testing::prelude::*;

use super::app;

async fn sign_in(app: &TestApp, email: &str, password: &str, cookie: &str) -> TestResponse {
    let body = json!({ "email": email, "password": password });
    let request = app.post("/session").json(&body);
    request.header("cookie", cookie).await
}

/// The cookie of a response, as a browser sends it back.
fn cookie(response: &TestResponse) -> String {
    let cookie = response.headers()["set-cookie"].to_str().expect("ASCII");
    cookie.split(';').next().unwrap_or_default().to_owned()
}

/// Attacks 15 and 16: a thousand addresses guess the password of one account, and its owner signs in meanwhile.
#[tokio::test]
async fn attack_015_and_016_guesses_at_one_account_are_refused_from_anywhere_but_its_owner_is_not()
{
    let app = app(|_| {}).await;
    let first = sign_in(&app, "ada@example.com", "right", "").await;
    first.assert_status(204);
    let known = cookie(&first);

    let mut statuses = Vec::new();
    for number in 0..20 {
        let body = json!({ "email": "Ada@example.com", "password": format!("wrong {number}") });
        let request = app.post("/session").json(&body);
        let response = request
            .header("x-forwarded-for", format!("192.0.2.{number}"))
            .await;
        statuses.push(response.status().as_u16());
    }
    assert_eq!(statuses[..5], [401; 5]);
    assert_eq!(statuses[5..], [429; 15]);
    let refused = sign_in(&app, "ada@example.com", "right", "").await;
    refused.assert_problem(429, "too_many_requests");
    assert_eq!(refused.headers()["retry-after"], "30");

    sign_in(&app, "ada@example.com", "right", &known)
        .await
        .assert_status(204);
    // A cookie of another account, or one that is made up, spares nobody.
    sign_in(&app, "bob@example.com", "right", &known)
        .await
        .assert_status(401);
    let forged = known.replace("known-browser=", "known-browser=AAAA");
    sign_in(&app, "ada@example.com", "right", &forged)
        .await
        .assert_status(429);
}

/// Attack 16: whoever has the cookie cannot guess on for ever either.
#[tokio::test]
async fn attack_016_a_known_browser_has_a_lock_out_of_its_own() {
    let app = app(|_| {}).await;
    let known = cookie(&sign_in(&app, "ada@example.com", "right", "").await);
    for _ in 0..5 {
        sign_in(&app, "ada@example.com", "wrong", &known)
            .await
            .assert_status(401);
    }
    sign_in(&app, "ada@example.com", "right", &known)
        .await
        .assert_status(429);
    sign_in(&app, "ada@example.com", "right", "")
        .await
        .assert_status(204);
}

/// Attack 16: whoever proves that the mailbox is theirs signs in at once, with this browser and with any other.
#[tokio::test]
async fn attack_016_a_reset_ends_the_lock_outs_of_the_account_and_of_the_browser() {
    let app = app(|_| {}).await;
    let known = cookie(&sign_in(&app, "ada@example.com", "right", "").await);
    for cookie in [known.as_str(), ""] {
        for status in [401, 401, 401, 401, 401, 429] {
            let response = sign_in(&app, "ada@example.com", "wrong", cookie).await;
            response.assert_status(status);
        }
    }
    let body = json!({ "email": " Ada@example.com" });
    let reset = app.post("/password").json(&body);
    let reset = reset.header("cookie", &known).await;
    reset.assert_status(204);
    for cookie in [known.as_str(), "", &cookie(&reset)] {
        let response = sign_in(&app, "ada@example.com", "right", cookie).await;
        response.assert_status(204);
    }
}

/// Attack 15: guesses at the same moment are as many as one after another.
#[tokio::test]
async fn attack_015_guesses_at_the_same_moment_get_no_further() {
    let app = app(|_| {}).await;
    let guesses = (0..50).map(|_| sign_in(&app, "ada@example.com", "wrong", ""));
    let responses = futures_util::future::join_all(guesses).await;
    let count = |status: u16| {
        let same = responses
            .iter()
            .filter(|response| response.status() == status);
        same.count()
    };
    assert_eq!((count(401), count(429)), (5, 45));
}

/// Attack 18: a refusal does not tell whether the account exists.
#[tokio::test]
async fn attack_018_a_lock_out_is_the_same_for_accounts_that_do_not_exist() {
    let app = app(|_| {}).await;
    let mut last = Vec::new();
    for email in ["ada@example.com", "nobody@example.com"] {
        for _ in 0..5 {
            sign_in(&app, email, "wrong", "").await.assert_status(401);
        }
        let refused = sign_in(&app, email, "wrong", "").await;
        refused.assert_problem(429, "too_many_requests");
        let mut body: Value = refused.json();
        body["request_id"].take();
        last.push((body, refused.headers()["retry-after"].clone()));
    }
    assert_eq!(last[0], last[1]);
}

/// Attack 17: any number of failures in a row, at any speed. The lock-out does not end as long as somebody goes on, and a reset ends it.
#[tokio::test]
async fn attack_017_a_long_series_of_failures_stays_locked_out_until_it_is_forgiven() {
    const SIGN_IN: Lockout = Lockout::after("sign-in", 100)
        .first(Duration::from_hours(1))
        .at_most(Duration::from_hours(24));
    let limits = Limits::in_memory();
    for _ in 0..100 {
        let _failed = limits
            .attempt(&SIGN_IN, "ada")
            .await
            .expect("it is allowed");
    }
    for _ in 0..3 {
        let refused = limits
            .attempt(&SIGN_IN, "ada")
            .await
            .expect_err("it is locked");
        assert_eq!(refused.headers()["retry-after"], "3600");
    }
    limits.forgive(&SIGN_IN, "ada").await;
    let again = limits.attempt(&SIGN_IN, "ada").await;
    assert!(again.is_ok(), "it is forgiven");
}

#[tokio::test]
async fn a_success_forgets_the_failures_before_it() {
    let app = app(|_| {}).await;
    for _ in 0..3 {
        for _ in 0..4 {
            sign_in(&app, "ada@example.com", "wrong", "")
                .await
                .assert_status(401);
        }
        sign_in(&app, "ada@example.com", "right", "")
            .await
            .assert_status(204);
    }
}

/// Attack 39: twenty-one mails are asked for, three are sent, and the response does not tell.
#[tokio::test]
async fn attack_039_a_limit_in_a_handler_need_not_be_told() {
    use fw::limits::Limit;

    const MAILS: Limit = Limit::new("mails", 3, Duration::from_hours(1));
    let app = app(|_| {}).await;
    for email in ["ada@example.com", "Ada@Example.com", " ada@example.com "].repeat(7) {
        let body = json!({ "email": email });
        app.post("/mails").json(&body).await.assert_status(204);
    }
    // It is used up, also for whoever else has a limit of this name.
    assert!(!app.ctx.limits.take(&MAILS, "ada@example.com").await);
    assert!(app.ctx.limits.take(&MAILS, "bob@example.com").await);
    let refused = app.ctx.limits.check(&MAILS, "ada@example.com").await;
    let refused = refused.expect_err("it is used up");
    assert_eq!(
        (refused.status().as_u16(), refused.code()),
        (429, "too_many_requests")
    );
    assert_eq!(refused.headers()["retry-after"], "1200");
}
