//! The list of an application's jobs.

use std::{collections::BTreeMap, time::Duration};

use futures_util::future::BoxFuture;

use super::{Job, JobContext, JobError, Retry};
use crate::error::Error;

/// The length of the longest name of a job, in bytes.
const MAX_NAME_BYTES: usize = 100;

/// The list of an application's jobs.
#[derive(Clone, Default)]
pub struct Jobs {
    by_name: BTreeMap<&'static str, Registered>,
    duplicate: Option<&'static str>,
}

/// A job of the list. It is not generic, so what runs jobs is compiled once, however many there are.
#[derive(Clone, Copy)]
pub(super) struct Registered {
    pub(super) queue: &'static str,
    pub(super) retry: Retry,
    pub(super) timeout: Duration,
    pub(super) run: Run,
}

/// Decodes the arguments and runs the job.
type Run = for<'a> fn(&'a JobContext, &'a str) -> BoxFuture<'a, Result<(), JobError>>;

/// An error of a list of jobs, which stops the start.
///
/// ```
/// use fw::jobs::JobsError;
///
/// let error = JobsError::Duplicate { name: "welcome" };
/// assert!(error.to_string().starts_with("two jobs are called `welcome`"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JobsError {
    /// Two jobs have the same name.
    #[error("two jobs are called `{name}`\nhint: give each `Job::NAME` a value of its own")]
    Duplicate {
        /// The name.
        name: &'static str,
    },
    /// A name that is empty or too long.
    #[error("a job is called `{name}`\nhint: give its `Job::NAME` 1 to 100 characters")]
    Name {
        /// The name.
        name: &'static str,
    },
    /// A job whose queue is not configured.
    #[error(
        "the job `{name}` is for the queue `{queue}`, which does not exist\nhint: the queues are {queues}; add `[jobs.queues.{queue}]` to the configuration, or change its `Job::QUEUE`"
    )]
    Queue {
        /// The name of the job.
        name: &'static str,
        /// Its queue.
        queue: &'static str,
        /// The queues that exist.
        queues: String,
    },
}

impl From<JobsError> for Error {
    #[track_caller]
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
            queue: J::QUEUE,
            retry: J::RETRY,
            timeout: J::TIMEOUT,
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

    /// Checks the list. Fails if two jobs have the same name, or if one is empty or too long.
    pub fn check(&self) -> Result<(), JobsError> {
        if let Some(name) = self.duplicate {
            return Err(JobsError::Duplicate { name });
        }
        let mut names = self.by_name.keys();
        match names.find(|name| name.is_empty() || name.len() > MAX_NAME_BYTES) {
            Some(name) => Err(JobsError::Name { name }),
            None => Ok(()),
        }
    }

    /// Checks that the queue of each job is one of `queues`.
    pub(crate) fn check_queues<V>(&self, queues: &BTreeMap<String, V>) -> Result<(), JobsError> {
        for (name, job) in &self.by_name {
            if !queues.contains_key(job.queue) {
                return Err(JobsError::Queue {
                    name,
                    queue: job.queue,
                    queues: super::enqueue::list(queues),
                });
            }
        }
        Ok(())
    }

    /// The names of the jobs, in alphabetical order.
    pub fn names(&self) -> Vec<&'static str> {
        self.by_name.keys().copied().collect()
    }

    pub(super) fn find(&self, name: &str) -> Option<Registered> {
        self.by_name.get(name).copied()
    }
}

fn run<'a, J: Job>(
    context: &'a JobContext,
    arguments: &'a str,
) -> BoxFuture<'a, Result<(), JobError>> {
    Box::pin(async move {
        // Another release may be able to read them, so this is tried again like any other failure.
        let job: J = serde_json::from_str(arguments).map_err(|error| {
            JobError::retry(format!(
                "the arguments of `{}` cannot be decoded: {error}",
                J::NAME
            ))
        })?;
        if let Some(limit) = job.limit() {
            context.admit(&limit).await?;
        }
        job.run(context).await
    })
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::jobs::Key;

    #[derive(Serialize, Deserialize)]
    struct Greet {}

    impl Job for Greet {
        const NAME: &'static str = "greet";
        const QUEUE: &'static str = "letters";

        fn key(&self) -> Key {
            Key::none()
        }

        async fn run(&self, _: &JobContext) -> Result<(), JobError> {
            Ok(())
        }
    }

    #[test]
    fn two_jobs_of_one_name_are_refused() {
        let twice = Jobs::new().add::<Greet>().add::<Greet>();
        let message = twice.check().expect_err("refused").to_string();
        assert!(message.contains("`greet`"), "{message}");
        let merged = Jobs::new().add::<Greet>().merge(Jobs::new().add::<Greet>());
        assert!(merged.check().is_err());
        assert!(Jobs::new().add::<Greet>().check().is_ok());
    }

    #[test]
    fn a_queue_that_is_not_configured_is_refused() {
        let jobs = Jobs::new().add::<Greet>();
        let queues = |names: [&str; 2]| names.map(|name| (name.to_owned(), 1)).into();
        let known: BTreeMap<String, u32> = queues(["default", "mail"]);
        let message = jobs.check_queues(&known).expect_err("refused").to_string();
        assert!(message.contains("`letters`"), "{message}");
        assert!(message.contains("`default`, `mail`"), "{message}");
        assert!(jobs.check_queues(&queues(["default", "letters"])).is_ok());
    }
}
