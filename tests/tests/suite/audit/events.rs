//! What events say, and that they are there exactly if their changes are.

use std::time::{Duration, Instant};

use fw::{
    audit::{AuditFilter, Target, events},
    http::HeaderValue,
    sea_orm::ConnectionTrait,
};
use fw_testing::prelude::*;
use tokio::time::{sleep, timeout};

use super::{all, app::posts, on_both, query};

#[tokio::test]
async fn an_event_says_who_did_what_to_what_and_in_which_request() {
    on_both(async |app| {
        let request = app.post("/posts/1/publication").header("x-user", "user:7");
        request
            .header("x-support", "user:1")
            .header("x-request-id", "r-1")
            .header("x-forwarded-for", "192.0.2.1")
            .header("user-agent", "curl/8.14.1")
            .await
            .assert_status(204);
        let event = all(&app).await.remove(0);
        assert_eq!(event.actor, "user:7");
        assert_eq!(event.impersonator.as_deref(), Some("user:1"));
        assert_eq!(
            (event.action.as_str(), event.target.as_str()),
            ("post.published", "posts:1")
        );
        assert_eq!(event.request_id.as_deref(), Some("r-1"));
        assert_eq!(event.address.as_deref(), Some("192.0.2.1"));
        assert_eq!(event.user_agent.as_deref(), Some("curl/8.14.1"));
        // The title is the same.
        let changes = json!({ "status": { "from": "draft", "to": "published" } });
        assert_eq!(Value::Object(event.changes), changes);
        let age = chrono::Utc::now() - event.at;
        assert!((0..60).contains(&age.num_seconds()), "{age}");
    })
    .await;
}

#[tokio::test]
async fn an_event_of_a_job_has_the_request_that_enqueued_it() {
    on_both(async |app| {
        app.post("/jobs")
            .header("x-request-id", "r-2")
            .await
            .assert_status(204);
        app.jobs().drain().await;
        let event = all(&app).await.remove(0);
        assert_eq!(
            (event.actor.as_str(), event.action.as_str()),
            ("job:archive", "posts.archived")
        );
        assert_eq!(event.request_id.as_deref(), Some("r-2"));
        assert_eq!((event.address, event.impersonator), (None, None));
    })
    .await;
}

/// Attack 147: a change that is rolled back, and an event that cannot be written.
#[tokio::test]
async fn attack_147_a_change_and_its_event_are_both_there_or_neither_is() {
    on_both(async |app| {
        let status = async || {
            let post = posts::Entity::find_by_id(1).one(&app.ctx.db).await;
            post.expect("it can be read").expect("it is there").status
        };
        let post = |path: &str| app.post(path).header("x-user", "user:7");
        post("/posts/1/failure").await.assert_status(409);
        assert_eq!(all(&app).await, []);
        assert_eq!(status().await, "draft");

        let rename = "ALTER TABLE audit_events RENAME TO gone";
        app.ctx
            .db
            .execute_unprepared(rename)
            .await
            .expect("renamed");
        post("/posts/1/publication").await.assert_status(500);
        assert_eq!(status().await, "draft");
        let rename = "ALTER TABLE gone RENAME TO audit_events";
        app.ctx
            .db
            .execute_unprepared(rename)
            .await
            .expect("renamed");

        // An idempotent request is one transaction with its event.
        for _ in 0..2 {
            let request = post("/posts/1/publication").header("idempotency-key", "k");
            request.await.assert_status(204);
        }
        assert_eq!(status().await, "published");
        assert_eq!(all(&app).await.len(), 1);
    })
    .await;
}

/// Attack 145: line breaks, escape sequences and texts without end in what is logged.
#[tokio::test]
async fn attack_145_what_clients_send_is_escaped_and_cut() {
    on_both(async |app| {
        let agent = HeaderValue::from_bytes(
            &[b"a\xff\xfe".as_slice(), "x".repeat(1_000_000).as_bytes()].concat(),
        );
        let request = app
            .post("/posts/1/publication")
            .header("x-user", "user:7\u{9}");
        let title = format!("\u{1b}[2J\r\nfake line\0\u{202e}{}", "x".repeat(1_000_000));
        request
            .header("user-agent", agent.expect("a header"))
            .body(title.replace('\0', ""))
            .await
            .assert_status(204);
        let event = all(&app).await.remove(0);
        assert_eq!(event.actor, r"user:7\u{9}");
        let agent = event.user_agent.expect("there is one");
        assert!(agent.starts_with("a\u{fffd}\u{fffd}xxx"), "{agent}");
        assert_eq!(agent.chars().count(), 513);
        let title = event.changes["title"]["to"].as_str().expect("a text");
        assert!(
            title.starts_with(r"\u{1b}[2J\u{d}\u{a}fake line\u{202e}xx"),
            "{title}"
        );
        assert!(title.len() < 600);
    })
    .await;
}

