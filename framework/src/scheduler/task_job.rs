//! The job that runs a scheduled task.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use serde::{Deserialize, Serialize};

use crate::{
    error::Error,
    jobs::{Job, JobContext, JobError, Key, Retry},
    task::Tasks,
};

/// The job that runs a scheduled task.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct TaskJob {
    /// The task and its arguments, separated by spaces.
    pub(super) command_line: String,
}

impl TaskJob {
    pub(super) fn new(words: &[String]) -> Self {
        Self {
            command_line: words.join(" "),
        }
    }
}

impl Job for TaskJob {
    const NAME: &'static str = "fw:task";

    /// Tries are for processes that are killed; a task that fails runs again at its next time.
    const RETRY: Retry = Retry::times(3);

    /// Enough for a large backup.
    const TIMEOUT: Duration = Duration::from_hours(24);

    /// Runs of a task do not overlap.
    fn key(&self) -> Key {
        Key::unfinished(&self.command_line)
    }

    async fn run(&self, job: &JobContext) -> Result<(), JobError> {
        let task = self.command_line.as_str();
        let words: Vec<_> = task.split_whitespace().map(str::to_owned).collect();
        let (Some(tasks), Some((name, arguments))) = (job.get::<Tasks>(), words.split_first())
        else {
            return Err(JobError::discard("the application has no such task"));
        };
        tracing::info!(task, "scheduled task begins");
        // Also one that another release has scheduled, which does not exist here, has failed. State that a panic left half-changed is
        // not reachable afterwards.
        let run = AssertUnwindSafe(tasks.run(name, arguments, job)).catch_unwind();
        let result = run.await;
        match result.unwrap_or_else(|_| Err(Error::internal("the task panicked"))) {
            Ok(()) => {
                tracing::info!(task, "scheduled task done");
                Ok(())
            }
            Err(error) => {
                tracing::error!(task, error = error.chain(), "scheduled task failed");
                Err(JobError::discard(error))
            }
        }
    }
}
