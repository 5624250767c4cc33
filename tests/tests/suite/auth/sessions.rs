//! Sessions of browsers.

use chrono::TimeDelta;
use fw::auth::{AuthContext, EndReason, SignIn};
use fw_testing::prelude::*;
use sea_orm::{ConnectionTrait, Statement, TransactionSession, TransactionTrait};

use super::{
    App, PASSWORD, age, ago, cookie_of, create_user, on_both, pair, status_of, status_with,
    tokens_in, with_cookie,
};

#[tokio::test]
async fn a_browser_signs_in_and_out() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let body = json!({ "name": user.name, "password": PASSWORD });
        let response = app.post("/session").json(&body).await;
        response.assert_status(204);
        let set = response.header("set-cookie");
        assert!(
            set.starts_with("session=") && set.ends_with("; Path=/; HttpOnly; SameSite=Lax"),
            "{set}"
        );
        assert_eq!(response.header("cache-control"), "no-store");
        let cookie = pair(&response);
        let me = app.get("/whoami").header("cookie", &cookie).await;
        assert_eq!(me.text(), user.id.to_string());
        let out = with_cookie(app.delete("/session"), &cookie).await;
        out.assert_status(204);
        assert!(
            out.header("set-cookie")
                .starts_with("session=; Path=/; Max-Age=0")
        );
        assert_eq!(status_of(&app, &cookie).await, 401);
    })
    .await;
}

#[tokio::test]
async fn a_remembered_session_survives_the_browser() {
    let app = boot::<App>().await;
    let user = create_user(&app).await;
    let body = json!({ "name": user.name, "password": PASSWORD, "remember": true });
    let response = app.post("/session").json(&body).await;
    let seconds = 30 * 24 * 3600;
    let cookie = response.header("set-cookie").to_owned();
    let max_age = cookie
        .split("Max-Age=")
        .nth(1)
        .and_then(|rest| rest.split(';').next());
    let max_age: i64 = max_age.and_then(|text| text.parse().ok()).expect("a time");
    assert!((seconds - 60..=seconds).contains(&max_age), "{cookie}");
    // It has no idle timeout.
    age(&app, user.id, "seen_at", ago(TimeDelta::days(20))).await;
    assert_eq!(status_of(&app, &pair(&response)).await, 200);
}

#[tokio::test]
async fn attack_050_a_cookie_of_before_the_sign_in_is_replaced() {
    on_both(async |app| {
        let (mallory, ada) = (create_user(&app).await, create_user(&app).await);
        let planted = cookie_of(&app, &mallory.name).await;
        for cookie in [
            planted.as_str(),
            "session=guessed",
            &format!("session={}", "A".repeat(43)),
        ] {
            let body = json!({ "name": ada.name, "password": PASSWORD });
            let response = app
                .post("/session")
                .header("cookie", cookie)
                .header("sec-fetch-site", "same-origin")
                .json(&body)
                .await;
            response.assert_status(204);
            assert_ne!(pair(&response), cookie);
            assert_eq!(status_of(&app, cookie).await, 401);
            let me = app.get("/whoami").header("cookie", pair(&response)).await;
            assert_eq!(me.text(), ada.id.to_string());
        }
    })
    .await;
}

#[tokio::test]
async fn attack_051_a_confirmation_changes_the_token() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let old = cookie_of(&app, &user.name).await;
        age(&app, user.id, "authenticated_at", ago(TimeDelta::hours(1))).await;
        with_cookie(app.delete("/account"), &old)
            .await
            .assert_problem(401, "reauthentication_required");
        let confirmed = with_cookie(app.post("/session/confirm"), &old).await;
        confirmed.assert_status(204);
        let new = pair(&confirmed);
        assert_eq!(status_of(&app, &old).await, 401);
        with_cookie(app.delete("/account"), &new)
            .await
            .assert_status(204);
        // The place of a session is taken once.
        with_cookie(app.post("/session/confirm"), &old)
            .await
            .assert_problem(401, "invalid_credential");
    })
    .await;
}

