//! Access and refresh tokens.

use chrono::TimeDelta;
use fw::auth::{AuthContext, Refreshed, SignIn};
use fw_testing::prelude::*;
use sea_orm::{
    ConnectionTrait, ExprTrait, Statement,
    sea_query::{Expr, Query},
};

use super::{
    PASSWORD, Users, age, ago, cookie_of, create_user, on_both, status_with, tokens_in, with_cookie,
};

/// Signs in as a client and gives the access and the refresh token.
async fn tokens_of(app: &TestApp, name: &str) -> (String, String) {
    let body = json!({ "name": name, "password": PASSWORD });
    let response = app.post("/tokens").json(&body).await;
    response.assert_status(200);
    assert_eq!(response.header("cache-control"), "no-store");
    assert_eq!(response.header("set-cookie"), "");
    tokens_in(&response)
}

async fn refresh(app: &TestApp, token: &str) -> TestResponse {
    app.post("/tokens/refresh")
        .json(&json!({ "refresh_token": token }))
        .await
}

/// Moves the use of all refresh tokens into the past.
async fn age_uses(app: &TestApp, by: TimeDelta) {
    let update = Query::update()
        .table("refresh_tokens")
        .value("used_at", ago(by))
        .to_owned();
    let used = update
        .clone()
        .and_where(Expr::col("used_at").is_not_null())
        .to_owned();
    app.ctx.db.execute(&used).await.expect("changed");
}

async fn count(app: &TestApp, table: &str) -> i64 {
    let select = Statement::from_string(
        app.ctx.db.backend(),
        format!("SELECT count(*) AS rows FROM {table}"),
    );
    let row = app
        .ctx
        .db
        .query_one_raw(select)
        .await
        .expect("read")
        .expect("a row");
    row.try_get("", "rows").expect("a number")
}

#[tokio::test]
async fn a_client_signs_in_refreshes_and_signs_out() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let (access, first) = tokens_of(&app, &user.name).await;
        assert_eq!(status_with(&app, &access).await, 200);
        let response = refresh(&app, &first).await;
        response.assert_status(200);
        let body = response.json();
        assert_eq!(
            (&body["token_type"], &body["expires_in"]),
            (&json!("Bearer"), &json!(900))
        );
        let (access, second) = tokens_in(&response);
        assert_ne!(first, second);
        let bearer = format!("Bearer {access}");
        app.delete("/session")
            .header("authorization", &bearer)
            .await
            .assert_status(204);
        // Attack 53: it has almost fifteen minutes left.
        app.get("/whoami")
            .header("authorization", &bearer)
            .await
            .assert_problem(401, "invalid_credential");
        refresh(&app, &second)
            .await
            .assert_problem(401, "invalid_credential");
    })
    .await;
}

#[tokio::test]
async fn attack_073_one_credential_counts() {
    on_both(async |app| {
        let (ada, grace) = (create_user(&app).await, create_user(&app).await);
        let cookie = cookie_of(&app, &ada.name).await;
        let (access, _) = tokens_of(&app, &grace.name).await;
        let both = app
            .get("/whoami")
            .header("cookie", &cookie)
            .header("authorization", format!("Bearer {access}"));
        assert_eq!(both.await.text(), grace.id.to_string());
        for authorization in [
            "Bearer guessed",
            "Bearer ",
            "Bearer",
            "",
            "Basic YWRhOmFkYQ==",
        ] {
            let request = app
                .get("/whoami")
                .header("cookie", &cookie)
                .header("authorization", authorization);
            let refused = request.await;
            refused.assert_problem(401, "invalid_credential");
            assert_eq!(
                refused.header("www-authenticate"),
                "Bearer error=\"invalid_token\""
            );
        }
    })
    .await;
}

