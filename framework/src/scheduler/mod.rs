//! The scheduler, which runs tasks periodically in a server.
//!
//! ```
//! use std::time::Duration;
//! use fw::prelude::*;
//!
//! // In `Hooks::schedule`:
//! let schedule = Schedule::new()
//!     .daily("03:00", "db:backup keep:14")
//!     .every(Duration::from_secs(600), "prune_sessions");
//! ```
//!
//! Every server process runs its own schedule: with several, each task runs in each of them. Runs of a task do not overlap: after
//! one that takes longer than its interval the next one begins.

mod daily;
mod schedule;
mod timer;

pub use schedule::{Schedule, ScheduleError};
pub(crate) use timer::run;
