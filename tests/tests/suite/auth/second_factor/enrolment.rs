//! Enrolment, removal and recovery codes.

use chrono::TimeDelta;
use fw::{auth::AuthContext, prelude::Hooks};
use fw_testing::prelude::*;
use sea_orm::{ConnectionTrait, Statement};

use super::{
    super::{
        App, Users, age, ago, cookie_of, create_user, on_both, pair, status_of, status_with,
        tokens_in, with_cookie,
    },
    Enrolled, PASSWORD, confirm, enrol, recovery_codes_in, wrong_code,
};

async fn factors(app: &TestApp, cookie: &str) -> Vec<Value> {
    let response = app.get("/factors").header("cookie", cookie).await;
    response.assert_status(200);
    response.json().as_array().expect("factors").clone()
}

#[tokio::test]
async fn an_app_is_enrolled_and_counts_after_its_first_code() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let (cookie, other) = (
            cookie_of(&app, &user.name).await,
            cookie_of(&app, &user.name).await,
        );
        let response = with_cookie(app.post("/totp"), &cookie)
            .json(&json!({ "name": "Phone" }))
            .await;
        response.assert_status(200);
        assert_eq!(response.header("cache-control"), "no-store");
        let body = response.json();
        let secret = body["secret"].as_str().expect("a secret");
        assert_eq!(secret.len(), 32);
        let uri = format!("otpauth://totp/auth:ada@example.com?secret={secret}&issuer=auth");
        assert_eq!(body["uri"], uri.as_str());
        let id = body["id"].as_str().expect("an id").parse().expect("an id");
        assert_eq!(factors(&app, &cookie).await.len(), 0);

        confirm(&app, &cookie, id, &wrong_code(&app, secret))
            .await
            .assert_field("/code", "invalid_code");
        let confirmed = confirm(&app, &cookie, id, &app.totp_code(secret)).await;
        confirmed.assert_status(200);
        assert_eq!(recovery_codes_in(&confirmed).len(), 10);
        assert_eq!(confirmed.header("cache-control"), "no-store");

        // The session has a new token, and the other one is gone.
        let new = pair(&confirmed);
        assert_eq!(status_of(&app, &cookie).await, 401);
        assert_eq!(status_of(&app, &other).await, 401);
        assert_eq!(status_of(&app, &new).await, 200);
        let listed = factors(&app, &new).await;
        assert_eq!(listed.len(), 1);
        assert_eq!(
            (&listed[0]["kind"], &listed[0]["name"]),
            (&json!("totp"), &json!("Phone"))
        );
        confirm(&app, &new, id, &app.totp_code(secret))
            .await
            .assert_problem(404, "not_found");
    })
    .await;
}

#[tokio::test]
async fn a_client_with_tokens_enrols_and_gets_the_next_ones() {
    let app = boot::<App>().await;
    let user = create_user(&app).await;
    let body = json!({ "name": user.name, "password": PASSWORD });
    let (access, refresh) = tokens_in(&app.post("/tokens").json(&body).await);
    let bearer = format!("Bearer {access}");
    let send = async |path: &str, body: Value| {
        let request = app.post(path).header("authorization", &bearer);
        request.json(&body).await
    };
    let enrolment = send("/totp", json!({ "name": "Phone" })).await.json();
    let secret = enrolment["secret"].as_str().expect("a secret");
    let code = app.totp_code(secret);
    let confirmed = send(
        "/totp/confirm",
        json!({ "id": enrolment["id"], "code": code }),
    )
    .await;
    confirmed.assert_status(200);
    assert_eq!(recovery_codes_in(&confirmed).len(), 10);
    let (new, _) = tokens_in(&confirmed);
    assert_eq!(status_with(&app, &new).await, 200);
    assert_eq!(status_with(&app, &access).await, 401);
    app.post("/tokens/refresh")
        .json(&json!({ "refresh_token": refresh }))
        .await
        .assert_problem(401, "invalid_credential");
}

#[tokio::test]
async fn attack_101_an_enrolment_that_was_left_asks_for_nothing() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let cookie = cookie_of(&app, &user.name).await;
        let (left, secret) = enrol(&app, &cookie, "Phone").await;
        let body = json!({ "name": user.name, "password": PASSWORD });
        let response = app.post("/two-step/session").json(&body).await;
        response.assert_status(204);
        // A later enrolment takes its place.
        let (_, _) = enrol(&app, &cookie, "Tablet").await;
        confirm(&app, &cookie, left, &app.totp_code(&secret))
            .await
            .assert_problem(404, "not_found");
    })
    .await;
}

