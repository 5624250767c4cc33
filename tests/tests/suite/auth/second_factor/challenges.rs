//! The challenge between the password and the session.

use chrono::TimeDelta;
use fw::auth::{AuthContext, SignIn};
use fw_testing::prelude::*;
use sea_orm::{ConnectionTrait, sea_query::Query};

use super::{
    super::{ago, cookie_of, create_user, on_both, status_of, status_with, tokens_in, with_cookie},
    Challenge, Enrolled, PASSWORD, challenge, wrong_code,
};

#[tokio::test]
async fn a_sign_in_has_two_steps() {
    on_both(async |app| {
        let ada = Enrolled::new(&app).await;
        let challenge = ada.challenge(&app).await;
        let response = challenge.answer(&app, &app.totp_code(&ada.secret)).await;
        response.assert_status(204);
        assert_eq!(response.header("cache-control"), "no-store");
        let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
        assert_eq!(cookies.len(), 2, "the session and the known browser");
        let session = app.ctx.sessions().list(&app.ctx.db, ada.user.id).await;
        let session = session.expect("listed").remove(0);
        assert_eq!(session.factors, "password totp");
        assert!(!session.is_remembered);
        // Once.
        challenge
            .answer(&app, &app.totp_code(&ada.secret))
            .await
            .assert_problem(401, "invalid_challenge");
    })
    .await;
}

#[tokio::test]
async fn a_remembered_sign_in_and_one_with_tokens_go_on_as_they_began() {
    on_both(async |app| {
        let ada = Enrolled::new(&app).await;
        let body = json!({ "name": ada.user.name, "password": PASSWORD, "remember": true });
        let response = app.post("/two-step/session").json(&body).await.json();
        let of = |body: &Value| Challenge {
            id: body["id"].as_str().expect("an id").to_owned(),
            secret: body["secret"].as_str().expect("a secret").to_owned(),
            factors: Value::Null,
        };
        let signed_in = of(&response)
            .answer(&app, &app.totp_code(&ada.secret))
            .await;
        signed_in.assert_status(204);
        let mut cookies = signed_in.headers().get_all("set-cookie").iter();
        assert!(
            cookies.any(|cookie| {
                let cookie = cookie.to_str().expect("a text");
                cookie.starts_with("session=") && cookie.contains("Max-Age=259")
            }),
            "{signed_in:?}"
        );
        let challenge = challenge(&app, "/two-step/tokens", &ada.user.name).await;
        let response = challenge.answer(&app, &app.totp_code(&ada.secret)).await;
        response.assert_status(200);
        assert_eq!(response.header("cache-control"), "no-store");
        let (access, refresh) = tokens_in(&response);
        assert_eq!(status_with(&app, &access).await, 200);
        let body = json!({ "refresh_token": refresh });
        let refreshed = app.post("/tokens/refresh").json(&body).await;
        refreshed.assert_status(200);
    })
    .await;
}

#[tokio::test]
async fn attack_050_the_session_of_before_is_replaced_by_the_answer() {
    on_both(async |app| {
        let (mallory, ada) = (create_user(&app).await, Enrolled::new(&app).await);
        let planted = cookie_of(&app, &mallory.name).await;
        let challenge = ada.challenge(&app).await;
        let request = challenge.request(&app, &app.totp_code(&ada.secret));
        let response = with_cookie(request, &planted).await;
        response.assert_status(204);
        assert_eq!(status_of(&app, &planted).await, 401);
    })
    .await;
}