#[tokio::test]
async fn attack_082_odd_headers_are_refused() {
    let app = boot::<super::App>().await;
    let user = create_user(&app).await;
    let (access, _) = tokens_of(&app, &user.name).await;
    for scheme in ["Bearer", "bearer", "BEARER", "Ticket", "ticket"] {
        let request = app
            .get("/whoami")
            .header("authorization", format!("{scheme} {access}"));
        request.await.assert_status(200);
    }
    for authorization in [
        format!("Bearer  {access}"),
        format!("Bearer {access} "),
        format!("Bearer {access}, Bearer {access}"),
        format!("Bearer\t{access}"),
        format!("Token {access}"),
        access.clone(),
    ] {
        let request = app.get("/whoami").header("authorization", &authorization);
        let status = request.await.status().as_u16();
        // A space at the end is no part of the value of a header, and may be gone.
        assert!(
            status == 401 || authorization.ends_with(' '),
            "{authorization}: {status}"
        );
    }
    let twice = app
        .get("/whoami")
        .header("authorization", format!("Bearer {access}"))
        .header("authorization", format!("Bearer {access}"));
    twice.await.assert_problem(401, "invalid_credential");
    let binary = app
        .get("/whoami")
        .header("authorization", &b"Bearer \xff\xfe"[..]);
    binary.await.assert_problem(401, "invalid_credential");
}

#[tokio::test]
async fn attack_083_a_token_in_the_query_string_is_none() {
    let app = boot::<super::App>().await;
    let user = create_user(&app).await;
    let (access, _) = tokens_of(&app, &user.name).await;
    for name in ["access_token", "token", "authorization"] {
        let response = app.get(&format!("/whoami?{name}={access}")).await;
        response.assert_problem(401, "unauthorized");
        assert_eq!(response.header("www-authenticate"), "Bearer");
        assert!(!response.text().contains(&access));
    }
}

#[tokio::test]
async fn attack_086_of_refreshes_at_once_all_get_the_same_successor() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let (_, mut token) = tokens_of(&app, &user.name).await;
        for round in 0..25 {
            let (a, b, c) = tokio::join!(
                refresh(&app, &token),
                refresh(&app, &token),
                refresh(&app, &token)
            );
            let next = [a, b, c].map(|response| {
                response.assert_status(200);
                tokens_in(&response).1
            });
            assert!(next.iter().all(|other| *other == next[0]), "{next:?}");
            assert_eq!(count(&app, "refresh_tokens").await, round + 2);
            [token, ..] = next;
        }
        refresh(&app, &token).await.assert_status(200);
    })
    .await;
}

#[tokio::test]
async fn attack_087_a_token_that_comes_again_ends_the_session() {
    on_both(async |app| {
        let user = create_user(&app).await;
        // Its successor was used.
        let (_, first) = tokens_of(&app, &user.name).await;
        let (_, second) = tokens_in(&refresh(&app, &first).await);
        let (access, third) = tokens_in(&refresh(&app, &second).await);
        assert_eq!(status_with(&app, &access).await, 200);
        refresh(&app, &first)
            .await
            .assert_problem(401, "invalid_credential");
        assert_eq!(status_with(&app, &access).await, 401);
        refresh(&app, &third)
            .await
            .assert_problem(401, "invalid_credential");
        // The time of grace is over.
        let (_, first) = tokens_of(&app, &user.name).await;
        let (access, _) = tokens_in(&refresh(&app, &first).await);
        age_uses(&app, TimeDelta::seconds(31)).await;
        let again = app
            .ctx
            .tokens()
            .refresh::<Users>(&app.ctx.db, &first)
            .await
            .expect("an outcome");
        assert!(matches!(again, Refreshed::Reused(session) if session.account == user.id.into()));
        assert_eq!(status_with(&app, &access).await, 401);
        // There is nothing left to end.
        let again = app
            .ctx
            .tokens()
            .refresh::<Users>(&app.ctx.db, &first)
            .await
            .expect("an outcome");
        assert!(matches!(again, Refreshed::Invalid));
    })
    .await;
}

#[tokio::test]
async fn attack_091_a_client_that_lost_the_response_asks_again() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let (_, first) = tokens_of(&app, &user.name).await;
        let (_, lost) = tokens_in(&refresh(&app, &first).await);
        age_uses(&app, TimeDelta::seconds(20)).await;
        let (access, again) = tokens_in(&refresh(&app, &first).await);
        assert_eq!(again, lost);
        assert_eq!(status_with(&app, &access).await, 200);
        // To ask again does not prolong the time in which that is possible.
        age_uses(&app, TimeDelta::seconds(31)).await;
        refresh(&app, &first)
            .await
            .assert_problem(401, "invalid_credential");
        assert_eq!(status_with(&app, &access).await, 401);
    })
    .await;
}

