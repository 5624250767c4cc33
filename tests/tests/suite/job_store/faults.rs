//! Faults of other systems that concern a store; `faults_of_others` has the table of all.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use fw::{
    queue::store::{Beat, Settled, State},
    sea_orm::{ConnectionTrait, Statement},
};

use super::{Subject, at, done, job, on_every_store};

on_every_store! {
    /// Elsewhere a worker has the name of its machine, so that a second process, or the next start, is taken for the first.
    async fn two_processes_of_one_machine_are_two_workers(subject) {
        subject.store.enqueue(&[job(), job()], at(0)).await.unwrap();
        // Both are on the host `test`.
        let (lost, alive) = (subject.worker(at(10)).await, subject.worker(at(10)).await);
        let run = subject.claim_one(lost, at(0)).await;
        let other = subject.claim_one(alive, at(0)).await;
        assert_eq!(subject.store.beat(alive, at(20), at(9)).await.unwrap(), Beat::Alive);
        let rescued = subject.store.rescue(10, at(11)).await.unwrap();
        assert_eq!(rescued.iter().map(|job| job.id).collect::<Vec<_>>(), [run.id]);
        assert_eq!(subject.settle(&other, done(), at(12)).await, Settled::As(State::Done));
        // What the lost one still says is not believed, though its machine is known.
        assert_eq!(subject.settle(&run, done(), at(12)).await, Settled::Lost);
    }
}

async fn number(subject: &Subject, sql: &str) -> i64 {
    let select = Statement::from_string(subject.db.backend(), sql);
    let row = subject.db.query_one_raw(select).await.expect("it is read");
    row.expect("a row").try_get("", "number").expect("a number")
}

/// Claims of a process that has vanished could not be found elsewhere, as its own row was gone.
async fn a_worker_is_not_forgotten_before_its_claims(subject: Subject) {
    subject.enqueue(job()).await;
    let worker = subject.worker(at(10)).await;
    subject.claim_one(worker, at(0)).await;
    let delete = "DELETE FROM fw_job_workers";
    assert!(subject.db.execute_unprepared(delete).await.is_err());
    subject.store.rescue(10, at(11)).await.unwrap();
    // Its row goes when nothing of it can be under way any more.
    let later = at(11) + TimeDelta::minutes(2);
    subject.store.rescue(10, later).await.unwrap();
    let workers = "SELECT COUNT(*) AS number FROM fw_job_workers";
    let next = subject.worker(later + TimeDelta::hours(1)).await;
    subject.claim_one(next, later).await;
    assert!(number(&subject, workers).await >= 1);
}

#[tokio::test]
async fn a_worker_is_not_forgotten_before_its_claims_on_sqlite() {
    a_worker_is_not_forgotten_before_its_claims(Subject::sqlite().await).await;
}

#[tokio::test]
async fn a_worker_is_not_forgotten_before_its_claims_on_postgres() {
    a_worker_is_not_forgotten_before_its_claims(Subject::postgres().await).await;
}

/// A storage switched `PRAGMA synchronous` off for the whole application.
#[tokio::test]
async fn the_durability_of_sqlite_is_left_as_it_is() {
    let subject = Subject::sqlite().await;
    let synchronous = "SELECT synchronous AS number FROM pragma_synchronous";
    let before = number(&subject, synchronous).await;
    subject.run(job(), done(), at(0)).await;
    assert_eq!(number(&subject, synchronous).await, before);
    assert!(before > 0, "it is not off");
}

/// A lock of a session that is taken through a pool stays on a connection that nobody knows.
#[tokio::test]
async fn no_lock_outlives_its_transaction() {
    let subject = Subject::postgres().await;
    subject.run(job(), done(), at(0)).await;
    subject.store.rescue(10, at(9_999)).await.unwrap();
    let locks = "SELECT COUNT(*) AS number FROM pg_locks WHERE locktype = 'advisory' \
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    assert_eq!(number(&subject, locks).await, 0);
}

/// Tables that grow, and queries that go through all of them, are the usual end of queues in a database.
#[tokio::test]
async fn a_claim_reads_no_finished_job() {
    const FINISHED: i64 = 50_000;
    let subject = Subject::postgres().await;
    let finished = format!(
        "INSERT INTO fw_jobs (id, queue, name, args, priority, state, run_at, attempt, max_attempts, finished_at, created_at) \
         SELECT gen_random_uuid(), 'default', 'job', '{{}}', 0, 'done', 0, 1, 5, 0, 0 FROM generate_series(1, {FINISHED})"
    );
    subject
        .db
        .execute_unprepared(&finished)
        .await
        .expect("many");
    subject
        .db
        .execute_unprepared("ANALYZE fw_jobs")
        .await
        .expect("analyzed");
    let worker = subject.worker(at(1_000)).await;
    let read = "SELECT COALESCE(seq_tup_read, 0) + COALESCE(idx_tup_fetch, 0) AS number \
        FROM pg_stat_user_tables WHERE relname = 'fw_jobs'";
    // The server counts with a delay.
    let settle = Duration::from_millis(1_200);
    tokio::time::sleep(settle).await;
    let before = number(&subject, read).await;
    let begin = Instant::now();
    for _ in 0..20 {
        subject.enqueue(job()).await;
        let run = subject.claim_one(worker, at(1)).await;
        subject.settle(&run, done(), at(1)).await;
        assert_eq!(subject.claim(worker, 10, at(1)).await, []);
        subject.store.rescue(10, at(1)).await.unwrap();
        subject.store.promote(10, at(1)).await.unwrap();
        subject.store.next_due().await.unwrap();
    }
    println!("20 jobs beside {FINISHED} in {:?}", begin.elapsed());
    tokio::time::sleep(settle).await;
    // Each connection of the pool tells what it has read when it is used again.
    for _ in 0..20 {
        number(&subject, "SELECT CAST(1 AS bigint) AS number").await;
    }
    tokio::time::sleep(settle).await;
    let rows = number(&subject, read).await - before;
    assert!((20..FINISHED / 10).contains(&rows), "{rows} rows are read");
}
