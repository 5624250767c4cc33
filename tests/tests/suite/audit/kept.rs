//! That events are kept, for as long as they should be.

use std::time::Duration;

use fw::{
    audit::Actor,
    sea_orm::{ConnectionTrait, DbBackend},
    task::Tasks,
};

use super::{all, on_both, prune, query, with_retention};

/// Attack 146: whoever has the application's connection wants to remove what they did.
#[tokio::test]
async fn attack_146_events_can_neither_be_changed_nor_deleted() {
    on_both(async |app| {
        let request = app.post("/posts/1/publication").header("x-user", "user:7");
        let request = request.header("x-forwarded-for", "192.0.2.1");
        let request = request.header("user-agent", "curl/8.14.1");
        request.await.assert_status(204);
        let db = &app.ctx.db;
        let before = all(&app).await;
        let mut attempts = vec![
            "UPDATE audit_events SET actor = 'user:8'",
            "UPDATE audit_events SET actor = 'user:8', address = NULL",
            "UPDATE audit_events SET address = '192.0.2.2', user_agent = NULL",
            "UPDATE audit_events SET address = NULL, user_agent = 'wget'",
            "UPDATE audit_events SET address = NULL, user_agent = NULL, action = 'none'",
            "UPDATE audit_events SET keep_until = 0",
            "UPDATE audit_events SET id = id + 1",
            "UPDATE audit_events SET changes = NULL",
            "DELETE FROM audit_events",
            "DELETE FROM audit_events WHERE id = 1",
            "INSERT INTO audit_events (id, at, actor, action, target, keep_until) SELECT id, at, 'user:8', action, target, 0 FROM audit_events WHERE true \
             ON CONFLICT (id) DO UPDATE SET actor = 'user:8'",
        ];
        attempts.extend(match db.backend() {
            DbBackend::Sqlite => &[
                "UPDATE audit_events SET rowid = rowid + 1",
                "UPDATE OR REPLACE audit_events SET actor = 'user:8'",
                "INSERT OR REPLACE INTO audit_events (id, at, actor, action, target, keep_until) SELECT id, at, 'user:8', action, target, 0 FROM audit_events",
                "REPLACE INTO audit_events (rowid, at, actor, action, target, keep_until) SELECT id, at, 'user:8', action, target, 0 FROM audit_events",
            ][..],
            _ => &["TRUNCATE audit_events", "TRUNCATE audit_events, posts"][..],
        });
        for attempt in attempts {
            let refused = db.execute_unprepared(attempt).await;
            let error = refused.expect_err(attempt).to_string();
            assert!(error.contains("audit_events cannot be"), "{attempt}: {error}");
            assert_eq!(all(&app).await, before, "{attempt}");
        }
        // That they are blanked is all that may become of an address and a user agent.
        let blank = "UPDATE audit_events SET address = NULL, user_agent = NULL";
        db.execute_unprepared(blank).await.expect("it is blanked");
        let after = all(&app).await;
        assert_eq!((&after[0].address, &after[0].user_agent), (&None, &None));
        assert_eq!((&after[0].actor, after[0].id), (&before[0].actor, before[0].id));
    })
    .await;
}

#[tokio::test]
async fn attack_146_the_retention_task_deletes_what_is_old_and_nothing_else() {
    with_retention(Duration::from_secs(0), async |app| {
        let write = |action: &'static str| app.ctx.audit_alone("user:7", action, "posts:1");
        write("old").await.expect("written");
        let sql = "INSERT INTO audit_events (at, actor, action, target, keep_until) SELECT at, actor, 'kept', target, 32503680000 FROM audit_events";
        app.ctx.db.execute_unprepared(sql).await.expect("written");
        prune(&app).await;
        let left: Vec<_> = all(&app).await.into_iter().map(|event| event.action).collect();
        assert_eq!(left, ["kept"]);
    })
    .await;
}

/// Anybody can cause events of accounts that they only claim to have: those stay for as long as addresses, a day at least.
#[tokio::test]
async fn events_of_the_unknown_are_kept_for_less_time() {
    const DAY: i64 = 24 * 60 * 60;
    with_retention(Duration::from_hours(365 * 24), async |app| {
        let unknown = Actor::unknown(&app.ctx, "ada@example.com").expect("a key");
        for actor in [unknown, Actor::from("user:7")] {
            let write = app.ctx.audit_alone(actor, "session.refused", "session");
            write.await.expect("written");
        }
        let now = chrono::Utc::now().timestamp();
        let sql = "SELECT keep_until FROM audit_events ORDER BY id";
        let rows = query(&app, sql).await;
        let days: Vec<_> = rows
            .iter()
            .map(|row| row.try_get::<i64>("", "keep_until").expect("a time"))
            .map(|until| (until - now + DAY / 2) / DAY)
            .collect();
        assert_eq!(days, [1, 365]);
    })
    .await;
}

#[tokio::test]
async fn clients_are_blanked_after_their_time() {
    // The second one knows a user agent alone.
    on_both(async |app| {
        for address in ["192.0.2.1", ""] {
            let request = app.post("/posts/1/publication").header("x-user", "user:7");
            let request = request.header("x-forwarded-for", address);
            let request = request.header("user-agent", "curl/8.14.1");
            request.await.assert_status(204);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        prune(&app).await;
        let events = all(&app).await;
        assert_eq!(events.len(), 2);
        for event in events {
            assert_eq!((event.address, event.user_agent), (None, None));
        }
    })
    .await;
}

#[tokio::test]
async fn a_client_is_blanked_also_if_an_old_event_cannot_be_deleted() {
    with_retention(Duration::ZERO, async |app| {
        let request = app.post("/posts/1/publication").header("x-user", "user:7");
        let request = request.header("x-forwarded-for", "192.0.2.1");
        request.await.assert_status(204);
        for sql in [
            "CREATE TABLE reports (event_id BIGINT REFERENCES audit_events (id))",
            "INSERT INTO reports SELECT id FROM audit_events",
        ] {
            let ran = app.ctx.db.execute_unprepared(sql).await;
            ran.expect(sql);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        let tasks = app.ctx.get::<Tasks>().expect("the context has the tasks");
        let pruned = tasks.run("audit:prune", &[], &app.ctx).await;
        pruned.expect_err("a report refers to the event");
        assert_eq!(all(&app).await[0].address, None);
    })
    .await;
}
