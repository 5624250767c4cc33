//! An entry of a schedule: its times, its work and its options.

use std::{fmt, time::Duration};

use crate::{
    config::duration,
    jobs::{Job, Recurring},
};

/// An entry of a schedule: a job or a task, with its times.
///
/// ```
/// use std::time::Duration;
/// use fw::{prelude::*, scheduler::{Missed, Scheduled}};
///
/// let schedule = Schedule::new()
///     .with(Scheduled::daily("03:00", "db:backup").missed(Missed::Once))
///     .with(Scheduled::every(Duration::from_secs(60), "feeds:fetch"))
///     .with(Scheduled::at_start("cache:warm"));
/// ```
#[derive(Debug)]
#[must_use = "it does nothing outside of a schedule: see `Schedule::with`"]
pub struct Scheduled {
    pub(super) when: When,
    pub(super) work: Work,
    pub(super) zone: &'static str,
    pub(super) missed: Missed,
}

/// The treatment of firings that no process was there for: those that were due more than a minute before a process started.
///
/// ```
/// use fw::scheduler::Missed;
///
/// assert_eq!(Missed::default(), Missed::Skip);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missed {
    /// They are left out.
    #[default]
    Skip,
    /// One firing makes up for all of them.
    Once,
    /// Each happens, one after another.
    All,
}

/// The work of an entry: a [`Job`], or a task as on the command line, such as `"db:backup keep:14"`.
///
/// ```
/// use fw::scheduler::Work;
///
/// let backup: Work = "db:backup keep:14".into();
/// ```
#[derive(Debug)]
pub struct Work(pub(super) Kind);

#[derive(Debug)]
pub(super) enum Kind {
    Job(Recurring),
    /// The name of a task and its arguments.
    Task(Vec<String>),
}

impl From<&str> for Work {
    fn from(command_line: &str) -> Self {
        let words = command_line.split_whitespace().map(str::to_owned);
        Self(Kind::Task(words.collect()))
    }
}

impl<J: Job> From<J> for Work {
    fn from(job: J) -> Self {
        Self(Kind::Job(Recurring::new(job)))
    }
}

/// The times of an entry, as they are written. They are parsed when the application starts.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    Cron(&'static str),
    /// `HH:MM`.
    Daily(&'static str),
    Every(Duration),
    AtStart,
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cron(expression) => write!(f, "cron {expression}"),
            Self::Daily(time) => write!(f, "daily {time}"),
            Self::Every(interval) => write!(f, "every {}", duration::format(*interval)),
            Self::AtStart => f.write_str("at start"),
        }
    }
}

impl Scheduled {
    /// Work at the times of a cron expression: minute, hour, day of the month, month and day of the week, with seconds before them if
    /// there are six fields.
    ///
    /// | a field has | which means |
    /// |---|---|
    /// | `*` | every value |
    /// | `5`, `MON`, `JAN` | a value: a number, or the first three letters of a month or a day. 0 and 7 are Sunday |
    /// | `8-18` | all values from one to another |
    /// | `*/15`, `8-18/2` | every fifteenth, every second of them |
    /// | `0,30` | several of these |
    ///
    /// If both days are restricted, one of them must match, as in every cron; a field that begins with `*` is no restriction. `@yearly`,
    /// `@monthly`, `@weekly`, `@daily` and `@hourly` are short for the usual ones.
    ///
    /// ```
    /// use fw::prelude::*;
    ///
    /// let schedule = Schedule::new()
    ///     .cron("*/15 8-18 * * MON-FRI", "feeds:fetch")
    ///     .cron("0 0 1 JAN,APR,JUL,OCT *", "reports:quarter")
    ///     .cron("@weekly", "drafts:prune");
    /// ```
    pub fn cron(expression: &'static str, work: impl Into<Work>) -> Self {
        Self::new(When::Cron(expression), work)
    }

    /// Work on each day at `time`, hours and minutes.
    pub fn daily(time: &'static str, work: impl Into<Work>) -> Self {
        Self::new(When::Daily(time), work)
    }

    /// Work at every `interval`, from a millisecond to ten years. The first time comes one `interval` after an application with this entry has started
    /// for the first time; later starts change nothing.
    pub fn every(interval: Duration, work: impl Into<Work>) -> Self {
        Self::new(When::Every(interval), work)
    }

    /// Work at the start of a process that runs jobs. Those that start within a minute, as in a deployment, count as one.
    pub fn at_start(work: impl Into<Work>) -> Self {
        Self::new(When::AtStart, work)
    }

    fn new(when: When, work: impl Into<Work>) -> Self {
        Self {
            when,
            work: work.into(),
            zone: "UTC",
            missed: Missed::default(),
        }
    }

    /// Sets the time zone of the times, such as `Europe/Berlin`, instead of UTC. It needs the Cargo feature `time-zones`, and does not
    /// concern intervals.
    ///
    /// When clocks are set forward, a time of day that does not exist is the first moment after the gap. When they are set back, a time
    /// of day that comes twice is the first of the two. Cron expressions whose hours begin with `*` have no times of day: they go on as
    /// time does.
    pub fn zone(self, zone: &'static str) -> Self {
        Self { zone, ..self }
    }

    /// Sets the treatment of missed firings, instead of [`Missed::Skip`].
    pub fn missed(self, missed: Missed) -> Self {
        Self { missed, ..self }
    }
}
