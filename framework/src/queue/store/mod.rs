//! Stores of jobs: the contract [`Store`], its records, and the stores that come with the framework.
//!
//! A store keeps jobs, and decides who runs which: by leases of workers, by a token for each run, and by unique keys. The engine that
//! runs jobs is in [`jobs`](crate::jobs). An application may have a store of its own; the tests of the framework's stores say
//! what it must do.
//!
//! ```
//! use fw::queue::store::{JobId, MemoryStore, NewJob, Store};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), fw::queue::store::StoreError> {
//! let store = MemoryStore::new();
//! let now = chrono::Utc::now();
//! let job = NewJob::new(JobId::new(), "default", "welcome", r#"{"user_id":1}"#, now);
//! let enqueued = store.enqueue(&[job], now).await?;
//! assert!(enqueued[0].is_new());
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
mod rules;
mod run;
mod schedule;
mod sql;
mod time;
mod worker;

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
pub use sql::{Outbox, SqlStore};
pub use worker::{Beat, Worker};
