//! Background jobs: work that a request starts but does not wait for.
//!
//! ```
//! use fw::prelude::*;
//! use serde::{Deserialize, Serialize};
//!
//! /// Greets a new user.
//! #[derive(Serialize, Deserialize)]
//! struct Greet {
//!     user_id: i64,
//! }
//!
//! impl Job for Greet {
//!     const NAME: &'static str = "greet";
//!
//!     async fn run(&self, ctx: &AppContext) -> Result<()> {
//!         tracing::info!(user = self.user_id, app = ctx.app_name(), "hello");
//!         Ok(())
//!     }
//! }
//!
//! // In `Hooks::jobs`:
//! let jobs = Jobs::new().add::<Greet>();
//!
//! // In a handler:
//! # fn handler(ctx: &AppContext) -> Result<()> {
//! Greet { user_id: 1 }.enqueue(ctx)
//! # }
//! ```
//!
//! A job that fails is retried after 1 s, 2 s, 4 s … (at most 10 minutes), up to [`MAX_ATTEMPTS`](Job::MAX_ATTEMPTS) attempts; a
//! job may therefore run more than once and should be idempotent.

mod job;
mod worker;

pub use job::{Job, Jobs, JobsError};
pub(crate) use worker::work;
