//! The schedule of an application.

use std::time::Duration;

use super::{
    entry::{Scheduled, Work},
    error::ScheduleError,
    plan::{self, Planned},
};
use crate::{jobs::Jobs, task::Tasks};

/// A schedule: a list of jobs and tasks with their times.
///
/// A server refuses to start with a schedule that cannot be run, which a test can find out earlier:
///
/// ```
/// use fw::{backup::DbBackup, prelude::*, scheduler::ScheduleError};
///
/// let tasks = Tasks::new().add::<DbBackup>();
/// let nightly = Schedule::new().daily("03:00", "db:backup keep:14");
/// assert!(nightly.check(&tasks, &Jobs::new()).is_ok());
///
/// let wrong = Schedule::new().daily("3 am", "db:backup");
/// let error = wrong.check(&tasks, &Jobs::new()).unwrap_err();
/// assert!(matches!(error, ScheduleError::Time { time: "3 am" }));
/// ```
#[derive(Debug, Default)]
pub struct Schedule {
    entries: Vec<Scheduled>,
}

impl Schedule {
    /// An empty schedule.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry.
    #[must_use]
    pub fn with(mut self, entry: Scheduled) -> Self {
        self.entries.push(entry);
        self
    }

    /// Adds all entries of another schedule.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.entries.extend(other.entries);
        self
    }

    /// Adds a job, or a task with its arguments, at the times of a cron expression in UTC. See [`Scheduled::cron`].
    #[must_use]
    pub fn cron(self, expression: &'static str, work: impl Into<Work>) -> Self {
        self.with(Scheduled::cron(expression, work))
    }

    /// Adds a job, or a task with its arguments, on each day at `time`, hours and minutes in UTC.
    #[must_use]
    pub fn daily(self, time: &'static str, work: impl Into<Work>) -> Self {
        self.with(Scheduled::daily(time, work))
    }

    /// Adds a job, or a task with its arguments, at every `interval`. See [`Scheduled::every`].
    #[must_use]
    pub fn every(self, interval: Duration, work: impl Into<Work>) -> Self {
        self.with(Scheduled::every(interval, work))
    }

    /// Checks the schedule at the start: fails if an entry has times, a time zone, a task, arguments or a job that do not exist.
    pub fn check(&self, tasks: &Tasks, jobs: &Jobs) -> Result<(), ScheduleError> {
        plan::parse(&self.entries, tasks, jobs).map(drop)
    }

    /// The entries as they are fired. Fails as [`check`](Self::check) does.
    pub(crate) fn plan(&self, tasks: &Tasks, jobs: &Jobs) -> Result<Vec<Planned>, ScheduleError> {
        plan::parse(&self.entries, tasks, jobs)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::{
        context::AppContext,
        error::Result,
        jobs::{Job, JobContext, JobError, Key},
        task::Task,
    };

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

    #[derive(serde::Serialize, serde::Deserialize)]
    struct Digest {}

    impl Job for Digest {
        const NAME: &'static str = "digest";

        fn key(&self) -> Key {
            Key::none()
        }

        async fn run(&self, _: &JobContext) -> Result<(), JobError> {
            Ok(())
        }
    }

    #[test]
    fn mistakes_are_found_at_the_start() {
        let tasks = Tasks::new().add::<Tidy>();
        let message = |schedule: Schedule| {
            let refused = schedule.check(&tasks, &Jobs::new());
            refused.expect_err("refused").to_string()
        };
        assert!(message(Schedule::new().daily("3 am", "attic:tidy")).contains("`03:00`"));
        assert!(message(Schedule::new().daily("03:00", "attic:tydi")).contains("attic:tydi"));
        assert!(message(Schedule::new().every(Duration::ZERO, "attic:tidy")).contains("of 0s"));
        assert!(message(Schedule::new().daily("03:00", "attic:tidy kept:7")).contains("kept:7"));
        assert!(message(Schedule::new().cron("0 3 * *", "attic:tidy")).contains("`0 3 * *`"));
        assert!(message(Schedule::new().cron("0 3 * * *", Digest {})).contains("`digest`"));
        let all = Schedule::new()
            .every(Duration::from_hours(1), "attic:tidy")
            .daily("03:00", "attic:tidy keep:7")
            .cron("0 3 * * *", Digest {})
            .with(Scheduled::at_start(Digest {}));
        assert!(all.check(&tasks, &Jobs::new().add::<Digest>()).is_ok());
    }

    #[test]
    fn entries_with_the_same_work_have_names_of_their_own() {
        let schedule = Schedule::new()
            .daily("03:00", Digest {})
            .daily("15:00", Digest {})
            .daily("18:00", Digest {});
        let plan = schedule.plan(&Tasks::new(), &Jobs::new().add::<Digest>());
        let names: Vec<_> = plan
            .expect("a plan")
            .into_iter()
            .map(|one| one.name)
            .collect();
        assert_eq!(names, ["digest", "digest (2)", "digest (3)"]);
    }
}
