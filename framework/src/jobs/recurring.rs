//! A job that is enqueued again and again, as by a schedule.

use std::{fmt, sync::Arc};

use super::{
    Job,
    enqueue::{Draft, EnqueueError},
    job::draft_of,
    origin::Origin,
};
use crate::queue::{Queue, store::NewJob};

/// A job that is enqueued again and again, as by a schedule. It is not generic, so what enqueues it is compiled once.
#[derive(Clone)]
pub(crate) struct Recurring {
    name: &'static str,
    draft: Arc<dyn Fn() -> Draft + Send + Sync>,
}

impl Recurring {
    pub(crate) fn new<J: Job>(job: J) -> Self {
        Self {
            name: J::NAME,
            draft: Arc::new(move || draft_of(&job)),
        }
    }

    /// The name of the kind of job.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// The record of one more such job, with an id and a key of its own. Fails if it is not accepted.
    pub(crate) fn record(&self, queue: &Queue) -> Result<NewJob, EnqueueError> {
        (self.draft)().checked(queue, queue.now(), &Origin::current())
    }
}

impl fmt::Debug for Recurring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recurring({})", self.name)
    }
}
