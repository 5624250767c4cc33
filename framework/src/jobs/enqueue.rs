//! Enqueuing jobs: what is stored of a job, and what is refused.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

pub use crate::queue::store::{Enqueued, JobId};

use super::{Key, Limit, key::Scope, origin::Origin};
use crate::{
    context::AppContext,
    db::Transaction,
    error::{Error, Result},
    queue::{
        Queue,
        store::{self, BatchId, Executor, KeyScope, MAX_ARGUMENTS, NewJob, PRIORITIES},
    },
};

/// The furthest time in the future that a job may be enqueued for.
const FURTHEST: TimeDelta = TimeDelta::days(3653);

/// The time from which on a job may run.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    Now,
    At(DateTime<Utc>),
    After(Duration),
}

/// A job as it is handed to the queue, unchecked. It is not generic, so what follows is compiled once.
pub(super) struct Draft {
    pub(super) name: &'static str,
    pub(super) queue: &'static str,
    pub(super) priority: i16,
    pub(super) when: When,
    pub(super) max_attempts: u32,
    pub(super) erase_arguments: bool,
    pub(super) key: Key,
    pub(super) limit: Option<Limit>,
    /// The batch that it becomes part of.
    pub(super) batch: Option<BatchId>,
    /// Whether it waits for the job before it in the same call.
    pub(super) follows: bool,
    pub(super) arguments: Result<String, serde_json::Error>,
}

impl Draft {
    /// Checks the job and makes the record that is stored.
    pub(super) fn checked(
        self,
        queue: &Queue,
        now: DateTime<Utc>,
        origin: &Origin,
    ) -> Result<NewJob, EnqueueError> {
        let name = self.name;
        if !queue.knows(name) {
            return Err(EnqueueError::NotRegistered { name });
        }
        if !queue.queues().contains_key(self.queue) {
            return Err(EnqueueError::UnknownQueue {
                name,
                queue: self.queue,
                queues: list(queue.queues()),
            });
        }
        if !PRIORITIES.contains(&self.priority) {
            return Err(EnqueueError::Priority {
                name,
                priority: self.priority,
            });
        }
        if let Some(limit) = &self.limit {
            if !queue.has_limits() {
                return Err(EnqueueError::NoLimits { name });
            }
            if !limit.has_key() {
                return Err(EnqueueError::LimitKey { name });
            }
        }
        let run_at = match self.when {
            When::Now => Some(now),
            When::At(time) => Some(time.max(now)),
            When::After(delay) => TimeDelta::from_std(delay)
                .ok()
                .and_then(|delay| now.checked_add_signed(delay)),
        };
        let run_at = run_at
            .filter(|time| *time - now <= FURTHEST)
            .ok_or(EnqueueError::Time { name })?;
        let args = self
            .arguments
            .map_err(|source| EnqueueError::Encode { name, source })?;
        if args.len() > MAX_ARGUMENTS {
            let bytes = args.len();
            return Err(EnqueueError::TooLarge { name, bytes });
        }
        Ok(NewJob {
            id: JobId::new(),
            queue: self.queue.to_owned(),
            name: name.to_owned(),
            args,
            priority: self.priority,
            run_at,
            max_attempts: self.max_attempts,
            key: checked_key(name, self.key)?,
            batch: self.batch,
            after: None,
            erase_args: self.erase_arguments,
            meta: origin.to_meta(),
        })
    }
}

fn checked_key(name: &'static str, key: Key) -> Result<Option<store::Key>, EnqueueError> {
    let Some((value, scope)) = key.0 else {
        return Ok(None);
    };
    if value.is_empty() || value.len() > Key::MAX_BYTES {
        return Err(EnqueueError::Key { name });
    }
    let scope = match scope {
        Scope::Forever => KeyScope::Once,
        Scope::Unfinished => KeyScope::Live,
        Scope::Period(period) if period.is_zero() => return Err(EnqueueError::Key { name }),
        Scope::Period(period) => KeyScope::Period(period),
    };
    Ok(Some(store::Key { value, scope }))
}

pub(super) async fn one(ctx: &AppContext, draft: Draft) -> Result<Enqueued> {
    first(many(ctx, Executor::Db(&ctx.db), vec![draft]).await?)
}

pub(super) async fn one_in(
    ctx: &AppContext,
    transaction: &Transaction,
    draft: Draft,
) -> Result<Enqueued> {
    first(many(ctx, Executor::Transaction(transaction), vec![draft]).await?)
}

