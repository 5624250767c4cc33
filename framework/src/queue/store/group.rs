//! Batches: groups of jobs with a job that runs when all of them have ended.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    id::{BatchId, JobId},
    job::{Enqueued, NewJob},
};

/// A batch that is to be created, with its jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBatch {
    /// The id.
    pub id: BatchId,
    /// A description, for people.
    pub description: String,
    /// The jobs. Those that exist already, by their keys, do not become part of it.
    pub jobs: Vec<NewJob>,
    /// A job that is blocked until all jobs of the batch are done, dead or cancelled.
    pub callback: Option<NewJob>,
}

impl NewBatch {
    /// The jobs, as parts of the batch.
    pub(super) fn members(&self) -> impl Iterator<Item = NewJob> {
        self.jobs.iter().map(|job| NewJob {
            batch: Some(self.id),
            ..job.clone()
        })
    }
}

/// The outcome of creating a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchCreated {
    /// The outcome of each job, in their order.
    pub jobs: Vec<Enqueued>,
    /// The outcome of the callback.
    pub callback: Option<Enqueued>,
}

/// A batch as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BatchRecord {
    /// The id.
    pub id: BatchId,
    /// A description, for people.
    pub description: String,
    /// The number of its jobs.
    pub total: u32,
    /// The number of those that have not ended.
    pub pending: u32,
    /// The number of those that are dead or cancelled.
    pub failed: u32,
    /// The job that runs at its end.
    pub callback: Option<JobId>,
    /// The time at which it was created.
    pub created_at: DateTime<Utc>,
    /// The time at which its last job ended. A job that is replayed afterwards does not change it.
    pub finished_at: Option<DateTime<Utc>>,
}
