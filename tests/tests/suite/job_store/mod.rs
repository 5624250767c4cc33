//! The stores of jobs: one suite for all of them, each test on a store in memory, on SQLite, on PostgreSQL and on Redis.
//!
//! Some tests are named after faults that other systems have, or had.

mod administration;
mod concurrency;
mod enqueuing;
mod faults;
mod groups;
mod leases;
mod on_redis;
mod random;
mod running;
mod shared;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use chrono::{DateTime, TimeDelta, Utc};
use fw::{
    config::DatabaseConfig,
    db::{self, Db},
    prelude::*,
    queue::store::{
        Claim, Enqueued, JobId, JobRecord, Key, KeyScope, MemoryStore, NewJob, Outbox, Outcome,
        RedisStore, Settled, Settlement, SqlStore, State, Store, Worker, WorkerId,
    },
};
use fw_tests::{postgres, redis};

/// Runs a test on stores.
macro_rules! on_stores {
    ($name:ident on $($store:ident as $test:ident),*: $(#[$attribute:meta])* $subject:ident $body:block) => {
        mod $name {
            #[allow(unused_imports, reason = "each test needs some of them")]
            use super::*;

            $(#[$attribute])*
            async fn check($subject: $crate::job_store::Subject) $body

            $(
                #[tokio::test]
                async fn $test() {
                    check($crate::job_store::Subject::$store().await).await;
                }
            )*
        }
    };
}
use on_stores;

/// Runs each test on every store.
macro_rules! on_every_store {
    ($($(#[$attribute:meta])* async fn $name:ident($subject:ident) $body:block)*) => {$(
        $crate::job_store::on_stores! {
            $name on memory as in_memory, sqlite as on_sqlite, postgres as on_postgres, redis as on_redis:
            $(#[$attribute])* $subject $body
        }
    )*};
}
use on_every_store;

/// Runs each test on every store that has batches, chains, steps and rate limits.
macro_rules! on_stores_with_everything {
    ($($(#[$attribute:meta])* async fn $name:ident($subject:ident) $body:block)*) => {$(
        $crate::job_store::on_stores! {
            $name on memory as in_memory, sqlite as on_sqlite, postgres as on_postgres:
            $(#[$attribute])* $subject $body
        }
    )*};
}
use on_stores_with_everything;

/// An application without anything of its own: its database has the framework's tables.
struct Bare;

impl Hooks for Bare {
    type Settings = ();

    fn name() -> &'static str {
        "bare"
    }

    fn routes() -> Routes {
        Routes::new()
    }

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }
}

/// A store under test.
struct Subject {
    store: Arc<dyn Store>,
    /// The database of the caller's transactions; that of the store, unless this is in memory.
    db: Db,
    is_sql: bool,
    /// Whether it lacks batches, chains, steps and rate limits, and has an outbox.
    is_redis: bool,
    _folder: Option<tempfile::TempDir>,
}

impl Subject {
    async fn memory() -> Self {
        let config = DatabaseConfig {
            url: "sqlite::memory:".into(),
            ..DatabaseConfig::default()
        };
        Self {
            store: Arc::new(MemoryStore::new()),
            db: Db::connect(&config).await.expect("it can be opened"),
            is_sql: false,
            is_redis: false,
            _folder: None,
        }
    }

    async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("jobs.sqlite").display());
        Self::sql(url, Some(folder)).await
    }

    async fn postgres() -> Self {
        Self::sql(postgres::server().create_database(), None).await
    }

    async fn sql(url: String, folder: Option<tempfile::TempDir>) -> Self {
        let config = DatabaseConfig {
            url: url.into(),
            ..DatabaseConfig::default()
        };
        if folder.is_some() {
            db::create(&config).await.expect("it can be created");
        }
        let connection = Db::dedicated(&config).await.expect("it can be opened");
        let migrator = fw::app::migrator::<Bare>();
        let migrated = migrator.up(&connection, None).await;
        migrated.expect("it can be migrated");
        connection.close().await.expect("it can be closed");
        let db = Db::connect(&config).await.expect("it can be opened");
        Self {
            store: Arc::new(SqlStore::new(db.clone())),
            db,
            is_sql: true,
            is_redis: false,
            _folder: folder,
        }
    }

    /// The transactions are on an SQLite database.
    async fn redis() -> Self {
        Self::redis_on(&redis::server().url()).await
    }

    async fn redis_on(url: &str) -> Self {
        Self {
            store: Arc::new(redis_store(url)),
            is_sql: false,
            is_redis: true,
            ..Self::sqlite().await
        }
    }

    /// Does what the relay does, if the store has one.
    async fn relay(&self) {
        if self.is_redis {
            let outbox = Outbox::new(self.db.clone());
            let jobs = outbox.list(1_000).await.expect("it can be read");
            let relayed = self.store.relay(&jobs, at(0)).await;
            relayed.expect("they are stored");
            let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
            outbox.remove(&ids).await.expect("they can be removed");
        }
    }

    async fn enqueue(&self, job: NewJob) -> Enqueued {
        let now = job.run_at.min(at(0));
        let outcome = self.store.enqueue(&[job], now).await.expect("it is stored");
        outcome[0]
    }

    /// Enqueues a job at a time.
    async fn enqueue_at(&self, job: NewJob, now: DateTime<Utc>) -> Enqueued {
        self.store.enqueue(&[job], now).await.expect("it is stored")[0]
    }

    /// Registers a worker whose lease ends at `until`.
    async fn worker(&self, until: DateTime<Utc>) -> WorkerId {
        let worker = Worker {
            id: WorkerId::new(),
            host: "test".to_owned(),
            queues: vec!["default".to_owned()],
            started_at: at(0),
            lease_until: until,
        };
        self.store
            .register(&worker)
            .await
            .expect("it is registered");
        worker.id
    }

    /// Claims jobs that are called `job` from the queue `default`.
    async fn claim(&self, worker: WorkerId, limit: u32, now: DateTime<Utc>) -> Vec<JobRecord> {
        let claim = Claim {
            worker,
            queue: "default",
            names: &["job".to_owned()],
            limit,
        };
        self.store.claim(claim, now).await.expect("it can claim")
    }

    async fn claim_one(&self, worker: WorkerId, now: DateTime<Utc>) -> JobRecord {
        let mut jobs = self.claim(worker, 1, now).await;
        jobs.pop().expect("a job is ready")
    }

    /// Settles the run of a claimed job.
    async fn settle(&self, job: &JobRecord, outcome: Outcome, now: DateTime<Utc>) -> Settled {
        let settlement = Settlement {
            fence: job.fence(),
            outcome,
        };
        let settled = self.store.settle(&[settlement], now).await;
        settled.expect("it can be settled")[0]
    }

    /// Enqueues a job, claims it, and settles it.
    async fn run(&self, job: NewJob, outcome: Outcome, now: DateTime<Utc>) -> JobRecord {
        let id = job.id;
        self.enqueue_at(job, now).await;
        let worker = self.worker(now + TimeDelta::hours(1)).await;
        let claimed = self.claim_one(worker, now).await;
        assert_eq!(claimed.id, id);
        self.settle(&claimed, outcome, now).await;
        self.job(id).await
    }

    async fn job(&self, id: JobId) -> JobRecord {
        self.find(id).await.expect("it is there")
    }

    async fn find(&self, id: JobId) -> Option<JobRecord> {
        let shown = self.store.show(id).await.expect("it can be read");
        shown.map(|detail| detail.job)
    }

    async fn state(&self, id: JobId) -> State {
        self.job(id).await.state
    }

    async fn errors(&self, id: JobId) -> Vec<String> {
        let shown = self.store.show(id).await.expect("it can be read");
        let errors = shown.expect("it is there").errors;
        errors.into_iter().map(|error| error.error).collect()
    }
}

/// An empty store on a Redis server.
fn redis_store(url: &str) -> RedisStore {
    RedisStore::lazy(url, &redis::prefix()).expect("a URL")
}

/// A time: so many seconds after the beginning of the tests.
fn at(seconds: i64) -> DateTime<Utc> {
    millis(seconds * 1_000)
}

fn millis(millis: i64) -> DateTime<Utc> {
    let start = DateTime::from_timestamp(1_764_000_000, 0).expect("a time");
    start + TimeDelta::milliseconds(millis)
}

/// A job that is called `job`, in the queue `default`, due at once.
fn job() -> NewJob {
    // Ids in the order of their making, whatever the clock does.
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    NewJob::new(id(number), "default", "job", "{}", at(0))
}

fn id(number: u64) -> JobId {
    format!("{number:032x}").parse().expect("an id")
}

fn with_key(value: &str, scope: KeyScope) -> NewJob {
    NewJob {
        key: Some(Key {
            value: value.to_owned(),
            scope,
        }),
        ..job()
    }
}

fn done() -> Outcome {
    Outcome::Done { result: None }
}

fn retry(seconds: i64) -> Outcome {
    Outcome::Retry {
        at: at(seconds),
        error: "no answer".to_owned(),
    }
}

fn dead() -> Outcome {
    Outcome::Dead {
        error: "broken".to_owned(),
    }
}
