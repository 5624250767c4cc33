//! The runs of jobs: claims, fences, and the settlements that end them.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    id::{JobId, WorkerId},
    job::{JobRecord, State},
};

/// The number of lost workers after which a job is dead: it is likely that it has killed them.
pub const MAX_RESCUES: u32 = 3;

/// The maximum number of settlements of one call, so that a store on a server may treat them in one short step.
pub const MAX_BATCH: usize = 100;

/// A claim: a request for jobs to run.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// The worker that will run them.
    pub worker: WorkerId,
    /// The queue that they are taken from.
    pub queue: &'a str,
    /// The names of the jobs that the worker knows. Others wait for a worker that knows them.
    pub names: &'a [String],
    /// The maximum number of jobs.
    pub limit: u32,
}

/// A fence: it names one run of a job, so that whoever has lost the job cannot act on its next run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Fence {
    /// The job.
    pub id: JobId,
    /// The token of the run, [`JobRecord::token`].
    pub token: u64,
}

impl JobRecord {
    /// The fence of the present run.
    pub fn fence(&self) -> Fence {
        Fence {
            id: self.id,
            token: self.token,
        }
    }
}

/// A settlement: the end of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The run.
    pub fence: Fence,
    /// The outcome.
    pub outcome: Outcome,
}

/// The outcome of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The job is done.
    Done {
        /// Its result, as JSON.
        result: Option<String>,
    },
    /// The run has failed, and the job is to run again. It is dead if this was its last attempt.
    Retry {
        /// The time of the next run.
        at: DateTime<Utc>,
        /// The error.
        error: String,
    },
    /// The job is to run again later, at no cost of an attempt.
    Snooze {
        /// The time of the next run.
        at: DateTime<Utc>,
    },
    /// The worker cannot finish the run. The job is ready again, at no cost of an attempt.
    HandBack,
    /// The job has failed for good, whatever attempts are left.
    Dead {
        /// The error.
        error: String,
    },
    /// The job is not needed any more: it is cancelled.
    Discard {
        /// The reason.
        reason: String,
    },
}

/// The effect of a settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The job is in this state now.
    As(State),
    /// Nothing was settled: the run is not the job's present one any more, as its worker was lost, or it was settled or cancelled
    /// before. Its effects may happen again elsewhere.
    Lost,
}

/// A run of a job that has failed, or whose worker was lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "JobError"))]
pub struct RunError {
    /// The token of the run.
    pub token: u64,
    /// The number of the attempt.
    pub attempt: u32,
    /// The time of the failure.
    pub at: DateTime<Utc>,
    /// The state that the job went to.
    pub state: State,
    /// The error.
    pub error: String,
}

/// A job that was taken from a lost worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rescued {
    /// The job.
    pub id: JobId,
    /// Its queue.
    pub queue: String,
    /// Its name.
    pub name: String,
    /// The worker that was lost.
    pub worker: WorkerId,
    /// Its state now: ready, or dead.
    pub state: State,
}