#[tokio::test]
async fn an_enrolment_is_for_the_account_that_began_it() {
    on_both(async |app| {
        let (ada, mallory) = (create_user(&app).await, create_user(&app).await);
        let hers = cookie_of(&app, &ada.name).await;
        let cookie = cookie_of(&app, &mallory.name).await;
        let (id, secret) = enrol(&app, &hers, "Phone").await;
        confirm(&app, &cookie, id, &app.totp_code(&secret))
            .await
            .assert_problem(404, "not_found");
        confirm(&app, &hers, id, &app.totp_code(&secret))
            .await
            .assert_status(200);
    })
    .await;
}

#[tokio::test]
async fn attack_102_factors_are_changed_by_a_recent_sign_in_alone() {
    on_both(async |app| {
        let ada = Enrolled::new(&app).await;
        age(
            &app,
            ada.user.id,
            "authenticated_at",
            ago(TimeDelta::hours(1)),
        )
        .await;
        let factor = format!("/factors/{}", ada.factor);
        let body = json!({ "name": "Tablet" });
        for request in [
            app.post("/totp").json(&body),
            app.post("/totp/confirm")
                .json(&json!({ "id": ada.factor, "code": "000000" })),
            app.post("/recovery-codes"),
            app.delete(&factor),
        ] {
            with_cookie(request, &ada.cookie)
                .await
                .assert_problem(401, "reauthentication_required");
        }
        // The password is not enough to confirm it.
        with_cookie(app.post("/session/confirm"), &ada.cookie)
            .await
            .assert_problem(403, "second_factor_required");
        let wrong = json!({ "code": wrong_code(&app, &ada.secret) });
        with_cookie(app.post("/two-step/confirm"), &ada.cookie)
            .json(&wrong)
            .await
            .assert_field("/code", "invalid_code");
        let right = json!({ "code": app.totp_code(&ada.secret) });
        let confirmed = with_cookie(app.post("/two-step/confirm"), &ada.cookie)
            .json(&right)
            .await;
        confirmed.assert_status(204);
        let cookie = pair(&confirmed);
        assert_eq!(status_of(&app, &ada.cookie).await, 401);
        with_cookie(app.delete(&factor), &cookie)
            .await
            .assert_status(204);
    })
    .await;
}

#[tokio::test]
async fn wrong_codes_of_a_confirmation_lock_its_session_out_and_no_other() {
    on_both(async |app| {
        let ada = Enrolled::new(&app).await;
        let confirm = async |cookie: &str, code: String| {
            with_cookie(app.post("/two-step/confirm"), cookie)
                .json(&json!({ "code": code }))
                .await
        };
        let stolen = ada.sign_in(&app).await;
        for _ in 0..5 {
            let code = wrong_code(&app, &ada.secret);
            confirm(&stolen, code)
                .await
                .assert_field("/code", "invalid_code");
        }
        let refused = confirm(&stolen, app.totp_code(&ada.secret)).await;
        refused.assert_problem(429, "too_many_requests");
        assert_eq!(refused.header("retry-after"), "30");
        confirm(&ada.cookie, app.totp_code(&ada.secret))
            .await
            .assert_status(204);
        ada.sign_in(&app).await;
    })
    .await;
}

#[tokio::test]
async fn the_last_factor_goes_with_its_recovery_codes() {
    on_both(async |app| {
        let ada = Enrolled::new(&app).await;
        let (second, secret) = enrol(&app, &ada.cookie, "Tablet").await;
        let confirmed = confirm(&app, &ada.cookie, second, &app.totp_code(&secret)).await;
        confirmed.assert_status(200);
        assert_eq!(confirmed.json(), json!({}), "it has recovery codes");
        let cookie = pair(&confirmed);
        // Both apps count.
        for secret in [&ada.secret, &secret] {
            let challenge = ada.challenge(&app).await;
            let answer = challenge.answer(&app, &app.totp_code(secret)).await;
            answer.assert_status(204);
        }
        let remove = async |id: &dyn std::fmt::Display| {
            with_cookie(app.delete(&format!("/factors/{id}")), &cookie).await
        };
        let elsewhere = ada.sign_in(&app).await;
        remove(&second).await.assert_status(204);
        assert_eq!(status_of(&app, &elsewhere).await, 401);
        assert_eq!(status_of(&app, &cookie).await, 200);
        remove(&second).await.assert_problem(404, "not_found");
        let left = app.ctx.second_factor();
        let left = left.recovery_codes_left(&app.ctx.db, ada.user.id);
        assert_eq!(left.await.expect("counted"), 10);
        remove(&ada.factor).await.assert_status(204);
        let body = json!({ "name": ada.user.name, "password": PASSWORD });
        app.post("/two-step/session")
            .json(&body)
            .await
            .assert_status(204);
        let left = app.ctx.second_factor();
        let left = left.recovery_codes_left(&app.ctx.db, ada.user.id);
        assert_eq!(left.await.expect("counted"), 0);
        with_cookie(app.post("/recovery-codes"), &cookie)
            .await
            .assert_problem(409, "no_second_factor");
    })
    .await;
}