#[tokio::test]
async fn attack_051_of_two_confirmations_at_once_one_counts() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let start = SignIn::of(user.id, "password");
        let started = app
            .ctx
            .sessions()
            .start(&app.ctx.db, start)
            .await
            .expect("started");
        let confirm = || {
            app.ctx
                .sessions()
                .confirm(&app.ctx.db, user.id, started.session.id, "password")
        };
        let (a, b, c) = tokio::join!(confirm(), confirm(), confirm());
        let confirmed = [a, b, c].iter().filter(|result| result.is_ok()).count();
        assert_eq!(confirmed, 1);
        let sessions = app
            .ctx
            .sessions()
            .list(&app.ctx.db, user.id)
            .await
            .expect("listed");
        assert_eq!(sessions.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_confirmation_needs_a_session_of_the_account_that_has_not_ended() {
    on_both(async |app| {
        let (mallory, ada) = (create_user(&app).await, create_user(&app).await);
        let (db, sessions) = (&app.ctx.db, app.ctx.sessions());
        let start = async || {
            let started = sessions.start(db, SignIn::of(ada.id, "password")).await;
            started.expect("started").session.id
        };
        let session = start().await;
        let refused = sessions.confirm(db, mallory.id, session, "password").await;
        assert_eq!(refused.expect_err("of another account").status(), 401);
        let confirmed = sessions.confirm(db, ada.id, session, "totp password").await;
        let confirmed = confirmed.expect("confirmed").session;
        assert_eq!(confirmed.factors, "password totp");

        let idle = start().await;
        age(&app, ada.id, "seen_at", ago(TimeDelta::hours(12))).await;
        let refused = sessions.confirm(db, ada.id, idle, "password").await;
        assert_eq!(refused.expect_err("idle for too long").status(), 401);
    })
    .await;
}

/// The end of a session and its notice were two commits once: a client that went away in between left an ended session in every memory.
#[tokio::test]
async fn an_end_that_is_given_up_has_not_taken_place() {
    let app = super::on_postgres::<super::App>().await;
    let user = create_user(&app).await;
    let cookie = cookie_of(&app, &user.name).await;
    assert_eq!(status_of(&app, &cookie).await, 200);
    let (db, sessions) = (&app.ctx.db, app.ctx.sessions());
    let id = sessions.list(db, user.id).await.expect("listed")[0].id;
    let blocker = db.begin().await.expect("begun");
    blocker
        .execute_unprepared("LOCK TABLE auth_changes IN SHARE MODE")
        .await
        .expect("locked");
    let end = sessions.end(db, user.id, id, EndReason::Revoked);
    let given_up = tokio::time::timeout(std::time::Duration::from_millis(500), end).await;
    given_up.expect_err("it waits for its notice");
    blocker.rollback().await.expect("unlocked");
    assert_eq!(status_of(&app, &cookie).await, 200);
    assert_eq!(sessions.list(db, user.id).await.expect("listed").len(), 1);
    let again = sessions.end(db, user.id, id, EndReason::Revoked).await;
    assert!(again.expect("ended"), "there was nothing left to end");
    assert_eq!(status_of(&app, &cookie).await, 401);
}

#[tokio::test]
async fn the_end_of_all_sessions_is_told_also_if_none_is_left() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let cookie = cookie_of(&app, &user.name).await;
        assert_eq!(status_of(&app, &cookie).await, 200);
        let ended = "UPDATE sessions SET ended_at = CURRENT_TIMESTAMP, ended_why = 'revoked'";
        app.ctx.db.execute_unprepared(ended).await.expect("ended");
        assert_eq!(status_of(&app, &cookie).await, 200, "nobody was told");
        let ended = app.ctx.sessions().end_all(&app.ctx.db, user.id, None).await;
        assert_eq!(ended.expect("told"), 0);
        assert_eq!(status_of(&app, &cookie).await, 401);
    })
    .await;
}

