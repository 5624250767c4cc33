//! Stores of jobs: the contract [`Store`], its records, and the stores that come with the framework.
//!
//! A store keeps jobs, and decides who runs which: by leases of workers, by a token for each run, and by unique keys. The engine that
//! runs jobs is in [`jobs`](crate::jobs). An application may have a store of its own; the tests of the framework's stores say
//! what it must do.
//!
//! The life of a job:
//!
//! ```
//! # use std::time::Duration;
//! use fw::queue::store::{
//!     Beat, Claim, Enqueued, Fence, JobId, JobRecord, Key, KeyScope, MemoryStore, NewJob, Outcome, RunError, Settled, Settlement, State, Store,
//!     StoreError, Worker, WorkerId,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), StoreError> {
//! let (store, now) = (MemoryStore::new(), chrono::Utc::now());
//! let later = now + Duration::from_secs(10);
//!
//! // A second job with the same key is not enqueued while the first one waits or runs.
//! let key = Key { value: "user:1".to_owned(), scope: KeyScope::Live };
//! let job = || NewJob { key: Some(key.clone()), ..NewJob::new(JobId::new(), "mail", "welcome", r#"{"user_id":1}"#, now) };
//! let enqueued: Vec<Enqueued> = store.enqueue(&[job(), job()], now).await?;
//! assert!(enqueued[0].is_new() && !enqueued[1].is_new());
//!
//! // A worker runs it while its lease lasts.
//! let worker = Worker {
//!     id: WorkerId::new(),
//!     host: "web1:4711".to_owned(),
//!     queues: vec!["mail".to_owned()],
//!     started_at: now,
//!     lease_until: later,
//! };
//! store.register(&worker).await?;
//! let names = ["welcome".to_owned()];
//! let claim = Claim { worker: worker.id, queue: "mail", names: &names, limit: 10 };
//! let claimed: Vec<JobRecord> = store.claim(claim, now).await?;
//! let run: Fence = claimed[0].fence();
//! assert_eq!(store.beat(worker.id, later, now).await?, Beat::Alive);
//!
//! // It fails, and is to run again later. The fence of that run can settle nothing any more.
//! let failed = Outcome::Retry { at: later, error: "no answer".to_owned() };
//! let settlement = Settlement { fence: run, outcome: failed };
//! assert_eq!(store.settle(&[settlement.clone()], now).await?, [Settled::As(State::Scheduled)]);
//! assert_eq!(store.settle(&[settlement], now).await?, [Settled::Lost]);
//! let errors: Vec<RunError> = store.show(run.id).await?.expect("it is there").errors;
//! assert_eq!(errors[0].error, "no answer");
//! # Ok(())
//! # }
//! ```
//!
//! Its administration, beside those of the engine's turns:
//!
//! ```
//! # use std::time::Duration;
//! use fw::queue::store::{
//!     Cancelled, JobDetail, JobFilter, JobId, MemoryStore, NewJob, Page, Promoted, QueueStats, Replayed, Rescued, Retention, State, Stats, Store,
//!     StoreError, UnknownState,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), StoreError> {
//! let (store, now) = (MemoryStore::new(), chrono::Utc::now());
//! let job = NewJob::new(JobId::new(), "mail", "welcome", "null", now + Duration::from_secs(60));
//! store.enqueue(&[job.clone()], now).await?;
//!
//! let promoted: Promoted = store.promote(100, now + Duration::from_secs(60)).await?;
//! assert_eq!(promoted.queues, ["mail"]);
//! let rescued: Vec<Rescued> = store.rescue(100, now).await?;
//! assert!(rescued.is_empty());
//!
//! store.pause("mail", now).await?;
//! let stats: Stats = store.stats(&["welcome".to_owned()]).await?;
//! let mail: &QueueStats = &stats.queues["mail"];
//! assert!(mail.paused && stats.count(State::Ready) == 1);
//!
//! assert_eq!(store.cancel(job.id, now).await?, Cancelled::From(State::Ready));
//! let filter = JobFilter { states: vec![State::Cancelled], ..JobFilter::default() };
//! let page = Page { before: None, limit: 20 };
//! assert_eq!(store.list(&filter, page).await?[0].id, job.id);
//! assert_eq!(store.replay(job.id, now).await?, Replayed::As(State::Ready));
//! let detail: JobDetail = store.show(job.id).await?.expect("it is there");
//! assert!(detail.steps.is_empty());
//! let unknown: UnknownState = "deceased".parse::<State>().expect_err("no state");
//! assert!(unknown.to_string().contains("deceased"));
//!
//! let retention = Retention { done: Some(Duration::from_secs(86_400)), ..Retention::default() };
//! assert_eq!(store.prune(&retention, 100, now).await?, 0);
//! # Ok(())
//! # }
//! ```
//!
//! Schedules, batches and rate limits:
//!
//! ```
//! # use std::time::Duration;
//! use fw::queue::store::{
//!     BatchCreated, BatchId, BatchRecord, JobId, MemoryStore, NewBatch, NewJob, Permits, RateLimit, Slot, Store, StoreError,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), StoreError> {
//! let (store, now) = (MemoryStore::new(), chrono::Utc::now());
//! let next = now + Duration::from_secs(3600);
//! let job = |name: &str| NewJob::new(JobId::new(), "default", name, "null", now);
//!
//! // Of all processes that see the slot, one fires it.
//! let slot = Slot { name: "hourly".to_owned(), spec: "every 1h".to_owned(), next_at: now };
//! store.plan(&[slot]).await?;
//! let at = store.slots().await?[0].next_at;
//! assert!(store.fire("hourly", at, next, &[job("report")], now).await?.is_some());
//! assert!(store.fire("hourly", at, next, &[job("report")], now).await?.is_none());
//!
//! let batch = NewBatch {
//!     id: BatchId::new(),
//!     description: "import".to_owned(),
//!     jobs: vec![job("row"), job("row")],
//!     callback: Some(job("imported")),
//! };
//! let created: BatchCreated = store.create_batch(&batch, now).await?;
//! assert_eq!(created.jobs.len(), 2);
//! let record: BatchRecord = store.batch(batch.id).await?.expect("it is there");
//! assert_eq!((record.total, record.pending), (2, 2));
//!
//! let limit = RateLimit { key: "queue:mail".to_owned(), interval: Duration::from_secs(1), burst: 2 };
//! let permits: Permits = store.acquire(&limit, 5, now).await?;
//! assert_eq!(permits.granted, 2);
//! # Ok(())
//! # }
//! ```

mod contract;
mod error;
mod executor;
mod group;
mod id;
mod job;
mod listing;
mod memory;
mod rate_limit;
#[cfg(feature = "redis")]
mod redis;
mod rules;
mod run;
mod schedule;
mod sql;
mod time;
mod worker;

#[cfg(feature = "redis")]
pub use self::redis::RedisStore;
pub use contract::{Promoted, Result, Store};
pub use error::StoreError;
pub use executor::Executor;
pub use group::{BatchCreated, BatchRecord, NewBatch};
pub use id::{BatchId, JobId, WorkerId};
pub use job::{
    Enqueued, JobRecord, Key, KeyScope, MAX_ARGUMENTS, NewJob, PRIORITIES, State, UnknownState,
};
pub use listing::{Cancelled, JobDetail, JobFilter, Page, QueueStats, Replayed, Retention, Stats};
pub use memory::MemoryStore;
pub use rate_limit::{Permits, RateLimit};
pub use run::{
    Claim, Fence, MAX_BATCH, MAX_RESCUES, Outcome, Rescued, RunError, Settled, Settlement,
};
pub use schedule::Slot;
pub use sql::{Backlog, Outbox, SqlStore};
pub use worker::{Beat, Worker};
