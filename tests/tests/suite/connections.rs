//! Transactions, streams and pools of connections, as an application sees them, on both databases.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures_util::{StreamExt, TryStreamExt};
use fw::{
    config::DatabaseConfig,
    db::{self, Db},
    sea_orm::{
        ConnectionTrait, DbBackend, DbErr, Statement, StreamTrait, TransactionSession,
        TransactionTrait,
    },
};
use fw_tests::postgres;
use tokio::time::{sleep, timeout};

const CREATE: &str = "CREATE TABLE notes (text VARCHAR(100) UNIQUE)";

/// A database of one kind with an empty table of notes.
struct Notes {
    db: Db,
    config: DatabaseConfig,
    _folder: tempfile::TempDir,
}

impl Notes {
    async fn new(backend: DbBackend, settings: impl FnOnce(&mut DatabaseConfig)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = match backend {
            DbBackend::Postgres => postgres::server().create_database(),
            _ => format!("sqlite://{}", folder.path().join("notes.sqlite").display()),
        };
        let mut config = DatabaseConfig {
            url: url.into(),
            ..DatabaseConfig::default()
        };
        settings(&mut config);
        db::create(&config).await.expect("it can be created");
        let db = Db::connect(&config).await.expect("it can be opened");
        db.execute_unprepared(CREATE).await.expect("created");
        Self {
            db,
            config,
            _folder: folder,
        }
    }

    /// One of each kind.
    async fn both(settings: impl Fn(&mut DatabaseConfig)) -> [Self; 2] {
        [
            Self::new(DbBackend::Sqlite, &settings).await,
            Self::new(DbBackend::Postgres, &settings).await,
        ]
    }

    async fn texts(&self) -> Vec<String> {
        let all = self.query("SELECT text FROM notes ORDER BY text");
        let rows = self.db.query_all_raw(all).await.expect("they can be read");
        rows.iter()
            .map(|row| row.try_get("", "text").expect("a text"))
            .collect()
    }

    fn query(&self, sql: &str) -> Statement {
        Statement::from_string(self.db.backend(), sql)
    }

    /// The numbers from 1 to `count`, made by the database.
    fn numbers(&self, count: u64) -> Statement {
        self.query(&match self.db.backend() {
            DbBackend::Postgres => format!("SELECT generate_series(1, {count}) AS n"),
            _ => format!(
                "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT {count}) SELECT n FROM c"
            ),
        })
    }
}

async fn add<C: ConnectionTrait>(db: &C, text: &str) -> Result<(), DbErr> {
    let insert = format!("INSERT INTO notes (text) VALUES ('{text}')");
    db.execute_unprepared(&insert).await.map(drop)
}

/// What has run after a commit, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn note(&self, text: &str) -> impl FnOnce() + Send + 'static {
        let (log, text) = (self.clone(), text.to_owned());
        move || log.0.lock().expect("free").push(text)
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("free"))
    }
}

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
            .transact(async |tx| {
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
        .transact(async |tx| {
            add(tx, "lost").await?;
            add(tx, "there").await.expect_err("it is there already");
            Ok(())
        })
        .await;
    let error = swallowed.expect_err("nothing was committed").to_string();
    assert!(error.contains("was rolled back"), "{error}");
    assert_eq!(notes.texts().await, ["there"]);

    // In a transaction of its own the failure harms nothing else.
    db.transact(async |tx| {
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

/// The ids of the server's processes for the connections of a database.
async fn sessions(observer: &Db, database: &str) -> Vec<i32> {
    let sql = format!("SELECT pid FROM pg_stat_activity WHERE datname = '{database}' ORDER BY pid");
    let rows = observer
        .query_all_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await
        .expect("the server answers");
    rows.iter()
        .map(|row| row.try_get("", "pid").expect("an id"))
        .collect()
}

#[tokio::test]
async fn idle_connections_are_closed_but_for_the_least_and_old_ones_replaced() {
    let notes = Notes::new(DbBackend::Postgres, |config| {
        config.min_connections = 2;
        config.idle_timeout = Duration::from_millis(400);
        config.max_lifetime = Duration::from_millis(1500);
    })
    .await;
    let observer = Notes::new(DbBackend::Postgres, |_| ()).await.db;
    let url = notes.config.url.expose().clone();
    let database = url.rsplit('/').next().expect("a name").to_owned();
    let busy = || notes.db.execute_unprepared("SELECT pg_sleep(0.2)");
    let (a, b, c, d) = tokio::join!(busy(), busy(), busy(), busy());
    for result in [a, b, c, d] {
        result.expect("it runs");
    }
    let all = sessions(&observer, &database).await;
    assert_eq!(all.len(), 4);
    sleep(Duration::from_millis(900)).await;
    let kept = sessions(&observer, &database).await;
    assert_eq!(kept.len(), 2, "the least are kept");
    assert!(kept.iter().all(|id| all.contains(id)));
    sleep(Duration::from_millis(1500)).await;
    let replaced = sessions(&observer, &database).await;
    assert_eq!(replaced.len(), 2, "the least are opened again");
    assert!(
        replaced.iter().all(|id| !all.contains(id)),
        "by new ones: {all:?} {replaced:?}"
    );
    notes.db.close().await;
    sleep(Duration::from_millis(100)).await;
    assert!(sessions(&observer, &database).await.is_empty());
}

#[tokio::test]
async fn closing_waits_for_what_runs_and_refuses_what_comes_later() {
    for notes in Notes::both(|_| ()).await {
        let tx = notes.db.begin().await.expect("begun");
        add(&tx, "in time").await.expect("written");
        let db = notes.db.clone();
        let close = tokio::spawn(async move { db.close().await });
        sleep(Duration::from_millis(50)).await;
        assert!(!close.is_finished(), "a transaction is open");
        tx.commit().await.expect("committed");
        timeout(Duration::from_secs(2), close)
            .await
            .expect("it ends")
            .expect("no panic");
        add(&notes.db, "late").await.expect_err("it is closed");
        let again = Db::connect(&notes.config).await.expect("opened");
        let all = notes.query("SELECT text FROM notes");
        assert_eq!(again.query_all_raw(all).await.expect("read").len(), 1);
        again.close().await;
    }
}
