//! What becomes of a database when a transaction is interrupted.

use std::time::{Duration, Instant};

use futures_util::FutureExt;
use fw::{
    config::DatabaseConfig,
    db::{self, Db},
    sea_orm::{ConnectionTrait, DbErr, RuntimeErr, Statement, TransactionTrait},
};
use fw_tests::postgres;
use tokio::time::timeout;

/// Rows without end, so that only the statement timeout ends it.
const ENDLESS: &str = "INSERT INTO notes (text) \
    WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT 'row ' || x FROM c";

fn config(folder: &tempfile::TempDir) -> DatabaseConfig {
    DatabaseConfig {
        url: format!("sqlite://{}", folder.path().join("notes.sqlite").display()).into(),
        statement_timeout: Duration::from_millis(200),
        ..DatabaseConfig::default()
    }
}

async fn notes(db: &Db) -> Vec<String> {
    let all = Statement::from_string(db.backend(), "SELECT text FROM notes ORDER BY id");
    let rows = db.query_all_raw(all).await.expect("the rows can be read");
    rows.iter()
        .map(|row| row.try_get("", "text").expect("a text"))
        .collect()
}

/// SQLite undoes an interrupted transaction by itself. The connection used to go on as if it were in a transaction, and all
/// that was acknowledged afterwards was lost at the end of the process.
#[tokio::test]
async fn after_an_interrupted_transaction_writes_are_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(&folder);
    db::create(&config)
        .await
        .expect("the database can be created");
    let db = Db::connect(&config).await.expect("it can be opened");
    db.execute_unprepared("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT UNIQUE)")
        .await
        .expect("created");

    let interrupted: Result<(), DbErr> = db
        .transact_as(async |tx| {
            tx.execute_unprepared("INSERT INTO notes (text) VALUES ('undone')")
                .await?;
            tx.execute_unprepared(ENDLESS).await?;
            Ok(())
        })
        .await;
    let error = fw::Error::from(interrupted.expect_err("it is interrupted"));
    assert_eq!(error.status(), 503, "{error:?}");

    // Whoever goes on with the transaction is told that there is none.
    let ignored: Result<(), DbErr> = db
        .transact_as(async |tx| {
            assert!(tx.execute_unprepared(ENDLESS).await.is_err());
            tx.execute_unprepared("INSERT INTO notes (text) VALUES ('alone')")
                .await?;
            Ok(())
        })
        .await;
    assert!(
        matches!(ignored, Err(DbErr::Exec(RuntimeErr::Internal(_)))),
        "{ignored:?}"
    );

    let insert = |text: &str| format!("INSERT INTO notes (text) VALUES ('{text}')");
    db.execute_unprepared(&insert("kept"))
        .await
        .expect("written");
    let refused: Result<(), DbErr> = db
        .transact_as(async |tx| {
            tx.execute_unprepared(&insert("kept")).await?;
            Ok(())
        })
        .await;
    assert!(refused.is_err(), "it is there already");
    db.execute_unprepared(&insert("kept too"))
        .await
        .expect("written");
    assert_eq!(notes(&db).await, ["kept", "kept too"]);
    db.close().await;

    let again = Db::connect(&config).await.expect("it can be opened again");
    assert_eq!(notes(&again).await, ["kept", "kept too"]);
    again.close().await;
}

/// A request that is given up interrupts its statement; the next one must neither be interrupted nor wait for it.
#[tokio::test]
async fn an_abandoned_statement_does_not_hold_the_writer() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = DatabaseConfig {
        statement_timeout: Duration::from_mins(1),
        ..config(&folder)
    };
    db::create(&config)
        .await
        .expect("the database can be created");
    let db = Db::connect(&config).await.expect("it can be opened");
    db.execute_unprepared("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)")
        .await
        .expect("created");
    for round in 0..5 {
        let abandoned = db.execute_unprepared(ENDLESS);
        assert!(
            tokio::time::timeout(Duration::from_millis(50), abandoned)
                .await
                .is_err()
        );
        let next = db.execute_unprepared("INSERT INTO notes (text) VALUES ('next')");
        let next = tokio::time::timeout(Duration::from_secs(3), next).await;
        next.expect("it does not wait")
            .expect("it is not interrupted");
        assert_eq!(notes(&db).await.len(), round + 1);
    }
    db.close().await;
}

/// On one connection, so that every statement meets what the one before has left behind.
fn one_connection() -> DatabaseConfig {
    DatabaseConfig {
        url: postgres::server().create_database().into(),
        max_connections: 1,
        ..DatabaseConfig::default()
    }
}

/// The driver counts a transaction once the server has confirmed it. One that was given up before stayed open on its connection,
/// and whatever was written with that afterwards was acknowledged and never committed.
#[tokio::test]
async fn a_transaction_given_up_at_its_begin_is_not_left_open() {
    let config = one_connection();
    let db = Db::connect(&config).await.expect("it answers");
    let other = Db::connect(&config).await.expect("it answers");
    db.execute_unprepared("CREATE TABLE notes (id BIGSERIAL PRIMARY KEY, text TEXT)")
        .await
        .expect("created");
    for round in 0..100 {
        let mut begin = db.begin();
        for _ in 0..round {
            if (&mut begin).now_or_never().is_some() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(begin);
        let insert = format!("INSERT INTO notes (text) VALUES ('{round}')");
        db.execute_unprepared(&insert).await.expect("it writes");
        let seen = notes(&other).await;
        assert_eq!(seen.last(), Some(&round.to_string()), "others see it");
    }
    db.close().await;
    other.close().await;
}

/// A statement that is given up keeps its connection until it has ended; who waits for that connection is not overtaken.
#[tokio::test]
async fn statements_and_transactions_take_turns() {
    let db = Db::connect(&one_connection()).await.expect("it answers");
    for round in 0..3 {
        let slow = db.execute_unprepared("SELECT pg_sleep(0.3)");
        assert!(timeout(Duration::from_millis(50), slow).await.is_err());
        let begin = Instant::now();
        let (written, read) = tokio::join!(
            db.transact_as(async |tx| tx.execute_unprepared("SELECT 1").await),
            db.ping(),
        );
        written.unwrap_or_else(|error| panic!("round {round}: {error}"));
        read.unwrap_or_else(|error| panic!("round {round}: {error}"));
        assert!(begin.elapsed() < Duration::from_secs(1), "round {round}");
    }
    db.close().await;
}
