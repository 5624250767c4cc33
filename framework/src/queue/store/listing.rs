//! Jobs as they are listed, shown and counted.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    id::{BatchId, JobId},
    job::{JobRecord, State},
    run::RunError,
    worker::Worker,
};

/// A filter of jobs. The default matches every job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Jobs in one of these states; in any if there is none.
    pub states: Vec<State>,
    /// Jobs of this queue.
    pub queue: Option<String>,
    /// Jobs of this name.
    pub name: Option<String>,
    /// Jobs of this batch.
    pub batch: Option<BatchId>,
    /// Jobs that have ended before this time.
    pub finished_before: Option<DateTime<Utc>>,
}

/// A page of a list of jobs, which has the greatest id, that is the newest job, first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Only jobs with smaller ids than this one: the last of the page before.
    pub before: Option<JobId>,
    /// The maximum number of jobs.
    pub limit: u32,
}

/// A job with its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct JobDetail {
    /// The job.
    pub job: JobRecord,
    /// The errors of its runs, oldest first, those before a replay included.
    pub errors: Vec<RunError>,
    /// The results of its steps, by their names.
    pub steps: BTreeMap<String, String>,
}

/// The numbers of a store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "JobStats"))]
pub struct Stats {
    /// The numbers of each queue that has jobs or is paused, by name.
    pub queues: BTreeMap<String, QueueStats>,
    /// The number of ready jobs by name that the asking process does not know. They wait for a process that does.
    pub unknown: BTreeMap<String, u64>,
    /// The workers whose lease is not lost.
    pub workers: Vec<Worker>,
}

/// The numbers of a queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "JobQueueStats"))]
pub struct QueueStats {
    /// The number of its jobs in each state that has any.
    pub states: BTreeMap<State, u64>,
    /// The time from which the oldest of its ready jobs could have run.
    pub oldest_ready: Option<DateTime<Utc>>,
    /// Whether it is paused.
    pub paused: bool,
}

impl Stats {
    /// The number of jobs in a state, in all queues.
    pub fn count(&self, state: State) -> u64 {
        self.queues
            .values()
            .filter_map(|queue| queue.states.get(&state))
            .sum()
    }
}

/// The time for which jobs that have ended are kept, from their end on; `None` is for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Jobs that have succeeded.
    pub done: Option<Duration>,
    /// Dead letters.
    pub dead: Option<Duration>,
    /// Cancelled jobs.
    pub cancelled: Option<Duration>,
}

impl Retention {
    /// The retention of a final state.
    pub fn of(&self, state: State) -> Option<Duration> {
        match state {
            State::Done => self.done,
            State::Dead => self.dead,
            State::Cancelled => self.cancelled,
            _ => None,
        }
    }
}

/// The outcome of cancelling a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// It was cancelled in this state. If it was running, its worker hears of it by [`Store::held`](super::Store::held).
    From(State),
    /// It had ended before, in this state.
    Ended(State),
    /// There is no such job.
    Missing,
}

/// The outcome of replaying a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replayed {
    /// It is in this state now, with all its attempts before it: ready, or blocked by the job before it in a chain.
    As(State),
    /// It is neither dead nor cancelled, but in this state.
    Not(State),
    /// Another job that waits or runs has its key.
    KeyTaken(JobId),
    /// There is no such job.
    Missing,
}
