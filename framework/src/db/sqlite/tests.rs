//! Unit tests of what goes to SQLite's thread together: `BEGIN` with the first statement, and a statement that nobody waits for with
//! `COMMIT`.

use std::time::Duration;

use futures_util::TryStreamExt;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, Statement, StreamTrait, TransactionSession, TransactionTrait,
};

use crate::{
    config::DatabaseConfig,
    db::{Db, create},
};

struct Notes {
    db: Db,
    config: DatabaseConfig,
    _folder: tempfile::TempDir,
}

impl Notes {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let config = DatabaseConfig {
            url: format!("sqlite://{}", folder.path().join("notes.sqlite").display()).into(),
            busy_timeout: Duration::from_millis(100),
            ..DatabaseConfig::default()
        };
        create(&config).await.expect("created");
        let db = Db::connect(&config).await.expect("opened");
        let table = "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT UNIQUE)";
        db.execute_unprepared(table).await.expect("created");
        Self {
            db,
            config,
            _folder: folder,
        }
    }

    /// As another process sees them.
    async fn texts(&self) -> Vec<String> {
        texts(&self.db).await.expect("read")
    }
}

fn insert(text: &str) -> Statement {
    let sql = "INSERT INTO notes (text) VALUES (?)";
    Statement::from_sql_and_values(DbBackend::Sqlite, sql, [text.into()])
}

fn select() -> Statement {
    Statement::from_string(DbBackend::Sqlite, "SELECT text FROM notes ORDER BY id")
}

async fn texts(on: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let rows = on.query_all_raw(select()).await?;
    rows.iter().map(|row| row.try_get("", "text")).collect()
}

#[tokio::test]
async fn a_transaction_whose_first_statement_fails_is_still_one() {
    let notes = Notes::new().await;
    notes
        .db
        .execute_raw(insert("taken"))
        .await
        .expect("written");
    for fails in 0..6 {
        let tx = notes.db.begin().await.expect("begun");
        let failed = match fails {
            0 => tx.execute_raw(insert("taken")).await.map(drop),
            1 => tx.query_all_raw(insert("taken")).await.map(drop),
            2 => tx.query_one_raw(insert("taken")).await.map(drop),
            3 => tx
                .execute_unprepared("INSERT INTO nowhere VALUES (1)")
                .await
                .map(drop),
            4 => {
                let sql = Statement::from_string(DbBackend::Sqlite, "SELECT nothing");
                tx.query_one_raw(sql).await.map(drop)
            }
            _ => {
                let sql = Statement::from_string(DbBackend::Sqlite, "SELECT nothing");
                let mut rows = tx.stream_raw(sql).await.expect("a stream");
                rows.try_next().await.map(drop)
            }
        };
        failed.expect_err("it fails");
        tx.execute_raw(insert("given up")).await.expect("written");
        tx.rollback().await.expect("rolled back");
        assert_eq!(notes.texts().await, ["taken"], "{fails}");
    }
    let tx = notes.db.begin().await.expect("begun");
    tx.execute_raw(insert("taken"))
        .await
        .expect_err("it is taken");
    tx.execute_raw(insert("kept")).await.expect("written");
    tx.commit().await.expect("committed");
    assert_eq!(notes.texts().await, ["taken", "kept"]);
    notes.db.close().await;
}

#[tokio::test]
async fn statements_wait_for_a_transaction_that_could_not_begin() {
    let notes = Notes::new().await;
    let other = Db::connect(&notes.config).await.expect("opened");
    let blocking = other.begin().await.expect("begun");
    blocking
        .execute_raw(insert("first"))
        .await
        .expect("written");
    let tx = notes.db.begin().await.expect("begun");
    for _ in 0..2 {
        let busy = tx.execute_raw(insert("second")).await;
        let error = busy.expect_err("another one writes").to_string();
        assert!(error.contains("locked"), "{error}");
    }
    blocking.commit().await.expect("committed");
    tx.execute_raw(insert("second")).await.expect("written");
    assert_eq!(notes.texts().await, ["first"], "it is in a transaction");
    tx.commit().await.expect("committed");
    assert_eq!(notes.texts().await, ["first", "second"]);
    other.close().await;
    notes.db.close().await;
}

#[tokio::test]
async fn a_transaction_without_statements_needs_no_lock() {
    let notes = Notes::new().await;
    let other = Db::connect(&notes.config).await.expect("opened");
    let blocking = other.begin().await.expect("begun");
    blocking
        .execute_raw(insert("first"))
        .await
        .expect("written");
    let tx = notes.db.begin().await.expect("begun");
    tx.commit().await.expect("committed");
    blocking.commit().await.expect("committed");
    // The connection is not left in a transaction.
    notes
        .db
        .execute_raw(insert("second"))
        .await
        .expect("written");
    assert_eq!(texts(&other).await.expect("read"), ["first", "second"]);
    other.close().await;
    notes.db.close().await;
}