#[tokio::test]
async fn attack_061_factors_of_others_are_not_found() {
    on_both(async |app| {
        let (ada, mallory) = (Enrolled::new(&app).await, Enrolled::new(&app).await);
        let path = format!("/factors/{}", ada.factor);
        with_cookie(app.delete(&path), &mallory.cookie)
            .await
            .assert_problem(404, "not_found");
        ada.sign_in(&app).await;
    })
    .await;
}

#[tokio::test]
async fn a_factor_that_a_role_demands_is_enrolled_first_and_stays() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let demand = "UPDATE users SET needs_second_factor = TRUE";
        app.ctx.db.execute_unprepared(demand).await.expect("set");
        let cookie = cookie_of(&app, &user.name).await;
        for request in [
            app.get("/whoami"),
            app.get("/notes"),
            app.get("/notes/1"),
            app.get("/review"),
            app.get("/review/soon"),
            app.delete("/account"),
            app.post("/recovery-codes"),
        ] {
            with_cookie(request, &cookie)
                .await
                .assert_problem(403, "second_factor_required");
        }
        let me = app.get("/one-factor").header("cookie", &cookie).await;
        assert_eq!(me.text(), user.id.to_string());
        let (id, secret) = enrol(&app, &cookie, "Phone").await;
        let confirmed = confirm(&app, &cookie, id, &app.totp_code(&secret)).await;
        let cookie = pair(&confirmed);
        assert_eq!(status_of(&app, &cookie).await, 200);
        with_cookie(app.delete(&format!("/factors/{id}")), &cookie)
            .await
            .assert_problem(409, "second_factor_required");
        assert_eq!(factors(&app, &cookie).await.len(), 1);

        // Tests sign in with one in a word.
        let app = app.sign_in::<Users>();
        let app = app.second_factor().await;
        app.ctx.db.execute_unprepared(demand).await.expect("set");
        app.get("/whoami").await.assert_status(200);
    })
    .await;
}

#[tokio::test]
async fn a_demand_that_comes_later_counts_at_once() {
    on_both(async |app| {
        let app = app.sign_in::<Users>().token().await;
        app.get("/whoami").await.assert_status(200);
        let demand = "UPDATE users SET needs_second_factor = TRUE";
        app.ctx.db.execute_unprepared(demand).await.expect("set");
        let user: i64 = app.account_id();
        let sessions = app.ctx.sessions();
        sessions
            .account_changed(&app.ctx.db, user)
            .await
            .expect("told");
        app.get("/whoami")
            .await
            .assert_problem(403, "second_factor_required");
        app.get("/one-factor").await.assert_status(200);
    })
    .await;
}

#[tokio::test]
async fn attack_099_a_recovery_code_signs_in_once() {
    on_both(async |app| {
        let (ada, grace) = (Enrolled::new(&app).await, Enrolled::new(&app).await);
        let code = &ada.recovery_codes[0];
        let of_another = grace.challenge(&app).await;
        of_another
            .answer(&app, code)
            .await
            .assert_problem(401, "invalid_code");
        let typed = format!(" {} ", code.to_lowercase().replace('-', "  "));
        let response = ada.challenge(&app).await.answer(&app, &typed).await;
        response.assert_status(204);
        let sessions = app.ctx.sessions().list(&app.ctx.db, ada.user.id).await;
        let factors: Vec<String> = sessions
            .expect("listed")
            .into_iter()
            .map(|session| session.factors)
            .collect();
        assert!(
            factors.contains(&"password recovery_code".to_owned()),
            "{factors:?}"
        );
        let again = ada.challenge(&app).await.answer(&app, code).await;
        again.assert_problem(401, "invalid_code");
        // New ones take the place of all.
        let renewed = with_cookie(app.post("/recovery-codes"), &ada.cookie).await;
        renewed.assert_status(200);
        let codes = recovery_codes_in(&renewed);
        assert_eq!(codes.len(), 10);
        let old = &ada.recovery_codes[1];
        let answer = ada.challenge(&app).await.answer(&app, old).await;
        answer.assert_problem(401, "invalid_code");
        let answer = ada.challenge(&app).await.answer(&app, &codes[9]).await;
        answer.assert_status(204);
    })
    .await;
}

