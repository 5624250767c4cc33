//! Several processes on one database: what one changes, the others know within a second.

use std::time::{Duration, Instant};

use fw::{
    app::Hooks,
    auth::AuthContext,
    axum::{body::Body, extract::Request},
    boot::Booted,
    config::Config,
    sea_orm::{ConnectionTrait, TransactionSession, TransactionTrait},
    test_support::{Application, Service},
};
use fw_testing::prelude::*;
use fw_tests::postgres::Server;

use super::{
    App, DATABASE, cookie_of, create_user, on_both, set_permissions, status_of, tokens_in,
    with_cookie,
};

/// Another process, as far as sessions know: with handles, connections and a memory of its own.
pub(super) struct Other {
    service: Service,
    _booted: Booted,
}

impl Other {
    async fn beside(app: &TestApp) -> Self {
        Self::of::<App>(app).await
    }

    /// One of an application with other hooks, on the same database.
    pub(super) async fn of<H: Hooks>(app: &TestApp) -> Self {
        let config = Config::clone(&app.ctx.config);
        let booted = Application::of::<H>().boot(config).await;
        let (booted, service) = booted.expect("the application boots");
        Self {
            service,
            _booted: booted,
        }
    }

    pub(super) async fn status(&self, path: &str, header: (&str, &str)) -> u16 {
        let request = Request::get(path)
            .header(header.0, header.1)
            .body(Body::empty());
        let (response, _) = self.service.handle(request.expect("a request")).await;
        response.status().as_u16()
    }