#[tokio::test]
async fn rows_are_counted_for_each_statement() {
    let notes = Notes::new().await;
    let two = "INSERT INTO notes (text) VALUES ('a'), ('b')";
    assert_eq!(
        notes
            .db
            .execute_unprepared(two)
            .await
            .expect("written")
            .rows_affected(),
        2
    );
    let tx = notes.db.begin().await.expect("begun");
    let none = "UPDATE notes SET text = 'c' WHERE text = 'nothing'";
    let updated = tx.execute_unprepared(none).await.expect("run");
    assert_eq!(updated.rows_affected(), 0);
    tx.execute_raw(insert("d")).await.expect("written");
    tx.commit().await.expect("committed");
    let tx = notes.db.begin().await.expect("begun");
    let none = Statement::from_string(DbBackend::Sqlite, none);
    assert_eq!(tx.execute_raw(none).await.expect("run").rows_affected(), 0);
    tx.rollback().await.expect("rolled back");
    notes.db.close().await;
}

#[tokio::test]
async fn what_is_run_later_is_run_in_its_place() {
    let notes = Notes::new().await;
    // With the commit, alone and after others; before the next statement of each kind.
    for text in ["1", "2"] {
        let tx = notes.db.begin().await.expect("begun");
        if text == "2" {
            tx.execute_raw(insert("before")).await.expect("written");
        }
        tx.execute_later(insert(text)).await.expect("taken");
        assert!(!notes.texts().await.contains(&text.to_owned()));
        tx.commit().await.expect("committed");
    }
    assert_eq!(notes.texts().await, ["1", "before", "2"]);
    let tx = notes.db.begin().await.expect("begun");
    tx.execute_later(insert("3")).await.expect("taken");
    tx.execute_later(insert("4")).await.expect("taken");
    assert_eq!(
        texts(&tx).await.expect("read"),
        ["1", "before", "2", "3", "4"]
    );
    tx.execute_later(insert("5")).await.expect("taken");
    tx.execute_unprepared("DELETE FROM notes WHERE text < '5'")
        .await
        .expect("deleted");
    tx.commit().await.expect("committed");
    assert_eq!(notes.texts().await, ["before", "5"]);
    notes.db.close().await;
}

#[tokio::test]
async fn what_is_run_later_belongs_to_its_savepoint() {
    let notes = Notes::new().await;
    let tx = notes.db.begin().await.expect("begun");
    tx.execute_later(insert("outer")).await.expect("taken");
    let savepoint = tx.begin().await.expect("a savepoint");
    savepoint
        .execute_later(insert("rolled back"))
        .await
        .expect("taken");
    savepoint.rollback().await.expect("rolled back");
    let savepoint = tx.begin().await.expect("a savepoint");
    savepoint
        .execute_later(insert("dropped"))
        .await
        .expect("taken");
    drop(savepoint);
    let savepoint = tx.begin().await.expect("a savepoint");
    savepoint
        .execute_later(insert("inner"))
        .await
        .expect("taken");
    savepoint.commit().await.expect("released");
    tx.commit().await.expect("committed");
    assert_eq!(notes.texts().await, ["outer", "inner"]);

    let tx = notes.db.begin().await.expect("begun");
    tx.execute_later(insert("given up")).await.expect("taken");
    drop(tx);
    notes.db.execute_raw(insert("last")).await.expect("written");
    assert_eq!(notes.texts().await, ["outer", "inner", "last"]);
    notes.db.close().await;
}

#[tokio::test]
async fn a_commit_fails_with_what_was_to_be_run_before_it() {
    let notes = Notes::new().await;
    for alone in [true, false] {
        let tx = notes.db.begin().await.expect("begun");
        if !alone {
            tx.execute_raw(insert("undone")).await.expect("written");
        }
        tx.execute_later(insert("twice")).await.expect("taken");
        tx.execute_later(insert("twice")).await.expect("taken");
        let error = tx.commit().await.expect_err("it is there").to_string();
        assert!(error.contains("UNIQUE"), "{error}");
        assert!(notes.texts().await.is_empty());
    }
    // The next statement has the error of the one before it; the transaction may go on.
    let tx = notes.db.begin().await.expect("begun");
    tx.execute_raw(insert("once")).await.expect("written");
    tx.execute_later(insert("once")).await.expect("taken");
    texts(&tx).await.expect_err("it is there");
    assert_eq!(texts(&tx).await.expect("read"), ["once"]);
    tx.commit().await.expect("committed");
    assert_eq!(notes.texts().await, ["once"]);
    notes.db.close().await;
}
