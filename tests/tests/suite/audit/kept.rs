//! That events are kept, for as long as they should be.

use std::time::Duration;

use fw::sea_orm::{ConnectionTrait, DbBackend};

use super::{all, on_both, prune, query, with_retention};

/// Attack 146: whoever has the application's connection wants to remove what they did.
#[tokio::test]
async fn attack_146_events_can_neither_be_changed_nor_deleted() {
    on_both(async |app| {
        let request = app.post("/posts/1/publication").header("x-user", "user:7");
        let request = request.header("x-forwarded-for", "192.0.2.1");
        request.await.assert_status(204);
        let db = &app.ctx.db;
        let before = all(&app).await;
        let mut attempts = vec![
            "UPDATE audit_events SET actor = 'user:8'",
            "UPDATE audit_events SET actor = 'user:8', address = NULL",
            "UPDATE audit_events SET address = '192.0.2.2'",
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
        // That it is blanked is all that may become of an address.
        let blank = "UPDATE audit_events SET address = NULL";
        db.execute_unprepared(blank).await.expect("it is blanked");
        let after = all(&app).await;
        assert_eq!(after[0].address, None);
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

#[tokio::test]
async fn addresses_are_blanked_after_their_time() {
    on_both(async |app| {
        let request = app.post("/posts/1/publication").header("x-user", "user:7");
        let request = request.header("x-forwarded-for", "192.0.2.1");
        request.await.assert_status(204);
        tokio::time::sleep(Duration::from_millis(20)).await;
        prune(&app).await;
        let rows = query(&app, "SELECT address FROM audit_events").await;
        let address: Option<String> = rows[0].try_get("", "address").expect("a column");
        assert_eq!((rows.len(), address), (1, None));
    })
    .await;
}
