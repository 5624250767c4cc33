//! Jobs and the list of an application's jobs.

use std::{collections::BTreeMap, pin::Pin};

use serde::{Serialize, de::DeserializeOwned};
use tokio::time::{Duration, Instant};

use crate::{
    context::AppContext,
    error::{Error, Result},
    queue::Message,
};

/// A background job. Its fields are its arguments.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a job",
    label = "does not implement `Job`",
    note = "derive `Serialize` and `Deserialize`, and write `impl Job for {Self}` with a `NAME` and `async fn run(&self, ctx: &AppContext) -> Result<()>`"
)]
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The name in the queue. Waiting jobs are found by it, so it must not change from one release to the next.
    const NAME: &'static str;

    /// The maximum number of attempts, at least 1. Default 5.
    const MAX_ATTEMPTS: u32 = 5;

    /// Runs the job.
    fn run(&self, ctx: &AppContext) -> impl Future<Output = Result<()>> + Send;

    /// Enqueues the job to run as soon as possible.
    fn enqueue(&self, ctx: &AppContext) -> Result<()> {
        self.enqueue_in(ctx, Duration::ZERO)
    }

    /// Enqueues the job to run after `delay`.
    fn enqueue_in(&self, ctx: &AppContext, delay: Duration) -> Result<()> {
        let message = Message {
            name: Self::NAME.to_owned(),
            payload: serde_json::to_vec(self)?,
            attempts: 0,
        };
        ctx.queue.push(message, Instant::now() + delay);
        Ok(())
    }
}

type Run =
    for<'a> fn(&'a AppContext, &'a [u8]) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// The list of an application's jobs.
#[derive(Default)]
pub struct Jobs {
    by_name: BTreeMap<&'static str, Registered>,
    duplicate: Option<&'static str>,
}

#[derive(Clone, Copy)]
pub(super) struct Registered {
    pub(super) max_attempts: u32,
    pub(super) run: Run,
}

/// An error of a list of jobs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JobsError {
    /// Two jobs have the same name.
    #[error("two jobs are called `{name}`\nhint: give each `Job::NAME` a value of its own")]
    Duplicate {
        /// The name.
        name: &'static str,
    },
}

impl From<JobsError> for Error {
    fn from(error: JobsError) -> Self {
        Self::internal(error)
    }
}

impl Jobs {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a job.
    #[must_use]
    pub fn add<J: Job>(mut self) -> Self {
        let registered = Registered {
            max_attempts: J::MAX_ATTEMPTS.max(1),
            run: run::<J>,
        };
        if self.by_name.insert(J::NAME, registered).is_some() {
            self.duplicate = Some(J::NAME);
        }
        self
    }

    /// Adds all jobs of another list.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        for (name, job) in other.by_name {
            if self.by_name.insert(name, job).is_some() {
                self.duplicate = Some(name);
            }
        }
        self.duplicate = self.duplicate.or(other.duplicate);
        self
    }

    /// Checks the list. Fails if two jobs have the same name.
    pub fn check(&self) -> Result<(), JobsError> {
        match self.duplicate {
            Some(name) => Err(JobsError::Duplicate { name }),
            None => Ok(()),
        }
    }

    pub(super) fn find(&self, name: &str) -> Option<Registered> {
        self.by_name.get(name).copied()
    }
}

fn run<'a, J: Job>(
    ctx: &'a AppContext,
    payload: &'a [u8],
) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>> {
    Box::pin(async move {
        let job: J = serde_json::from_slice(payload)?;
        job.run(ctx).await
    })
}
