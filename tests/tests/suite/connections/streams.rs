//! Streams of rows.

use std::time::{Duration, Instant};

use futures_util::{StreamExt, TryStreamExt};
use fw::config::DatabaseConfig;
use fw::sea_orm::{DbBackend, Statement, StreamTrait, TransactionSession, TransactionTrait};
use tokio::time::{sleep, timeout};

use super::{Notes, add};

#[tokio::test]
async fn a_stream_gives_every_row_in_order() {
    for notes in Notes::both(|_| ()).await {
        for count in [0, 1, 255, 256, 257, 10_000] {
            let mut rows = notes
                .db
                .stream_raw(notes.numbers(count))
                .await
                .expect("it begins");
            let mut seen = 0_u64;
            while let Some(row) = rows.try_next().await.expect("a row") {
                seen += 1;
                let number = match notes.db.backend() {
                    DbBackend::Postgres => row.try_get::<i32>("", "n").expect("a number").into(),
                    _ => row.try_get::<i64>("", "n").expect("a number"),
                };
                assert_eq!(u64::try_from(number), Ok(seen));
            }
            assert_eq!(seen, count);
        }
        let wrong = notes.query("SELECT nothing FROM nowhere");
        let mut rows = notes.db.stream_raw(wrong).await.expect("it begins");
        assert!(rows.next().await.expect("an item").is_err());
        assert!(rows.next().await.is_none());
        // Parameters, and statements that write.
        let insert = Statement::from_sql_and_values(
            notes.db.backend(),
            match notes.db.backend() {
                DbBackend::Postgres => "INSERT INTO notes VALUES ($1), ($2) RETURNING text",
                _ => "INSERT INTO notes VALUES (?), (?) RETURNING text",
            },
            ["a".into(), "b".into()],
        );
        let rows = notes.db.stream_raw(insert).await.expect("it begins");
        assert_eq!(rows.try_collect::<Vec<_>>().await.expect("rows").len(), 2);
        assert_eq!(notes.texts().await, ["a", "b"]);
        let select = Statement::from_sql_and_values(
            notes.db.backend(),
            match notes.db.backend() {
                DbBackend::Postgres => "SELECT text FROM notes WHERE text > $1",
                _ => "SELECT text FROM notes WHERE text > ?",
            },
            ["a".into()],
        );
        let rows = notes.db.stream_raw(select).await.expect("it begins");
        assert_eq!(rows.try_collect::<Vec<_>>().await.expect("rows").len(), 1);
    }
}

#[tokio::test]
async fn a_reader_may_take_longer_than_the_statement_timeout_the_database_may_not() {
    let settings = |config: &mut DatabaseConfig| {
        config.statement_timeout = Duration::from_millis(300);
    };
    for notes in Notes::both(settings).await {
        let mut rows = notes
            .db
            .stream_raw(notes.numbers(2_000))
            .await
            .expect("it begins");
        let mut seen = 0;
        while rows.try_next().await.expect("a row").is_some() {
            seen += 1;
            if seen == 1 || seen == 1_000 {
                sleep(Duration::from_millis(600)).await;
            }
        }
        assert_eq!(seen, 2_000);

        let endless = match notes.db.backend() {
            DbBackend::Postgres => "SELECT pg_sleep(5)",
            _ => {
                "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c WHERE n < 0"
            }
        };
        let begin = Instant::now();
        let mut rows = notes
            .db
            .stream_raw(notes.query(endless))
            .await
            .expect("it begins");
        let error = rows.next().await.expect("an item").expect_err("too long");
        assert_eq!(fw::Error::from(error).status(), 503);
        assert!(begin.elapsed() < Duration::from_secs(3));
    }
}

#[tokio::test]
async fn a_dropped_stream_frees_its_connection() {
    for notes in Notes::both(|config| config.max_connections = 1).await {
        for _ in 0..5 {
            let mut rows = notes
                .db
                .stream_raw(notes.numbers(100_000_000))
                .await
                .expect("it begins");
            rows.next().await.expect("an item").expect("a row");
            drop(rows);
            let next = timeout(Duration::from_secs(2), notes.texts()).await;
            next.expect("the connection is free");
        }
    }
}

#[tokio::test]
async fn a_transaction_streams_what_it_has_written_and_refuses_other_statements_meanwhile() {
    for notes in Notes::both(|_| ()).await {
        let tx = notes.db.begin().await.expect("begun");
        for number in 0..600 {
            add(&tx, &format!("{number:04}")).await.expect("written");
        }
        let all = notes.query("SELECT text FROM notes ORDER BY text");
        let mut rows = tx.stream_raw(all.clone()).await.expect("it begins");
        rows.next().await.expect("an item").expect("a row");
        let refused = add(&tx, "meanwhile").await.expect_err("refused");
        assert!(refused.to_string().contains("being streamed"), "{refused}");
        let more = rows.try_collect::<Vec<_>>().await.expect("rows").len();
        assert_eq!(more, 599);

        let mut rows = tx.stream_raw(all).await.expect("it begins");
        rows.next().await.expect("an item").expect("a row");
        drop(rows);
        add(&tx, "afterwards").await.expect("it goes on");
        tx.commit().await.expect("committed");
        assert_eq!(notes.texts().await.len(), 601);
    }
}
