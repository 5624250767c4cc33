//! Pools of connections.

use std::time::Duration;

use fw::db::Db;
use fw::sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionSession, TransactionTrait};
use tokio::time::{sleep, timeout};

use super::{Notes, add};

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
    let url = notes.config.url.expose().to_owned();
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