/// Attack 11: a sign-in that is refused is in the log, without the address that was typed.
#[tokio::test]
async fn attack_011_a_refused_sign_in_is_found_by_a_hash() {
    on_both(async |app| {
        for email in ["ada@example.com", " Ada@Example.com", "bob@example.com"] {
            app.post("/session").body(email).await.assert_status(401);
        }
        let events = all(&app).await;
        let [bob, ada, first] = events.as_slice() else {
            panic!("{events:?}");
        };
        assert_eq!(first.actor, ada.actor);
        assert_ne!(ada.actor, bob.actor);
        assert!(
            ada.actor.starts_with("unknown:") && ada.actor.len() == 30,
            "{}",
            ada.actor
        );
        // Nothing of it is anywhere in the table.
        let rows = query(
            &app,
            "SELECT actor || action || target || coalesce(changes, '') AS text FROM audit_events",
        );
        for row in rows.await {
            let text: String = row.try_get("", "text").expect("a text");
            assert!(!text.to_lowercase().contains("example"), "{text}");
        }
    })
    .await;
}

/// Attack 11: with the header each refusal rolls back the unit of work of its request.
#[tokio::test]
async fn attack_011_an_idempotency_key_hides_no_event() {
    on_both(async |app| {
        for number in 1..=2 {
            let request = app.post("/session").body("ada@example.com");
            request
                .header("idempotency-key", "refused")
                .header("x-request-id", format!("r-{number}"))
                .header("x-forwarded-for", "192.0.2.1")
                .await
                .assert_status(401);
        }
        let refused = all(&app).await;
        let [second, first] = refused.as_slice() else {
            panic!("{refused:?}");
        };
        assert_eq!(first.action, "session.refused");
        assert_eq!(first.address.as_deref(), Some("192.0.2.1"));
        assert_eq!(
            [first, second].map(|event| event.request_id.as_deref()),
            [Some("r-1"), Some("r-2")]
        );

        // What is not rolled back is there once.
        for _ in 0..2 {
            let request = app.post("/greetings").header("idempotency-key", "greeted");
            request.await.assert_status(204);
        }
        assert_eq!(all(&app).await.len(), 3);

        // A client that goes away.
        let request = app.post("/stalls").header("idempotency-key", "stalled");
        let gone = timeout(Duration::from_secs(1), request.into_future()).await;
        assert!(gone.is_err(), "it does not end");
        let deadline = Instant::now() + Duration::from_secs(20);
        while all(&app).await[0].action != "stalled" {
            assert!(Instant::now() < deadline, "it is not written");
            sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(all(&app).await.len(), 4);
    })
    .await;
}

#[tokio::test]
async fn events_are_found_by_what_they_say() {
    on_both(async |app| {
        let ctx = &app.ctx;
        for (who, action, target) in [
            ("user:1", "post.published", "posts:1"),
            ("user:1", "post.deleted", "posts:2"),
            ("user:2", "postcard.sent", "posts:1"),
            ("user:2", "100%_done", "posts:3"),
        ] {
            ctx.audit_alone(who, action, target).await.expect("written");
        }
        let found = async |filter: AuditFilter| {
            let found = events(&ctx.db, &filter, 100).await.expect("read");
            found
                .into_iter()
                .map(|event| event.action)
                .collect::<Vec<_>>()
        };
        let some = |text: &str| Some(text.to_owned());
        let by = AuditFilter::default;
        assert_eq!(
            found(AuditFilter {
                actor: some("user:1"),
                ..by()
            })
            .await,
            ["post.deleted", "post.published"]
        );
        assert_eq!(
            found(AuditFilter {
                target: some("posts:1"),
                ..by()
            })
            .await,
            ["postcard.sent", "post.published"]
        );
        assert_eq!(
            found(AuditFilter {
                action: some("post.*"),
                ..by()
            })
            .await,
            ["post.deleted", "post.published"]
        );
        assert_eq!(
            found(AuditFilter {
                action: some("post"),
                ..by()
            })
            .await,
            [""; 0]
        );
        assert_eq!(
            found(AuditFilter {
                action: some("100%_*"),
                ..by()
            })
            .await,
            ["100%_done"]
        );
        assert_eq!(
            found(AuditFilter {
                request_id: some("none"),
                ..by()
            })
            .await,
            [""; 0]
        );
        let now = chrono::Utc::now();
        let hour = chrono::TimeDelta::hours(1);
        assert_eq!(
            found(AuditFilter {
                since: Some(now - hour),
                until: Some(now + hour),
                ..by()
            })
            .await
            .len(),
            4
        );
        assert_eq!(
            found(AuditFilter {
                since: Some(now + hour),
                ..by()
            })
            .await
            .len(),
            0
        );
        let third = events(&ctx.db, &by(), 2).await.expect("read").remove(1).id;
        assert_eq!(
            found(AuditFilter {
                before: Some(third),
                ..by()
            })
            .await,
            ["post.deleted", "post.published"]
        );
    })
    .await;
}

#[test]
fn a_row_is_a_target_by_its_table_and_its_key() {
    let post = posts::Model {
        id: 7,
        status: String::new(),
        title: String::new(),
    };
    assert_eq!(Target::from(&post), Target::from("posts:7"));
}
