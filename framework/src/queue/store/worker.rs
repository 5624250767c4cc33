//! Workers: processes that run jobs, and their leases.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::id::WorkerId;

/// A worker: a process that runs jobs. It owns the jobs that it runs while its lease lasts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "JobWorker"))]
pub struct Worker {
    /// The id, a new one for each start of a process and each time that a lease was lost.
    pub id: WorkerId,
    /// The host and process, for people.
    pub host: String,
    /// The queues that it takes jobs from.
    pub queues: Vec<String>,
    /// The time at which it was registered.
    pub started_at: DateTime<Utc>,
    /// The end of its lease.
    pub lease_until: DateTime<Utc>,
}

/// The outcome of a heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// The lease is extended.
    Alive,
    /// The lease is lost, for ever: others may run its jobs. The worker aborts them and registers with a new id.
    Lost,
}