#[tokio::test]
async fn attack_093_a_challenge_is_no_credential() {
    on_both(async |app| {
        let ada = Enrolled::new(&app).await;
        let challenge = ada.challenge(&app).await;
        for text in [&challenge.secret, &challenge.id] {
            for path in ["/whoami", "/one-factor", "/factors", "/sessions"] {
                app.get(path)
                    .header("cookie", format!("session={text}"))
                    .await
                    .assert_problem(401, "invalid_credential");
                app.get(path)
                    .header("authorization", format!("Bearer {text}"))
                    .await
                    .assert_problem(401, "invalid_credential");
            }
            app.post("/tokens/refresh")
                .json(&json!({ "refresh_token": text }))
                .await
                .assert_problem(401, "invalid_credential");
        }
        // What is not its secret answers nothing.
        for (id, secret) in [
            (&challenge.id, "guessed".to_owned()),
            (&challenge.id, "A".repeat(43)),
            (&ada.factor.to_string(), challenge.secret.clone()),
        ] {
            let other = Challenge {
                id: id.clone(),
                secret,
                factors: Value::Null,
            };
            other
                .answer(&app, &app.totp_code(&ada.secret))
                .await
                .assert_problem(401, "invalid_challenge");
        }
        challenge
            .answer(&app, &app.totp_code(&ada.secret))
            .await
            .assert_status(204);
    })
    .await;
}

#[tokio::test]
async fn attack_093_no_other_way_in_leaves_the_second_factor_out() {
    on_both(async |app| {
        let ada = Enrolled::new(&app).await;
        let body = json!({ "name": ada.user.name, "password": PASSWORD });
        // These handlers ask for no second factor.
        for path in ["/session", "/tokens"] {
            app.post(path)
                .json(&body)
                .await
                .assert_problem(403, "second_factor_required");
        }
        let (ctx, id) = (&app.ctx, ada.user.id);
        for factors in ["", "reset", "magic", "password password"] {
            let started = ctx.sessions().start(&ctx.db, SignIn::of(id, factors)).await;
            assert_eq!(started.expect_err("refused").status(), 403);
        }
        // Nor does a session count that began by other means.
        let (sessions, db) = (ctx.sessions(), &ctx.db);
        let started = sessions.start(db, SignIn::of(id, "password totp")).await;
        let session = started.expect("started").session.id;
        let forged = Query::update()
            .table("sessions")
            .value("factors", "password")
            .to_owned();
        db.execute(&forged).await.expect("forged");
        sessions.account_changed(db, id).await.expect("told");
        assert_eq!(status_of(&app, &ada.cookie).await, 401);
        let confirmed = sessions.confirm(db, id, session, "password totp").await;
        assert_eq!(confirmed.expect_err("refused").status(), 401);
    })
    .await;
}

#[tokio::test]
async fn attack_095_and_096_a_code_counts_once() {
    on_both(async |app| {
        let ada = Enrolled::new(&app).await;
        let (first, second) = (ada.challenge(&app).await, ada.challenge(&app).await);
        let old = app.totp_code(&ada.secret);
        let code = app.totp_code(&ada.secret);
        first.answer(&app, &code).await.assert_status(204);
        // The same one, and one that is older.
        for code in [&code, &old] {
            second
                .answer(&app, code)
                .await
                .assert_problem(401, "invalid_code");
        }
        let last = app.totp_code(&ada.secret);
        let _next_one = app.totp_code(&ada.secret);
        second.answer(&app, &last).await.assert_status(204);
        let outdated = ada.challenge(&app).await;
        let code = app.totp_code(&ada.secret);
        for _ in 0..2 {
            let _later = app.totp_code(&ada.secret);
        }
        outdated
            .answer(&app, &code)
            .await
            .assert_problem(401, "invalid_code");
    })
    .await;
}

#[tokio::test]
async fn attack_098_the_clock_of_the_client_does_not_count() {
    on_both(async |app| {
        let ada = Enrolled::new(&app).await;
        let challenge = ada.challenge(&app).await;
        let (old, _next) = (app.totp_code(&ada.secret), app.totp_code(&ada.secret));
        let _after_next = app.totp_code(&ada.secret);
        let a_minute_ago = ago(TimeDelta::minutes(1));
        let outdated = challenge
            .request(&app, &old)
            .header("date", a_minute_ago.to_rfc2822().replace("+0000", "GMT"))
            .header("x-client-time", a_minute_ago.timestamp().to_string());
        outdated.await.assert_problem(401, "invalid_code");
        for field in ["time", "timestamp", "step"] {
            let mut body = json!({ "secret": challenge.secret, "code": old });
            body[field] = json!(a_minute_ago.timestamp());
            let path = format!("/challenges/{}", challenge.id);
            let refused = app.post(&path).json(&body).await;
            refused.assert_field(&format!("/{field}"), "unknown_field");
        }
    })
    .await;
}

