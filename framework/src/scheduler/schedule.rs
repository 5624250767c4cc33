//! The schedule of an application.

use std::time::Duration;

use chrono::NaiveTime;

use crate::{error::Error, task::Tasks};

/// A schedule: a list of tasks with their times.
///
/// A server refuses to start with a schedule that cannot be run, which a test can find out earlier:
///
/// ```
/// use fw::{backup::DbBackup, prelude::*, scheduler::ScheduleError};
///
/// let tasks = Tasks::new().add::<DbBackup>();
/// let nightly = Schedule::new().daily("03:00", "db:backup keep:14");
/// assert!(nightly.check(&tasks).is_ok());
///
/// let error = Schedule::new().daily("3 am", "db:backup").check(&tasks).unwrap_err();
/// assert!(matches!(error, ScheduleError::Time { time: "3 am" }));
/// ```
#[derive(Debug, Default)]
pub struct Schedule {
    pub(super) entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) when: When,
    /// The task and its arguments, as on the command line.
    pub(super) command_line: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) enum When {
    Every(Duration),
    /// `HH:MM`, checked when the application starts.
    Daily(&'static str),
}

/// An error of a schedule. See [`Schedule`] for an example.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// A malformed time of day.
    #[error(
        "the schedule has `{time}` as a time of day\nhint: write hours and minutes in UTC, as in `03:00`"
    )]
    Time {
        /// The malformed text.
        time: &'static str,
    },
    /// A task that does not exist, or arguments that it does not take.
    #[error("the schedule has `{command_line}`, which cannot be run: {reason}")]
    Task {
        /// The task and its arguments.
        command_line: String,
        /// The reason.
        reason: String,
    },
    /// An interval of zero.
    #[error("the schedule runs `{command_line}` at an interval of no length")]
    Interval {
        /// The task and its arguments.
        command_line: String,
    },
}

impl From<ScheduleError> for Error {
    fn from(error: ScheduleError) -> Self {
        Self::internal(error)
    }
}

impl Schedule {
    /// An empty schedule.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds all entries of another schedule.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.entries.extend(other.entries);
        self
    }

    /// Runs `task` (its name and its arguments, separated by spaces) every `interval`, the first time one `interval` after
    /// the start. Changes of the clock have no effect.
    #[must_use]
    pub fn every(self, interval: Duration, task: &str) -> Self {
        self.add(When::Every(interval), task)
    }

    /// Runs `task` each day at `time`, hours and minutes in UTC. Setting the clock forward past `time` makes it run at once,
    /// setting it back does not make it run twice.
    #[must_use]
    pub fn daily(self, time: &'static str, task: &str) -> Self {
        self.add(When::Daily(time), task)
    }

    /// Checks the schedule at the start: fails if an entry has a task, arguments or a time that do not exist.
    pub fn check(&self, tasks: &Tasks) -> Result<(), ScheduleError> {
        for Entry { when, command_line } in &self.entries {
            match when {
                When::Every(interval) if interval.is_zero() => {
                    return Err(ScheduleError::Interval {
                        command_line: command_line.join(" "),
                    });
                }
                When::Daily(time) if time_of_day(time).is_none() => {
                    return Err(ScheduleError::Time { time });
                }
                _ => {}
            }
            let (name, arguments) = command_line
                .split_first()
                .map_or(("", &[][..]), |(name, rest)| (name, rest));
            if let Err(refused) = tasks.prepare(name, arguments) {
                return Err(ScheduleError::Task {
                    command_line: command_line.join(" "),
                    reason: refused.to_string(),
                });
            }
        }
        Ok(())
    }

    fn add(mut self, when: When, task: &str) -> Self {
        self.entries.push(Entry {
            when,
            command_line: task.split_whitespace().map(str::to_owned).collect(),
        });
        self
    }
}

pub(super) fn time_of_day(text: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text, "%H:%M").ok()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::{context::AppContext, error::Result, task::Task};

    /// Deletes what is old
    #[derive(Parser)]
    struct Tidy {
        #[arg(long)]
        keep: Option<u32>,
    }

    impl Task for Tidy {
        const NAME: &'static str = "attic:tidy";

        async fn run(self, _: &AppContext) -> Result<()> {
            let _ = self.keep;
            Ok(())
        }
    }

    #[test]
    fn mistakes_are_found_at_the_start() {
        let tasks = Tasks::new().add::<Tidy>();
        let message = |schedule: Schedule| schedule.check(&tasks).expect_err("refused").to_string();
        assert!(message(Schedule::new().daily("3 am", "attic:tidy")).contains("`03:00`"));
        assert!(message(Schedule::new().daily("03:00", "attic:tydi")).contains("attic:tydi"));
        assert!(message(Schedule::new().every(Duration::ZERO, "attic:tidy")).contains("no length"));
        assert!(message(Schedule::new().daily("03:00", "attic:tidy kept:7")).contains("kept:7"));
        assert!(
            Schedule::new()
                .every(Duration::from_hours(1), "attic:tidy")
                .daily("03:00", "attic:tidy keep:7")
                .check(&tasks)
                .is_ok()
        );
    }
}
