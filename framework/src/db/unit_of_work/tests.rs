//! Unit tests of `unit_of_work`.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr, Statement};

use super::super::{Db, create};
use crate::config::DatabaseConfig;

const PATIENCE: Duration = Duration::from_millis(300);
const INSERT: &str = "INSERT INTO notes (text) VALUES ('a note')";
/// Rows without end.
const ENDLESS: &str = "INSERT INTO notes (text) \
    WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT 'row ' || x FROM c";

async fn database(folder: &tempfile::TempDir) -> Db {
    let config = DatabaseConfig {
        url: format!("sqlite://{}", folder.path().join("notes.sqlite").display()).into(),
        ..DatabaseConfig::default()
    };
    create(&config).await.expect("created");
    let db = Db::connect(&config).await.expect("opened");
    db.execute_unprepared("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)")
        .await
        .expect("created");
    db
}

async fn notes(db: &Db) -> i64 {
    let count = Statement::from_string(db.backend(), "SELECT count(*) AS n FROM notes");
    let row = db.query_one_raw(count).await.expect("counted");
    row.expect("a row").try_get("", "n").expect("a number")
}

async fn begin(db: &Db, lock: i64) -> Option<super::UnitOfWork> {
    super::UnitOfWork::begin(db, lock, PATIENCE)
        .await
        .expect("begun")
}

async fn nothing(_: &super::Transaction) -> Result<(), DbErr> {
    Ok(())
}

#[tokio::test]
async fn everything_takes_effect_at_the_end_or_not_at_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = database(&folder).await;
    let unit = begin(&db, 1).await.expect("free");
    unit.db().execute_unprepared(INSERT).await.expect("written");
    assert_eq!((notes(&db).await, notes(&unit.db()).await), (0, 1));
    assert!(begin(&db, 1).await.is_none(), "the lock is held");
    drop(unit);
    assert_eq!(notes(&db).await, 0);

    let unit = begin(&db, 1).await.expect("free again");
    let handle = unit.db();
    handle.execute_unprepared(INSERT).await.expect("written");
    unit.commit(nothing).await.expect("committed");
    assert_eq!(notes(&db).await, 1);
    let late = handle
        .execute_unprepared(INSERT)
        .await
        .expect_err("too late");
    assert!(late.to_string().contains("has ended"), "{late}");
    db.close().await;
}

#[tokio::test]
async fn closures_after_a_commit_wait_for_the_commit_of_the_unit_of_work() {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    let folder = tempfile::tempdir().expect("a folder");
    let db = database(&folder).await;
    let ran = Arc::new(AtomicUsize::new(0));
    let count = || {
        let ran = Arc::clone(&ran);
        move || {
            ran.fetch_add(1, Ordering::Relaxed);
        }
    };
    for commits in [false, true] {
        let unit = begin(&db, 1).await.expect("free");
        let handle = unit.db();
        handle.after_commit(count());
        handle
            .transact_as(async |tx| {
                tx.after_commit(count());
                Ok::<_, DbErr>(())
            })
            .await
            .expect("released");
        assert_eq!(ran.load(Ordering::Relaxed), 0);
        if commits {
            unit.commit(nothing).await.expect("committed");
        } else {
            unit.rollback().await;
        }
    }
    assert_eq!(ran.load(Ordering::Relaxed), 2, "those of the committed one");
    db.close().await;
}

/// A cancelled statement is interrupted, and SQLite then undoes the transaction: the next statement used to take effect
/// alone.
#[tokio::test]
async fn nothing_takes_effect_after_a_cancelled_statement() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = database(&folder).await;
    let unit = begin(&db, 1).await.expect("free");
    let handle = unit.db();
    let endless = handle.execute_unprepared(ENDLESS);
    tokio::time::timeout(Duration::from_millis(50), endless)
        .await
        .expect_err("it does not end");
    handle.execute_unprepared(INSERT).await.expect_err("undone");
    unit.commit(nothing).await.expect_err("undone");
    assert_eq!(notes(&db).await, 0);
    db.execute_unprepared(INSERT).await.expect("written");
    assert_eq!(notes(&db).await, 1);
    db.close().await;
}
