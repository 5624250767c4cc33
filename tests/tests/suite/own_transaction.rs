//! A statement that would wait for the transaction around it is an error at once, and nothing else is.

use std::time::{Duration, Instant};

use fw::{
    Error, Result,
    config::{DatabaseConfig, Secret},
    db::{self, Db},
    prelude::*,
    sea_orm::{Statement, TransactionSession, TransactionTrait},
};

const WRITE: &str = "INSERT INTO notes (text) VALUES ('a')";

fn config(url: impl Into<String>) -> DatabaseConfig {
    DatabaseConfig {
        url: Secret::new(url),
        ..DatabaseConfig::default()
    }
}

async fn open(config: &DatabaseConfig) -> Db {
    db::create(config).await.expect("it can be created");
    let db = Db::connect(config).await.expect("it can be opened");
    db.execute_unprepared("CREATE TABLE notes (text TEXT)")
        .await
        .expect("created");
    db
}

fn file(folder: &tempfile::TempDir) -> DatabaseConfig {
    config(format!(
        "sqlite://{}",
        folder.path().join("notes.sqlite").display()
    ))
}

async fn count(db: &Db) -> i64 {
    let count = Statement::from_string(db.backend(), "SELECT count(*) AS notes FROM notes");
    let row = db.query_one_raw(count).await.expect("read").expect("a row");
    row.try_get("", "notes").expect("a number")
}

#[track_caller]
fn assert_named(error: &Error) {
    let text = error.chain();
    assert!(text.contains("within its own transaction"), "{text}");
    assert!(text.contains("hint: use the transaction, `tx`"), "{text}");
}

#[tokio::test]
async fn a_write_through_the_handle_within_its_transaction_is_refused_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    for config in [file(&folder), config("sqlite::memory:")] {
        let db = open(&config).await;
        let begin = Instant::now();
        let error = db
            .transact(async |tx| {
                tx.execute_unprepared(WRITE).await?;
                db.execute_unprepared(WRITE).await?;
                Ok(())
            })
            .await
            .expect_err("refused");
        assert_named(&error);
        let nested = db
            .transact(async |tx| {
                tx.execute_unprepared(WRITE).await?;
                // A clone is the same database.
                let same = db.clone();
                same.transact(async |tx| {
                    tx.execute_unprepared(WRITE).await?;
                    Ok(())
                })
                .await
            })
            .await;
        assert_named(&nested.expect_err("refused"));
        assert!(begin.elapsed() < config.acquire_timeout);
        assert_eq!(count(&db).await, 0, "both are rolled back");
        db.close().await;
    }
}

/// The error was that of a pool that is too busy, and said nothing of the transaction.
#[tokio::test]
async fn a_write_within_a_transaction_that_was_begun_by_hand_names_it() {
    let folder = tempfile::tempdir().expect("a folder");
    for config in [file(&folder), config("sqlite::memory:")] {
        let config = DatabaseConfig {
            // Long enough to open the database on a busy machine.
            acquire_timeout: Duration::from_secs(2),
            ..config
        };
        let db = open(&config).await;
        let tx = db.begin().await.expect("begun");
        tx.execute_unprepared(WRITE).await.expect("written");
        let other = db.clone();
        let other = tokio::spawn(async move { other.execute_unprepared(WRITE).await });
        let own = db.execute_unprepared(WRITE).await;
        let other = other.await.expect("no panic");
        // Another task only waits for its turn.
        for (written, task) in [(own, false), (other, true)] {
            let text = written.expect_err("refused").to_string();
            assert_eq!(text.contains("the same task"), !task, "{text}");
            assert_eq!(text.contains("hint: use the transaction"), !task, "{text}");
        }
        tx.commit().await.expect("committed");
        assert_eq!(count(&db).await, 1);
        db.close().await;
    }
}

#[tokio::test]
async fn a_read_within_a_transaction_needs_no_writer_unless_the_database_is_in_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    for (config, is_free) in [(file(&folder), true), (config("sqlite::memory:"), false)] {
        let db = open(&config).await;
        let read: Result<()> = db
            .transact(async |tx| {
                tx.execute_unprepared(WRITE).await?;
                db.ping().await?;
                Ok(())
            })
            .await;
        match read {
            Ok(()) => assert!(is_free),
            Err(error) => {
                assert!(!is_free, "{error:?}");
                assert_named(&error);
            }
        }
        db.close().await;
    }
}

#[tokio::test]
async fn writers_that_only_wait_for_their_turn_are_not_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let other_folder = tempfile::tempdir().expect("a folder");
    let db = open(&file(&folder)).await;
    let other = open(&file(&other_folder)).await;
    let spawned = db
        .transact(async |tx| {
            tx.execute_unprepared(WRITE).await?;
            // Another database, and a task of its own that goes on after the commit.
            other.execute_unprepared(WRITE).await?;
            let late = db.clone();
            let late = tokio::spawn(async move { late.execute_unprepared(WRITE).await });
            tokio::time::sleep(Duration::from_millis(20)).await;
            assert!(!late.is_finished(), "it waits");
            Ok(late)
        })
        .await
        .expect("committed");
    spawned.await.expect("no panic").expect("written");
    // Beside each other in one task.
    let transaction = db.transact(async |tx| {
        tx.execute_unprepared(WRITE).await?;
        tokio::task::yield_now().await;
        tx.execute_unprepared(WRITE).await?;
        Ok(())
    });
    let (committed, written) = tokio::join!(transaction, db.execute_unprepared(WRITE));
    committed.expect("committed");
    written.expect("written");
    assert_eq!((count(&db).await, count(&other).await), (5, 1));
    db.close().await;
    other.close().await;
}

#[tokio::test]
async fn an_error_type_of_ones_own_needs_only_to_hold_those_of_the_database() {
    #[derive(Debug)]
    enum Refusal {
        Database,
        Empty,
    }

    impl From<fw::sea_orm::DbErr> for Refusal {
        fn from(_: fw::sea_orm::DbErr) -> Self {
            Self::Database
        }
    }

    let db = open(&config("sqlite::memory:")).await;
    for (sql, expected) in [("nonsense", "Database"), (WRITE, "Empty")] {
        let refused = db
            .transact_as::<(), Refusal>(async |tx| {
                tx.execute_unprepared(sql).await?;
                Err(Refusal::Empty)
            })
            .await;
        assert_eq!(format!("{:?}", refused.expect_err("refused")), expected);
    }
    assert_eq!(count(&db).await, 0);
    db.close().await;
}