#[tokio::test]
async fn the_recovery_codes_that_are_left_are_offered() {
    let app = boot::<App>().await;
    let ada = Enrolled::new(&app).await;
    let challenge = ada.challenge(&app).await;
    assert_eq!(challenge.factors, json!(["totp", "recovery_code"]));
    for code in &ada.recovery_codes {
        let response = ada.challenge(&app).await.answer(&app, code).await;
        response.assert_status(204);
    }
    let challenge = ada.challenge(&app).await;
    assert_eq!(challenge.factors, json!(["totp"]));
}

#[tokio::test]
async fn attack_100_and_104_nothing_is_stored_in_clear() {
    on_both(async |app| {
        let ada = Enrolled::new(&app).await;
        let challenge = ada.challenge(&app).await;
        let db = &app.ctx.db;
        for (table, columns) in [
            ("factors", &["secret_sealed"][..]),
            ("recovery_codes", &["code_hash"]),
            ("challenges", &["secret_hash", "subject"]),
        ] {
            for column in columns {
                let sql = match db.backend() {
                    sea_orm::DbBackend::Sqlite => format!("SELECT hex({column}) AS x FROM {table}"),
                    _ if *column == "subject" => format!("SELECT subject AS x FROM {table}"),
                    _ => format!("SELECT upper(encode({column}, 'hex')) AS x FROM {table}"),
                };
                let rows = db
                    .query_all_raw(Statement::from_string(db.backend(), sql))
                    .await;
                let rows = rows.expect("read");
                assert!(!rows.is_empty());
                for row in rows {
                    let stored: String = row.try_get("", "x").expect("a text");
                    let hex = |text: &str| {
                        let digits: Vec<String> =
                            text.bytes().map(|byte| format!("{byte:02X}")).collect();
                        digits.concat()
                    };
                    let clear = [&ada.secret, &challenge.secret, &ada.user.name]
                        .into_iter()
                        .chain(&ada.recovery_codes);
                    for clear in clear {
                        assert!(!stored.contains(&hex(clear)) && !stored.contains(clear.as_str()));
                    }
                }
            }
        }
        let listed = app.get("/factors").header("cookie", &ada.cookie).await;
        assert!(!listed.text().contains(&ada.secret));
        assert!(!format!("{:?}", app.ctx.second_factor()).contains(&ada.secret));
    })
    .await;
}

#[tokio::test]
async fn an_account_has_five_factors_at_most() {
    let app = boot::<App>().await;
    let ada = Enrolled::new(&app).await;
    let mut cookie = ada.cookie.clone();
    for number in 2..=5 {
        let (id, secret) = enrol(&app, &cookie, &format!("App {number}")).await;
        let confirmed = confirm(&app, &cookie, id, &app.totp_code(&secret)).await;
        confirmed.assert_status(200);
        cookie = pair(&confirmed);
    }
    with_cookie(app.post("/totp"), &cookie)
        .json(&json!({ "name": "App 6" }))
        .await
        .assert_problem(409, "too_many_factors");
}

#[tokio::test]
async fn whoever_has_lost_everything_gets_in_again_after_a_reset() {
    on_both(async |app| {
        let ada = Enrolled::new(&app).await;
        let second_factor = app.ctx.second_factor();
        let number = second_factor.reset(&app.ctx.db, ada.user.id).await;
        assert_eq!(number.expect("reset"), 1);
        assert_eq!(status_of(&app, &ada.cookie).await, 401);
        let body = json!({ "name": ada.user.name, "password": PASSWORD });
        let response = app.post("/two-step/session").json(&body).await;
        response.assert_status(204);
    })
    .await;
}

#[test]
fn the_routes_are_described() {
    let description = App::routes().describe("auth", "1.0.0");
    let responses =
        |path: &str, method: &str| description["paths"][path][method]["responses"].clone();
    let step = responses("/two-step/session", "post");
    for status in ["200", "202", "204"] {
        assert!(step[status].is_object(), "{step}");
    }
    let whoami = responses("/whoami", "get")["403"].to_string();
    assert!(whoami.contains("SecondFactorRequired"), "{whoami}");
    let one_factor = responses("/one-factor", "get")["403"].to_string();
    assert!(!one_factor.contains("SecondFactorRequired"), "{one_factor}");
}
