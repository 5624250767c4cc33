//! Background jobs: work that a request starts but does not wait for.
//!
//! ```
//! use fw::prelude::*;
//! use serde::{Deserialize, Serialize};
//!
//! /// Greets a new user.
//! #[derive(Serialize, Deserialize)]
//! struct Welcome {
//!     user_id: i64,
//! }
//!
//! impl Job for Welcome {
//!     const NAME: &'static str = "welcome";
//!
//!     fn key(&self) -> Key {
//!         Key::once(format!("welcome:{}", self.user_id))
//!     }
//!
//!     async fn run(&self, job: &JobContext) -> Result<(), JobError> {
//!         tracing::info!(user = self.user_id, app = job.app_name(), "welcome");
//!         Ok(())
//!     }
//! }
//!
//! // In `Hooks::jobs`:
//! let jobs = Jobs::new().add::<Welcome>();
//!
//! // In a handler:
//! # async fn handler(ctx: &AppContext) -> Result<()> {
//! Welcome { user_id: 1 }.enqueue(ctx).await?;
//! # Ok(())
//! # }
//! ```
//!
//! A job that is enqueued is in the store, by default the database, until it is done: it survives the end of any process, also by a
//! kill. It runs at least once, so it should be idempotent; [`JobContext::complete_in`] makes its effects in the database happen
//! exactly once. One that fails is tried again, as its [`Retry`] policy says, and goes to the dead letters in the end.

mod actions;
mod batch;
#[cfg(feature = "jobs-board")]
mod board;
mod chain;
mod context;
mod engine;
mod enqueue;
mod error;
mod job;
mod key;
mod limit;
mod origin;
mod random;
mod recurring;
mod registry;
mod retry;
mod room;
mod routes;
mod run;
mod run_due;

#[cfg(feature = "jobs-board")]
pub use self::board::board;
pub use self::{
    batch::{Batch, BatchId, EnqueuedBatch},
    chain::Chain,
    context::JobContext,
    enqueue::{EnqueueError, Enqueued, JobId},
    error::JobError,
    job::{Enqueue, Job, enqueue_all, enqueue_all_in},
    key::Key,
    limit::Limit,
    registry::{Jobs, JobsError},
    retry::Retry,
    routes::routes,
    run_due::{Ran, run_due},
};
pub(crate) use self::{engine::Engine, recurring::Recurring, room::ROOM};