#[tokio::test]
async fn attack_052_what_has_ended_is_refused_at_once() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let sessions = app.ctx.sessions();
        let this = cookie_of(&app, &user.name).await;
        let other = cookie_of(&app, &user.name).await;
        assert_eq!(status_of(&app, &other).await, 200);
        // Everywhere else.
        with_cookie(app.delete("/sessions"), &this)
            .await
            .assert_status(204);
        assert_eq!(
            (status_of(&app, &this).await, status_of(&app, &other).await),
            (200, 401)
        );
        // Suspension, and its end.
        let suspend = |is: bool| {
            format!(
                "UPDATE users SET is_suspended = {is} WHERE id = {}",
                user.id
            )
        };
        app.ctx
            .db
            .execute_unprepared(&suspend(true))
            .await
            .expect("suspended");
        sessions
            .account_changed(&app.ctx.db, user.id)
            .await
            .expect("told");
        app.get("/whoami")
            .header("cookie", &this)
            .await
            .assert_problem(401, "invalid_credential");
        app.ctx
            .db
            .execute_unprepared(&suspend(false))
            .await
            .expect("active");
        sessions
            .account_changed(&app.ctx.db, user.id)
            .await
            .expect("told");
        assert_eq!(status_of(&app, &this).await, 200);
        // Deletion.
        app.ctx
            .db
            .transact(async |tx| {
                tx.execute_unprepared(&format!("DELETE FROM users WHERE id = {}", user.id))
                    .await?;
                sessions.account_changed(tx, user.id).await
            })
            .await
            .expect("deleted");
        assert_eq!(status_of(&app, &this).await, 401);
    })
    .await;
}

#[tokio::test]
async fn an_end_that_is_rolled_back_has_not_taken_place() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let cookie = cookie_of(&app, &user.name).await;
        let rolled_back = app.ctx.db.transact(async |tx| {
            assert_eq!(app.ctx.sessions().end_all(tx, user.id, None).await?, 1);
            Err::<(), _>(fw::Error::conflict())
        });
        assert_eq!(rolled_back.await.expect_err("rolled back").status(), 409);
        assert_eq!(status_of(&app, &cookie).await, 200);
    })
    .await;
}

#[tokio::test]
async fn attack_055_idle_and_old_sessions_end() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let cookie = cookie_of(&app, &user.name).await;
        age(&app, user.id, "seen_at", ago(TimeDelta::hours(12))).await;
        app.get("/whoami")
            .header("cookie", &cookie)
            .await
            .assert_problem(401, "invalid_credential");
        let sessions = app
            .ctx
            .sessions()
            .list(&app.ctx.db, user.id)
            .await
            .expect("listed");
        assert!(sessions.is_empty());

        let cookie = cookie_of(&app, &user.name).await;
        age(&app, user.id, "seen_at", ago(TimeDelta::hours(11))).await;
        assert_eq!(status_of(&app, &cookie).await, 200);
        age(&app, user.id, "expires_at", ago(TimeDelta::seconds(1))).await;
        assert_eq!(status_of(&app, &cookie).await, 401);
    })
    .await;
}

#[tokio::test]
async fn the_time_of_a_request_is_noted_beside_it() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let cookie = cookie_of(&app, &user.name).await;
        let before = ago(TimeDelta::hours(2));
        age(&app, user.id, "seen_at", before).await;
        assert_eq!(status_of(&app, &cookie).await, 200);
        for _ in 0..100 {
            let sessions = app
                .ctx
                .sessions()
                .list(&app.ctx.db, user.id)
                .await
                .expect("listed");
            if sessions[0].seen_at - before > TimeDelta::hours(1) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("the time is not noted");
    })
    .await;
}

