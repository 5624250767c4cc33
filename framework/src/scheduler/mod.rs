//! The schedule of an application: jobs and tasks that run at their times.
//!
//! ```
//! use std::time::Duration;
//! use fw::{prelude::*, scheduler::{Missed, Scheduled}};
//!
//! // In `Hooks::schedule`:
//! let schedule = Schedule::new()
//!     .daily("03:00", "db:backup keep:14")
//!     .every(Duration::from_secs(600), "prune_sessions")
//!     .with(Scheduled::cron("30 8 * * MON-FRI", "digest:send").missed(Missed::Once));
//! ```
//!
//! The next time of each entry is in the store of jobs, which all processes share. When it comes, every process that runs jobs tries to
//! move it on, and to enqueue the entry's job in the same step; the store lets one of them do it. So each firing happens once, however
//! many processes there are, and none is a leader. A task runs as a job of the framework's own, `fw:task`.

mod cron;
mod entry;
mod error;
mod firing;
mod plan;
mod room;
mod rule;
mod schedule;
mod task_job;
mod zone;

pub use self::{
    entry::{Missed, Scheduled, Work},
    error::ScheduleError,
    schedule::Schedule,
};
pub(crate) use self::{firing::run, plan::Planned, room::ROOM};
