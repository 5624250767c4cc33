//! The errors of a schedule.

use crate::{config::duration, error::Error};

/// An error of a schedule, which stops the start. See [`Schedule`](super::Schedule) for an example.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// A malformed time of day.
    #[error(
        "the schedule has `{time}` as a time of day\nhint: write hours and minutes, as in `03:00`"
    )]
    Time {
        /// The malformed text.
        time: &'static str,
    },
    /// A malformed cron expression, or one that never comes.
    #[error(
        "the schedule has the cron expression `{expression}` for `{work}`: {reason}\nhint: write minute, hour, day of the month, month and day of the week, as in `30 8 * * MON-FRI`, with seconds before them if you need them"
    )]
    Cron {
        /// The expression.
        expression: &'static str,
        /// The job or task.
        work: String,
        /// The reason.
        reason: String,
    },
    /// A time zone that is not known.
    #[error(
        "the schedule has the time zone `{zone}` for `{work}`, which is not known\nhint: {hint}"
    )]
    Zone {
        /// The name of the time zone.
        zone: &'static str,
        /// The job or task.
        work: String,
        /// The advice.
        hint: &'static str,
    },
    /// A task that does not exist, or arguments that it does not take.
    #[error("the schedule has `{command_line}`, which cannot be run: {reason}")]
    Task {
        /// The task and its arguments.
        command_line: String,
        /// The reason.
        reason: String,
    },
    /// A job that the application does not have.
    #[error(
        "the schedule has the job `{name}`, which is not registered\nhint: add it in `app.rs`: `fn jobs() -> Jobs {{ Jobs::new().add::<…>() }}`"
    )]
    Job {
        /// The name of the job.
        name: &'static str,
    },
    /// An interval of less than a millisecond, or of more than ten years.
    #[error(
        "the schedule runs `{work}` at an interval of {}\nhint: it must be from a millisecond to ten years", duration::format(*interval)
    )]
    Interval {
        /// The job or task.
        work: String,
        /// The interval.
        interval: std::time::Duration,
    },
}

impl From<ScheduleError> for Error {
    #[track_caller]
    fn from(error: ScheduleError) -> Self {
        Self::internal(error)
    }
}
