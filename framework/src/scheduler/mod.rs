//! Tasks that a server runs by itself, again and again.
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
//! Every process that serves keeps its own schedule: with several, each task runs in each of them. A run that takes longer
//! than its interval is not overtaken: the next one begins afterwards.

mod daily;
mod schedule;
mod timer;

pub use schedule::{Schedule, ScheduleError};
pub(crate) use timer::keep;