    /// Waits until the response has this status, for a second at most.
    pub(super) async fn comes_to(&self, path: &str, header: (&str, &str), status: u16) {
        let begin = Instant::now();
        while self.status(path, header).await != status {
            assert!(
                begin.elapsed() < Duration::from_secs(1),
                "still not {status}"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn attack_052_and_053_ends_are_known_elsewhere_within_a_second() {
    on_both(async |app| {
        let other = Other::beside(&app).await;
        let user = create_user(&app).await;
        let cookie = cookie_of(&app, &user.name).await;
        let body = json!({ "name": user.name, "password": super::PASSWORD });
        let (access, _) = tokens_in(&app.post("/tokens").json(&body).await);
        let bearer = format!("Bearer {access}");
        let credentials = [
            ("cookie", cookie.as_str()),
            ("authorization", bearer.as_str()),
        ];
        for credential in credentials {
            assert_eq!(other.status("/whoami", credential).await, 200);
            assert_eq!(
                other.status("/whoami", credential).await,
                200,
                "known by now"
            );
        }
        // The end of the one, which is the caller's own, and then of all others.
        with_cookie(app.delete("/session"), &cookie)
            .await
            .assert_status(204);
        other.comes_to("/whoami", credentials[0], 401).await;
        assert_eq!(other.status("/whoami", credentials[1]).await, 200);
        let again = cookie_of(&app, &user.name).await;
        with_cookie(app.delete("/sessions"), &again)
            .await
            .assert_status(204);
        other.comes_to("/whoami", credentials[1], 401).await;
    })
    .await;
}

#[tokio::test]
async fn attack_122_and_123_permissions_are_known_elsewhere_within_a_second() {
    on_both(async |app| {
        let other = Other::beside(&app).await;
        let user = create_user(&app).await;
        let cookie = cookie_of(&app, &user.name).await;
        let credential = ("cookie", cookie.as_str());
        assert_eq!(other.status("/notes", credential).await, 403);
        for (permissions, status) in [("notes:read", 200), ("", 403), ("*", 200)] {
            set_permissions(&app.ctx, user.id, permissions)
                .await
                .expect("set");
            other.comes_to("/notes", credential, status).await;
        }
    })
    .await;
}

#[tokio::test]
async fn attack_052_and_053_a_suspension_is_known_elsewhere_within_a_second() {
    on_both(async |app| {
        let other = Other::beside(&app).await;
        let user = create_user(&app).await;
        let cookie = cookie_of(&app, &user.name).await;
        let body = json!({ "name": user.name, "password": super::PASSWORD });
        let (access, _) = tokens_in(&app.post("/tokens").json(&body).await);
        let bearer = format!("Bearer {access}");
        let credentials = [
            ("cookie", cookie.as_str()),
            ("authorization", bearer.as_str()),
        ];
        for credential in credentials {
            assert_eq!(other.status("/whoami", credential).await, 200);
        }
        let id = user.id;
        let suspend = format!("UPDATE users SET is_suspended = TRUE WHERE id = {id}");
        let suspended = app.ctx.db.transact(async |tx| {
            tx.execute_unprepared(&suspend).await?;
            app.ctx.sessions().account_changed(tx, id).await
        });
        suspended.await.expect("suspended");
        for credential in credentials {
            other.comes_to("/whoami", credential, 401).await;
        }
    })
    .await;
}

/// A notice has its number before it is committed. One with a later number that is committed first must not hide it.
#[tokio::test]
async fn a_change_that_is_committed_late_is_known_as_well() {
    let app = super::on_postgres::<super::App>().await;
    let other = Other::beside(&app).await;
    let (ada, grace) = (create_user(&app).await, create_user(&app).await);
    let cookies = [
        cookie_of(&app, &ada.name).await,
        cookie_of(&app, &grace.name).await,
    ];
    let [hers, theirs] = cookies.each_ref().map(|cookie| ("cookie", cookie.as_str()));
    for credential in [hers, theirs] {
        assert_eq!(other.status("/whoami", credential).await, 200);
    }
    let sessions = app.ctx.sessions();
    let late = app.ctx.db.begin().await.expect("begun");
    sessions.end_all(&late, ada.id, None).await.expect("ended");
    sessions
        .end_all(&app.ctx.db, grace.id, None)
        .await
        .expect("ended");
    other.comes_to("/whoami", theirs, 401).await;
    assert_eq!(other.status("/whoami", hers).await, 200);
    late.commit().await.expect("committed");
    other.comes_to("/whoami", hers, 401).await;
}

/// A reading of notices that never ends kept all others from trying once.
#[tokio::test]
async fn a_reading_that_hangs_is_given_up() {
    let app = super::on_postgres::<super::App>().await;
    let user = create_user(&app).await;
    let cookie = cookie_of(&app, &user.name).await;
    let told = set_permissions(&app.ctx, user.id, "").await;
    told.expect("there is a notice to be read");
    assert_eq!(status_of(&app, &cookie).await, 200);
    // The next reading takes a minute, as on a connection whose other end is gone.
    app.ctx
        .db
        .execute_unprepared(
            "ALTER TABLE auth_changes RENAME TO changes;
             CREATE SEQUENCE readings;
             CREATE FUNCTION reading() RETURNS boolean VOLATILE LANGUAGE plpgsql AS
               'BEGIN IF nextval(''readings'') = 1 THEN PERFORM pg_sleep(60); END IF; RETURN TRUE; END';
             CREATE VIEW auth_changes AS SELECT * FROM changes WHERE reading()",
        )
        .await
        .expect("changed");
    let begin = Instant::now();
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(status_of(&app, &cookie).await, 200, "what is kept counts");
    tokio::time::sleep(Duration::from_millis(2_600)).await;
    while status_of(&app, &cookie).await != 200 {
        assert!(begin.elapsed() < Duration::from_secs(8), "it hangs");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn attack_054_without_the_database_nobody_is_let_in_for_long() {
    let server = Server::with("", &[]);
    let url = server.create_database();
    let app = DATABASE.scope(url, boot::<App>()).await;
    let user = create_user(&app).await;
    let cookie = cookie_of(&app, &user.name).await;
    assert_eq!(status_of(&app, &cookie).await, 200);
    server.freeze();
    // What was read a moment ago still counts.
    assert_eq!(status_of(&app, &cookie).await, 200);
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_millis(3_100) {
        let status = status_of(&app, &cookie).await;
        assert!([200, 503].contains(&status), "{status}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let refused = app.get("/whoami").header("cookie", &cookie).await;
    refused.assert_problem(503, "service_unavailable");
    assert_ne!(refused.header("retry-after"), "");
    server.thaw();
    let begin = Instant::now();
    while status_of(&app, &cookie).await != 200 {
        assert!(
            begin.elapsed() < Duration::from_mins(1),
            "it does not come back"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
