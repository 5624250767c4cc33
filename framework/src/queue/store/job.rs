//! A job as it is enqueued, and as it is stored.

use std::{fmt, ops::RangeInclusive, str::FromStr, time::Duration};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::id::{BatchId, JobId, WorkerId};

/// The priorities that a job may have; jobs of a higher one run first. They fit, with the time, into the score of a sorted set of
/// Redis.
pub const PRIORITIES: RangeInclusive<i16> = -100..=100;

/// The maximum size of a job's arguments, in bytes of JSON: 256 KiB.
pub const MAX_ARGUMENTS: usize = 256 * 1024;

/// A job that is to be enqueued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewJob {
    /// The id. A job with this id that is there already is not enqueued again.
    pub id: JobId,
    /// The queue.
    pub queue: String,
    /// The name of the kind of job, `Job::NAME`.
    pub name: String,
    /// The arguments, as JSON. A store does not read them.
    pub args: String,
    /// The priority, within [`PRIORITIES`].
    pub priority: i16,
    /// The time before which it does not run.
    pub run_at: DateTime<Utc>,
    /// The number of runs that may fail before it goes to the dead letters; at least 1.
    pub max_attempts: u32,
    /// The key that makes it unique among the jobs of its name.
    pub key: Option<Key>,
    /// The batch that it is part of. The batch must be there, and not finished.
    pub batch: Option<BatchId>,
    /// The job before it in a chain: this one is blocked until that one is done, and cancelled with it.
    pub after: Option<JobId>,
    /// Replaces the arguments by `null` when the job is done.
    pub erase_args: bool,
    /// Data of whoever enqueued it, as JSON, such as the request id and the trace context. A store does not read them.
    pub meta: Option<String>,
}

impl NewJob {
    /// A job that is due at `run_at`: of normal priority, for five attempts, without a key.
    pub fn new(
        id: JobId,
        queue: impl Into<String>,
        name: impl Into<String>,
        args: impl Into<String>,
        run_at: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            queue: queue.into(),
            name: name.into(),
            args: args.into(),
            priority: 0,
            run_at,
            max_attempts: 5,
            key: None,
            batch: None,
            after: None,
            erase_args: false,
            meta: None,
        }
    }
}

/// A key that makes a job unique among the jobs of the same name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "JobKey"))]
pub struct Key {
    /// The key itself.
    pub value: String,
    /// The time for which it is taken.
    pub scope: KeyScope,
}

/// The time for which a key is taken, from the moment at which a job is enqueued with it.
///
/// Whatever the scope, deleting a job that was never claimed releases its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "JobKeyScope"))]
pub enum KeyScope {
    /// For ever, beyond the retention of the job.
    Once,
    /// While the job waits or runs: until it is done, dead or cancelled.
    Live,
    /// For a period from when it is enqueued, whatever becomes of the job.
    Period(Duration),
}

/// The outcome of enqueuing a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Enqueued {
    /// The job is in the store now.
    New(JobId),
    /// Another job has its key, or it was there before; this is the id of that one. Nothing was enqueued.
    Existing(JobId),
}

impl Enqueued {
    /// The id of the job that is in the store.
    pub fn id(self) -> JobId {
        match self {
            Self::New(id) | Self::Existing(id) => id,
        }
    }

    /// Returns true if the job was not there before.
    pub fn is_new(self) -> bool {
        matches!(self, Self::New(_))
    }
}

macro_rules! states {
    ($($(#[$doc:meta])* $state:ident = $text:literal,)*) => {
        /// The state of a job.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "openapi", schemars(rename = "JobState"))]
        pub enum State {
            $($(#[$doc])* $state,)*
        }

        impl State {
            /// All states, in the order of a job's life.
            pub const ALL: &[Self] = &[$(Self::$state,)*];

            /// The name, as it is stored and written.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$state => $text,)*
                }
            }
        }
    };
}

states! {
    /// It waits for another job, or for the end of a batch.
    Blocked = "blocked",
    /// It waits for its time.
    Scheduled = "scheduled",
    /// It waits for a worker.
    Ready = "ready",
    /// A worker runs it.
    Running = "running",
    /// It has succeeded.
    Done = "done",
    /// It has failed for good: a dead letter, which is kept until it is replayed or deleted.
    Dead = "dead",
    /// It was cancelled, or has discarded itself.
    Cancelled = "cancelled",
}

impl State {
    /// Returns true if the job has ended: it is done, dead or cancelled.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Dead | Self::Cancelled)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let state = Self::ALL.iter().find(|state| state.as_str() == text);
        state.copied().ok_or_else(|| UnknownState(text.to_owned()))
    }
}

/// The error of a text that names no state.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is no state of a job\nhint: blocked, scheduled, ready, running, done, dead, cancelled"
)]
pub struct UnknownState(String);

/// A job as it is stored. Times are to the microsecond.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct JobRecord {
    /// The id.
    pub id: JobId,
    /// The queue.
    pub queue: String,
    /// The name of the kind of job.
    pub name: String,
    /// The arguments, as JSON.
    pub args: String,
    /// The priority.
    pub priority: i16,
    /// The state.
    pub state: State,
    /// The time from which it may run.
    pub run_at: DateTime<Utc>,
    /// The number of runs that count, the present one included: those that were handed back or snoozed do not.
    pub attempt: u32,
    /// The number of attempts that it has.
    pub max_attempts: u32,
    /// The number of workers that were lost while they ran it, since a run of it last ended by itself.
    pub rescues: u32,
    /// The number of times that it was claimed: the fencing token of the present run, if there is one.
    pub token: u64,
    /// The worker that runs it.
    pub worker: Option<WorkerId>,
    /// The start of the last run.
    pub started_at: Option<DateTime<Utc>>,
    /// The time since which it is done, dead or cancelled.
    pub finished_at: Option<DateTime<Utc>>,
    /// The result of the run that has succeeded, as JSON.
    pub result: Option<String>,
    /// The progress that the last run has reported, in thousandths.
    pub progress: Option<u16>,
    /// The key.
    pub key: Option<Key>,
    /// The batch that it is part of.
    pub batch: Option<BatchId>,
    /// The job before it in a chain.
    pub after: Option<JobId>,
    /// Whether its arguments are erased when it is done.
    pub erase_args: bool,
    /// Data of whoever enqueued it, as JSON.
    pub meta: Option<String>,
    /// The time at which it was enqueued.
    pub created_at: DateTime<Utc>,
}
