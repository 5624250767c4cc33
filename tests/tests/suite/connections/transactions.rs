//! Transactions: their closures after the commit, their end, their locks.

use std::time::Duration;

use fw::db::Db;
use fw::sea_orm::{ConnectionTrait, DbBackend, DbErr, TransactionSession, TransactionTrait};
use tokio::time::{sleep, timeout};

use super::{Log, Notes, add};

#[tokio::test]
async fn closures_run_after_the_commit_in_order_and_only_then() {
    for notes in Notes::both(|_| ()).await {
        let (db, log) = (&notes.db, Log::default());
        let tx = db.begin().await.expect("begun");
        tx.after_commit(log.note("first"));
        let within = tx.begin().await.expect("begun");
        within.after_commit(log.note("of a savepoint"));
        within.commit().await.expect("released");
        let undone = tx.begin().await.expect("begun");
        undone.after_commit(log.note("of a savepoint that is rolled back"));
        undone.rollback().await.expect("rolled back");
        let dropped = tx.begin().await.expect("begun");
        dropped.after_commit(log.note("of a savepoint that is dropped"));
        drop(dropped);
        tx.after_commit(|| panic!("it panics on purpose"));
        tx.after_commit(log.note("last"));
        assert!(log.take().is_empty(), "nothing is committed yet");
        tx.commit().await.expect("committed");
        assert_eq!(log.take(), ["first", "of a savepoint", "last"]);

        let tx = db.begin().await.expect("begun");
        tx.after_commit(log.note("rolled back"));
        tx.rollback().await.expect("rolled back");
        let tx = db.begin().await.expect("begun");
        tx.after_commit(log.note("dropped"));
        drop(tx);
        let failed: Result<(), DbErr> = db
            .transact_as(async |tx| {
                tx.after_commit(log.note("failed"));
                Err(DbErr::RecordNotUpdated)
            })
            .await;
        failed.expect_err("it fails");
        assert!(log.take().is_empty());

        db.after_commit(log.note("without a transaction"));
        assert_eq!(log.take(), ["without a transaction"]);
    }
}

/// What a closure does may depend on what was written.
#[tokio::test]
async fn others_see_the_rows_when_the_closure_runs() {
    for notes in Notes::both(|_| ()).await {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let tx = notes.db.begin().await.expect("begun");
        add(&tx, "written").await.expect("written");
        tx.after_commit(move || sender.send(()).expect("somebody waits"));
        let commit = tokio::spawn(tx.commit());
        receiver.await.expect("it runs");
        assert_eq!(notes.texts().await, ["written"]);
        commit.await.expect("no panic").expect("committed");
    }
}