fn first(outcomes: Vec<Enqueued>) -> Result<Enqueued> {
    let first = outcomes.into_iter().next();
    first.ok_or_else(|| Error::internal("the store of jobs did not say what became of a job"))
}

pub(super) async fn many(
    ctx: &AppContext,
    executor: Executor<'_>,
    drafts: Vec<Draft>,
) -> Result<Vec<Enqueued>> {
    let jobs = records(&ctx.queue, drafts)?;
    Ok(ctx.queue.enqueue(executor, &jobs).await?)
}

/// Checks jobs and makes the records that are stored. Those that follow another one wait for it.
pub(super) fn records(queue: &Queue, drafts: Vec<Draft>) -> Result<Vec<NewJob>, EnqueueError> {
    let now = queue.now();
    let mut origin = Origin::current();
    let mut jobs: Vec<NewJob> = Vec::with_capacity(drafts.len());
    let mut drafts = drafts.into_iter().peekable();
    while let Some(draft) = drafts.next() {
        let after = jobs.last().filter(|_| draft.follows).map(|job| job.id);
        origin.has_next = drafts.peek().is_some_and(|next| next.follows);
        let job = draft.checked(queue, now, &origin)?;
        jobs.push(NewJob { after, ..job });
    }
    Ok(jobs)
}

/// The names of queues, for a message.
pub(super) fn list<V>(queues: &BTreeMap<String, V>) -> String {
    let names: Vec<_> = queues.keys().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// A job that is refused when it is enqueued. `enqueue` returns it as the source of an [`Error`](crate::Error) of status 500.
///
/// ```
/// use fw::jobs::EnqueueError;
///
/// let refused = EnqueueError::Priority { name: "welcome", priority: 101 };
/// assert!(refused.to_string().contains("from -100 to 100"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnqueueError {
    /// A job that the application has not registered: no process would run it.
    #[error(
        "the job `{name}` is not registered\nhint: add it to `fn jobs()` in `src/app.rs`: `.add::<…>()`"
    )]
    NotRegistered {
        /// The name of the job.
        name: &'static str,
    },
    /// A queue that is not configured.
    #[error(
        "the job `{name}` is for the queue `{queue}`, which does not exist\nhint: the queues are {queues}; add `[jobs.queues.{queue}]` to the configuration, or name one of them"
    )]
    UnknownQueue {
        /// The name of the job.
        name: &'static str,
        /// The queue.
        queue: &'static str,
        /// The queues that exist.
        queues: String,
    },
    /// Arguments of more than 256 KiB.
    #[error(
        "the arguments of the job `{name}` have {bytes} bytes, more than 256 KiB\nhint: store what is large, and give the job its id"
    )]
    TooLarge {
        /// The name of the job.
        name: &'static str,
        /// The size of the arguments as JSON.
        bytes: usize,
    },
    /// A priority out of range.
    #[error("the job `{name}` has the priority {priority}\nhint: it must be from -100 to 100")]
    Priority {
        /// The name of the job.
        name: &'static str,
        /// The priority.
        priority: i16,
    },
    /// A time that is too far in the future.
    #[error(
        "the job `{name}` is for a time more than ten years from now\nhint: check the unit of the duration"
    )]
    Time {
        /// The name of the job.
        name: &'static str,
    },
    /// A key that is empty or too long, or holds for no time.
    #[error(
        "the job `{name}` has an unusable key\nhint: a key has 1 to 512 bytes, and the period of `Key::every` is above zero; `Key::none()` is no key"
    )]
    Key {
        /// The name of the job.
        name: &'static str,
    },
    /// A rate limit, where the store has none.
    #[error(
        "the job `{name}` has a rate limit, and the store of jobs has none\nhint: `Job::limit` needs the database as the store: `store = \"database\"` in `[jobs]`"
    )]
    NoLimits {
        /// The name of the job.
        name: &'static str,
    },
    /// A rate limit whose key is empty or too long.
    #[error("the job `{name}` has a rate limit with an unusable key\nhint: it has 1 to 512 bytes")]
    LimitKey {
        /// The name of the job.
        name: &'static str,
    },
    /// Arguments that JSON cannot represent.
    #[error("the arguments of the job `{name}` cannot be written as JSON: {source}")]
    Encode {
        /// The name of the job.
        name: &'static str,
        /// The reason.
        source: serde_json::Error,
    },
}

impl From<EnqueueError> for Error {
    #[track_caller]
    fn from(error: EnqueueError) -> Self {
        Self::internal(error)
    }
}
