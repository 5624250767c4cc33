//! The section `[jobs]`: background jobs.

use serde::{Deserialize, Serialize};

use super::{Checks, Section};

/// The section `[jobs]`: background jobs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JobsConfig {
    /// The number of jobs that a server runs at once, 1–1000. Default 4.
    pub workers: usize,
}

impl Default for JobsConfig {
    fn default() -> Self {
        Self { workers: 4 }
    }
}

impl Section for JobsConfig {
    fn check(&self, checks: &mut Checks) {
        checks.range("jobs.workers", &self.workers, 1..=1000);
    }
}