/// Nobody waits for the commit any more, but it takes effect, so what belongs to it runs.
#[tokio::test]
async fn a_commit_that_is_given_up_takes_its_closures_along() {
    for notes in Notes::both(|_| ()).await {
        for round in 0..20 {
            let log = Log::default();
            let tx = notes.db.begin().await.expect("begun");
            let text = format!("round {round}");
            add(&tx, &text).await.expect("written");
            tx.after_commit(log.note("ran"));
            let mut commit = Box::pin(tx.commit());
            for _ in 0..round {
                if futures_util::FutureExt::now_or_never(&mut commit).is_some() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(commit);
            // The connection is free again once the commit, or the rollback, is through.
            add(&notes.db, &format!("after {round}"))
                .await
                .expect("written");
            sleep(Duration::from_millis(5)).await;
            let stored = notes.texts().await.contains(&text);
            assert_eq!(log.take().len(), usize::from(stored), "round {round}");
        }
    }
}

/// PostgreSQL takes `COMMIT` for `ROLLBACK` after a statement has failed, and says that all is well.
#[tokio::test]
async fn a_transaction_that_the_database_has_given_up_is_not_reported_as_committed() {
    let notes = Notes::new(DbBackend::Postgres, |_| ()).await;
    let db = &notes.db;
    add(db, "there").await.expect("written");
    let swallowed: Result<(), DbErr> = db
        .transact_as(async |tx| {
            add(tx, "lost").await?;
            add(tx, "there").await.expect_err("it is there already");
            Ok(())
        })
        .await;
    let error = swallowed.expect_err("nothing was committed").to_string();
    assert!(error.contains("was rolled back"), "{error}");
    assert_eq!(notes.texts().await, ["there"]);

    // In a transaction of its own the failure harms nothing else.
    db.transact_as(async |tx| {
        add(tx, "kept").await?;
        let within: Result<(), DbErr> = tx
            .transaction(|within| Box::pin(async move { add(within, "there").await }))
            .await
            .map_err(|error| DbErr::Custom(error.to_string()));
        within.expect_err("it is there already");
        add(tx, "kept too").await
    })
    .await
    .expect("committed");
    assert_eq!(notes.texts().await, ["kept", "kept too", "there"]);

    // The server goes on with a statement that is given up, and marks the transaction when it fails.
    let tx = db.begin().await.expect("begun");
    add(&tx, "lost").await.expect("written");
    let slow = tx.execute_unprepared("SELECT pg_sleep(0.2); SELECT 1 / 0");
    timeout(Duration::from_millis(50), slow)
        .await
        .expect_err("it takes longer");
    tx.commit().await.expect_err("nothing was committed");
    assert_eq!(notes.texts().await, ["kept", "kept too", "there"]);

    // One that succeeds does no harm.
    let tx = db.begin().await.expect("begun");
    add(&tx, "stored").await.expect("written");
    let slow = tx.execute_unprepared("SELECT pg_sleep(0.2)");
    timeout(Duration::from_millis(50), slow)
        .await
        .expect_err("it takes longer");
    tx.commit().await.expect("committed");
    assert_eq!(notes.texts().await.len(), 4);
}

#[tokio::test]
async fn savepoints_end_with_what_is_around_them() {
    for notes in Notes::both(|_| ()).await {
        let db = &notes.db;
        let tx = db.begin().await.expect("begun");
        add(&tx, "a").await.expect("written");
        let outer = tx.begin().await.expect("begun");
        add(&outer, "b").await.expect("written");
        let inner = outer.begin().await.expect("begun");
        add(&inner, "c").await.expect("written");
        drop(outer);
        let late = add(&inner, "d")
            .await
            .expect_err("it has ended")
            .to_string();
        assert!(late.contains("has ended with the one around it"), "{late}");
        inner.commit().await.expect_err("it has ended");
        add(&tx, "e").await.expect("the transaction goes on");

        let open = tx.begin().await.expect("begun");
        add(&open, "f").await.expect("written");
        let refused = tx.commit().await.expect_err("one is open").to_string();
        assert!(refused.contains("is still open"), "{refused}");
        add(&open, "g").await.expect_err("it went with it");
        drop(open);
        assert!(notes.texts().await.is_empty(), "all was rolled back");

        let tx = db.begin().await.expect("begun");
        add(&tx, "kept").await.expect("written");
        for text in ["x", "y"] {
            let within = tx.begin().await.expect("begun");
            add(&within, text).await.expect("written");
            drop(within);
        }
        let within = tx.begin().await.expect("begun");
        add(&within, "kept too").await.expect("written");
        within.commit().await.expect("released");
        tx.commit().await.expect("committed");
        assert_eq!(notes.texts().await, ["kept", "kept too"]);
    }
}

/// A transaction that is dropped, also in the middle of a statement, must not hold its locks, nor its place in the pool.
#[tokio::test]
async fn a_dropped_transaction_releases_its_locks_at_once() {
    for notes in Notes::both(|config| config.max_connections = 2).await {
        let db = &notes.db;
        add(db, "row").await.expect("written");
        let update = "UPDATE notes SET text = text || 'x'";
        for round in 0..10 {
            let tx = db.begin().await.expect("begun");
            tx.execute_unprepared(update).await.expect("updated");
            let within = tx.begin().await.expect("begun");
            let endless = match db.backend() {
                DbBackend::Postgres => "SELECT pg_sleep(0.1)",
                _ => {
                    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c"
                }
            };
            let given_up = within.execute_unprepared(endless);
            timeout(Duration::from_millis(10), given_up)
                .await
                .expect_err("it takes longer");
            if round % 2 == 0 {
                drop(tx);
                drop(within);
            } else {
                drop(within);
                drop(tx);
            }
            let next = timeout(Duration::from_secs(2), db.execute_unprepared(update)).await;
            next.expect("it does not wait").expect("updated");
        }
        assert_eq!(notes.texts().await, ["rowxxxxxxxxxx"]);
    }
}

/// Statements that begin a transaction and fail, or forget to end it, used to leave it open on a connection of the pool.
#[tokio::test]
async fn a_transaction_in_plain_sql_is_not_left_open() {
    for notes in Notes::both(|config| config.max_connections = 1).await {
        let db = &notes.db;
        db.execute_unprepared("BEGIN; INSERT INTO notes (text) VALUES ('lost'); SELECT nothing")
            .await
            .expect_err("there is no such column");
        add(db, "first").await.expect("written");
        db.execute_unprepared("BEGIN; INSERT INTO notes (text) VALUES ('forgotten')")
            .await
            .expect("it runs");
        add(db, "second").await.expect("written");
        db.execute_unprepared("BEGIN; INSERT INTO notes (text) VALUES ('third'); COMMIT")
            .await
            .expect("it runs");
        let other = Db::connect(&notes.config).await.expect("opened");
        let count = notes.query("SELECT text FROM notes");
        assert_eq!(other.query_all_raw(count).await.expect("read").len(), 3);
        other.close().await;
    }
}