#[tokio::test]
async fn attack_048_no_secret_is_in_the_database() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let body = json!({ "name": user.name, "password": PASSWORD });
        let cookie = cookie_of(&app, &user.name).await;
        let (_, refresh) = tokens_in(&app.post("/tokens").json(&body).await);
        let secrets = [
            cookie.trim_start_matches("session="),
            refresh.as_str(),
            PASSWORD,
        ];
        for (table, columns) in [("sessions", "token_hash"), ("refresh_tokens", "token_hash")] {
            let select =
                format!("SELECT {columns} AS found FROM {table} WHERE {columns} IS NOT NULL");
            let select = Statement::from_string(app.ctx.db.backend(), select);
            let rows = app.ctx.db.query_all_raw(select).await.expect("rows");
            assert_eq!(rows.len(), 1, "{table}");
            let hash: Vec<u8> = rows[0].try_get("", "found").expect("bytes");
            assert_eq!(hash.len(), 32);
            for secret in secrets {
                let token = fw::auth::OpaqueToken::parse(secret);
                let is_its_hash = token.is_some_and(|token| token.hash().to_bytes() == hash);
                assert!(!is_its_hash || table != "users");
                assert!(
                    !hash
                        .windows(secret.len().min(32))
                        .any(|part| part == secret.as_bytes())
                );
            }
        }
        let hash = user.password_hash.expect("a hash");
        assert!(!hash.contains(PASSWORD));
    })
    .await;
}

#[tokio::test]
async fn attack_059_random_tokens_are_refused() {
    let app = boot::<App>().await;
    for _ in 0..1_000 {
        let token = fw::auth::OpaqueToken::generate().expect("random").to_text();
        assert_eq!(status_of(&app, &format!("session={token}")).await, 401);
    }
}

#[tokio::test]
async fn attack_061_sessions_of_others_are_not_found() {
    on_both(async |app| {
        let (mallory, ada) = (create_user(&app).await, create_user(&app).await);
        let hers = cookie_of(&app, &ada.name).await;
        let his = cookie_of(&app, &mallory.name).await;
        let listed = app.get("/sessions").header("cookie", &hers).await.json();
        let id = listed[0].as_str().expect("an id").to_owned();
        assert_eq!(listed.as_array().map(Vec::len), Some(1));
        let path = format!("/sessions/{id}");
        with_cookie(app.delete(&path), &his)
            .await
            .assert_problem(404, "not_found");
        assert_eq!(status_of(&app, &hers).await, 200);
        with_cookie(app.delete(&path), &hers)
            .await
            .assert_status(204);
        assert_eq!(status_of(&app, &hers).await, 401);
    })
    .await;
}

#[tokio::test]
async fn attack_062_ending_sessions_needs_a_recent_sign_in() {
    let app = boot::<App>().await;
    let user = create_user(&app).await;
    let cookie = cookie_of(&app, &user.name).await;
    age(
        &app,
        user.id,
        "authenticated_at",
        ago(TimeDelta::minutes(10)),
    )
    .await;
    let refused = with_cookie(app.delete("/sessions"), &cookie).await;
    refused.assert_problem(401, "reauthentication_required");
    assert_eq!(
        refused.header("www-authenticate"),
        "Bearer error=\"insufficient_user_authentication\", max_age=600"
    );
    // A clock that was set back makes no sign-in recent for ever.
    age(&app, user.id, "authenticated_at", ago(-TimeDelta::hours(1))).await;
    with_cookie(app.delete("/sessions"), &cookie)
        .await
        .assert_problem(401, "reauthentication_required");
    age(
        &app,
        user.id,
        "authenticated_at",
        ago(TimeDelta::minutes(9)),
    )
    .await;
    with_cookie(app.delete("/sessions"), &cookie)
        .await
        .assert_status(204);
}

#[tokio::test]
async fn attack_088_a_cookie_is_no_token_and_a_token_no_cookie() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let cookie = cookie_of(&app, &user.name).await;
        let body = json!({ "name": user.name, "password": PASSWORD });
        let (access, refresh) = tokens_in(&app.post("/tokens").json(&body).await);
        let secret = cookie.trim_start_matches("session=");
        assert_eq!(status_with(&app, &access).await, 200);
        assert_eq!(status_with(&app, secret).await, 401);
        assert_eq!(status_with(&app, &refresh).await, 401);
        for token in [&access, &refresh] {
            assert_eq!(status_of(&app, &format!("session={token}")).await, 401);
        }
        for token in [access.as_str(), secret] {
            let refused = app
                .post("/tokens/refresh")
                .json(&json!({ "refresh_token": token }))
                .await;
            refused.assert_problem(401, "invalid_credential");
        }
    })
    .await;
}