#[tokio::test]
async fn attack_089_a_session_is_not_prolonged_by_refreshes() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let (access, first) = tokens_of(&app, &user.name).await;
        age(&app, user.id, "expires_at", ago(TimeDelta::seconds(1))).await;
        refresh(&app, &first)
            .await
            .assert_problem(401, "invalid_credential");
        assert_eq!(status_with(&app, &access).await, 401);
    })
    .await;
}

#[tokio::test]
async fn attack_090_tokens_of_a_suspended_account_are_refused() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let (access, first) = tokens_of(&app, &user.name).await;
        let suspend = format!(
            "UPDATE users SET is_suspended = TRUE WHERE id = {}",
            user.id
        );
        app.ctx
            .db
            .execute_unprepared(&suspend)
            .await
            .expect("suspended");
        app.ctx
            .sessions()
            .account_changed(&app.ctx.db, user.id)
            .await
            .expect("told");
        refresh(&app, &first)
            .await
            .assert_problem(401, "invalid_credential");
        assert_eq!(status_with(&app, &access).await, 401);
        let delete = format!("DELETE FROM users WHERE id = {}", user.id);
        app.ctx
            .db
            .execute_unprepared(&delete)
            .await
            .expect("deleted");
        refresh(&app, &first)
            .await
            .assert_problem(401, "invalid_credential");
        assert_eq!(count(&app, "refresh_tokens").await, 0);
    })
    .await;
}

#[tokio::test]
async fn the_sessions_of_one_table_have_the_accounts_of_one_type() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let (access, first) = tokens_of(&app, &user.name).await;
        assert_eq!(status_with(&app, &access).await, 200);
        // The session is known by now, and `Robots` would let it do everything.
        app.get("/robots/whoami")
            .header("authorization", format!("Bearer {access}"))
            .await
            .assert_problem(500, "internal_error");
        let refreshed = app
            .ctx
            .tokens()
            .refresh::<super::Robots>(&app.ctx.db, &first);
        assert_eq!(refreshed.await.expect_err("refused").status(), 500);
        refresh(&app, &first).await.assert_status(200);
    })
    .await;
}

#[tokio::test]
async fn attack_092_a_refresh_token_in_a_cookie_is_ignored() {
    let app = boot::<super::App>().await;
    let user = create_user(&app).await;
    let (_, first) = tokens_of(&app, &user.name).await;
    let request = app.post("/tokens/refresh").json(&json!({}));
    let request = with_cookie(request, &format!("refresh_token={first}; session={first}"));
    request.await.assert_problem(422, "validation_failed");
}

#[tokio::test]
async fn attack_051_a_confirmation_of_a_client_ends_its_former_tokens() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let tokens = app.ctx.tokens();
        let (access, first) = tokens_of(&app, &user.name).await;
        let listed = app
            .ctx
            .sessions()
            .list(&app.ctx.db, user.id)
            .await
            .expect("listed");
        let confirmed = tokens
            .confirm(&app.ctx.db, user.id, listed[0].id, "totp")
            .await
            .expect("confirmed");
        assert_eq!(status_with(&app, &access).await, 401);
        refresh(&app, &first)
            .await
            .assert_problem(401, "invalid_credential");
        assert_eq!(status_with(&app, &confirmed.access_token).await, 200);
        refresh(&app, &confirmed.refresh_token)
            .await
            .assert_status(200);
        let listed = app.ctx.sessions().list(&app.ctx.db, user.id).await;
        assert_eq!(listed.expect("listed")[0].factors, "password totp");
        // A session of a browser is none of a client.
        let browser = SignIn::of(user.id, "password");
        let browser = app
            .ctx
            .sessions()
            .start(&app.ctx.db, browser)
            .await
            .expect("started");
        let refused = tokens
            .confirm(&app.ctx.db, user.id, browser.session.id, "password")
            .await;
        assert_eq!(refused.expect_err("refused").status(), 401);
    })
    .await;
}