#[tokio::test]
async fn attack_097_a_challenge_has_five_tries() {
    on_both(async |app| {
        let ada = Enrolled::new(&app).await;
        let challenge = ada.challenge(&app).await;
        for _ in 0..4 {
            challenge
                .answer(&app, &wrong_code(&app, &ada.secret))
                .await
                .assert_problem(401, "invalid_code");
        }
        // The fifth one is the last, and the sixth is not looked at.
        for code in [wrong_code(&app, &ada.secret), app.totp_code(&ada.secret)] {
            challenge
                .answer(&app, &code)
                .await
                .assert_problem(401, "invalid_challenge");
        }
        ada.sign_in(&app).await;
    })
    .await;
}

#[tokio::test]
async fn attack_097_an_account_is_locked_out_over_all_challenges_and_its_own_browser_is_not() {
    on_both(async |app| {
        let ada = Enrolled::new(&app).await;
        let challenge = ada.challenge(&app).await;
        let response = challenge.answer(&app, &app.totp_code(&ada.secret)).await;
        let mut cookies = response.headers().get_all("set-cookie").iter();
        let known = cookies.find_map(|cookie| {
            let pair = cookie.to_str().ok()?.split(';').next()?;
            pair.starts_with("known-browser=").then(|| pair.to_owned())
        });
        let known = known.expect("a known browser");

        // Somebody has the password, and guesses.
        for _ in 0..2 {
            let challenge = ada.challenge(&app).await;
            for _ in 0..5 {
                let code = wrong_code(&app, &ada.secret);
                challenge.answer(&app, &code).await.assert_status(401);
            }
        }
        for _ in 0..3 {
            let challenge = ada.challenge(&app).await;
            let refused = challenge.answer(&app, &app.totp_code(&ada.secret)).await;
            refused.assert_problem(429, "too_many_requests");
            assert_eq!(refused.header("retry-after"), "30");
        }
        // The owner has signed in with this browser before.
        let body = json!({ "name": ada.user.name, "password": PASSWORD });
        let response = app
            .post("/two-step/session")
            .header("cookie", &known)
            .header("sec-fetch-site", "same-origin")
            .json(&body)
            .await;
        response.assert_status(202);
        let body = response.json();
        let owner = Challenge {
            id: body["id"].as_str().expect("an id").to_owned(),
            secret: body["secret"].as_str().expect("a secret").to_owned(),
            factors: Value::Null,
        };
        let answer = owner.request(&app, &app.totp_code(&ada.secret));
        with_cookie(answer, &known).await.assert_status(204);
    })
    .await;
}

#[tokio::test]
async fn a_challenge_is_for_ten_minutes() {
    on_both(async |app| {
        let ada = Enrolled::new(&app).await;
        let challenge = ada.challenge(&app).await;
        let expire = Query::update()
            .table("challenges")
            .value("expires_at", ago(TimeDelta::seconds(1)))
            .to_owned();
        app.ctx.db.execute(&expire).await.expect("changed");
        challenge
            .answer(&app, &app.totp_code(&ada.secret))
            .await
            .assert_problem(401, "invalid_challenge");
    })
    .await;
}

#[tokio::test]
async fn attack_032_and_033_a_new_password_ends_the_challenges_and_keeps_the_factor() {
    on_both(async |app| {
        let ada = Enrolled::new(&app).await;
        let (ctx, id) = (&app.ctx, ada.user.id);
        let open = ada.challenge(&app).await;
        let ended = ctx.sessions().end_all(&ctx.db, id, None).await;
        ended.expect("ended");
        open.answer(&app, &app.totp_code(&ada.secret))
            .await
            .assert_problem(401, "invalid_challenge");
        // The next sign-in asks for the factor as before.
        ada.sign_in(&app).await;
    })
    .await;
}
