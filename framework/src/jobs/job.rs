//! The trait of a job, and the options of a single one.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    JobContext, JobError, Key, Limit, Retry,
    enqueue::{self, Draft, Enqueued, When},
};
use crate::{
    context::AppContext,
    db::Transaction,
    error::Result,
    queue::store::{BatchId, Executor},
};

/// A background job. Its fields are its arguments.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a job",
    label = "does not implement `Job`",
    note = "derive `Serialize` and `Deserialize`, and write `impl Job for {Self}` with a `NAME`, `fn key(&self) -> Key` and `async fn run(&self, job: &JobContext) -> Result<(), JobError>`"
)]
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The name in the queue, 1 to 100 characters. Waiting jobs are found by it, so it must not change from one release to the next.
    const NAME: &'static str;

    /// The queue, one of `[jobs.queues]`. Default `default`.
    const QUEUE: &'static str = "default";

    /// The priority within the queue, -100 to 100; jobs of a higher one run first. Default 0.
    const PRIORITY: i16 = 0;

    /// The number of tries and the waiting time between them. Default [`Retry::DEFAULT`].
    const RETRY: Retry = Retry::DEFAULT;

    /// The time that a run may take, after which it is cancelled and counts as failed. Default 5 minutes.
    const TIMEOUT: Duration = Duration::from_mins(5);

    /// True if the stored arguments are erased when the job is done, as with a mail that has a token in it. Default `false`.
    const ERASE_ARGUMENTS: bool = false;

    /// The key, by which a second job like this one is recognized and not enqueued; [`Key::none`] if there may be any number.
    fn key(&self) -> Key;

    /// The rate limit, which all processes share; `None` if the job may always begin, which is the default. A run that has no permit is
    /// put off until there is one, at no cost of a try.
    fn limit(&self) -> Option<Limit> {
        None
    }

    /// Runs the job. It may run more than once: after an error, and if its process is killed before the end is stored.
    fn run(&self, job: &JobContext) -> impl Future<Output = Result<(), JobError>> + Send;

    /// Enqueues the job to run as soon as possible. Within an idempotent request it is enqueued with the request's other effects.
    fn enqueue(&self, ctx: &AppContext) -> impl Future<Output = Result<Enqueued>> + Send {
        enqueue::one(ctx, draft_of(self))
    }

    /// Enqueues the job as a part of the transaction: it runs after the commit, and a rollback leaves nothing of it.
    fn enqueue_in(
        &self,
        ctx: &AppContext,
        transaction: &Transaction,
    ) -> impl Future<Output = Result<Enqueued>> + Send {
        enqueue::one_in(ctx, transaction, draft_of(self))
    }

    /// Sets the time from which on the job may run, at most ten years from now; one in the past is now.
    fn at(self, time: DateTime<Utc>) -> Enqueue<Self> {
        Enqueue::new(self).at(time)
    }

    /// Sets the time that the job waits before it may run, at most ten years.
    fn after(self, delay: Duration) -> Enqueue<Self> {
        Enqueue::new(self).after(delay)
    }

    /// Sets the queue, instead of [`QUEUE`](Self::QUEUE).
    fn queue(self, queue: &'static str) -> Enqueue<Self> {
        Enqueue::new(self).queue(queue)
    }

    /// Sets the priority, instead of [`PRIORITY`](Self::PRIORITY).
    fn priority(self, priority: i16) -> Enqueue<Self> {
        Enqueue::new(self).priority(priority)
    }

    /// Makes the job a part of a batch that has not ended, such as [that of a job](JobContext::batch_id) which finds that there is more to
    /// do. Enqueuing fails if all jobs of the batch have ended.
    fn in_batch(self, batch: BatchId) -> Enqueue<Self> {
        Enqueue::new(self).in_batch(batch)
    }
}

/// A job with options, which [`Job::at`], [`Job::after`], [`Job::queue`] and [`Job::priority`] begin.
///
/// ```no_run
/// # use std::time::Duration;
/// # use fw::{jobs::{Job, JobContext, JobError, Key}, prelude::AppContext};
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # struct Remind;
/// # impl Job for Remind {
/// #     const NAME: &'static str = "remind";
/// #     fn key(&self) -> Key { Key::none() }
/// #     async fn run(&self, _: &JobContext) -> Result<(), JobError> { Ok(()) }
/// # }
/// # async fn example(ctx: AppContext) -> fw::Result<()> {
/// Remind.after(Duration::from_secs(3600)).priority(10).enqueue(&ctx).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "it does nothing before `enqueue`"]
pub struct Enqueue<J> {
    job: J,
    when: When,
    queue: Option<&'static str>,
    priority: Option<i16>,
    batch: Option<BatchId>,
}

impl<J: Job> From<J> for Enqueue<J> {
    fn from(job: J) -> Self {
        Self::new(job)
    }
}

impl<J: Job> Enqueue<J> {
    fn new(job: J) -> Self {
        Self {
            job,
            when: When::Now,
            queue: None,
            priority: None,
            batch: None,
        }
    }

    /// Sets the time from which on the job may run, at most ten years from now; one in the past is now.
    pub fn at(self, time: DateTime<Utc>) -> Self {
        let when = When::At(time);
        Self { when, ..self }
    }

    /// Sets the time that the job waits before it may run, at most ten years.
    pub fn after(self, delay: Duration) -> Self {
        let when = When::After(delay);
        Self { when, ..self }
    }

    /// Sets the queue, instead of [`Job::QUEUE`].
    pub fn queue(self, queue: &'static str) -> Self {
        let queue = Some(queue);
        Self { queue, ..self }
    }

    /// Sets the priority, instead of [`Job::PRIORITY`].
    pub fn priority(self, priority: i16) -> Self {
        let priority = Some(priority);
        Self { priority, ..self }
    }

    /// Makes the job a part of a batch, see [`Job::in_batch`].
    pub fn in_batch(self, batch: BatchId) -> Self {
        let batch = Some(batch);
        Self { batch, ..self }
    }

    /// Enqueues the job, see [`Job::enqueue`].
    pub async fn enqueue(self, ctx: &AppContext) -> Result<Enqueued> {
        enqueue::one(ctx, self.draft()).await
    }

    /// Enqueues the job as a part of the transaction, see [`Job::enqueue_in`].
    pub async fn enqueue_in(self, ctx: &AppContext, transaction: &Transaction) -> Result<Enqueued> {
        enqueue::one_in(ctx, transaction, self.draft()).await
    }

    pub(super) fn draft(&self) -> Draft {
        let draft = draft_of(&self.job);
        Draft {
            when: self.when,
            queue: self.queue.unwrap_or(draft.queue),
            priority: self.priority.unwrap_or(draft.priority),
            batch: self.batch,
            ..draft
        }
    }
}

/// Enqueues many jobs of a kind, all of them or none. Returns the outcome of each, in their order.
///
/// Within an idempotent request they are enqueued with the request's other effects.
///
/// ```
/// # use fw::{jobs::enqueue_all, prelude::*};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize)]
/// # struct Remind { user_id: i64 }
/// # impl Job for Remind {
/// #     const NAME: &'static str = "remind";
/// #     fn key(&self) -> Key { Key::none() }
/// #     async fn run(&self, _: &JobContext) -> Result<(), JobError> { Ok(()) }
/// # }
/// async fn remind(ctx: &AppContext, users: &[i64]) -> Result<usize> {
///     let jobs: Vec<_> = users.iter().map(|user_id| Remind { user_id: *user_id }).collect();
///     let enqueued = enqueue_all(ctx, &jobs).await?;
///     Ok(enqueued.iter().filter(|one| one.is_new()).count())
/// }
/// ```
pub async fn enqueue_all<J: Job>(ctx: &AppContext, jobs: &[J]) -> Result<Vec<Enqueued>> {
    let drafts = jobs.iter().map(draft_of).collect();
    enqueue::many(ctx, Executor::Db(&ctx.db), drafts).await
}

/// Enqueues many jobs of a kind as a part of the transaction. Returns the outcome of each, in their order.
///
/// ```
/// # use fw::{jobs::enqueue_all_in, prelude::*};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize)]
/// # struct Remind { user_id: i64 }
/// # impl Job for Remind {
/// #     const NAME: &'static str = "remind";
/// #     fn key(&self) -> Key { Key::none() }
/// #     async fn run(&self, _: &JobContext) -> Result<(), JobError> { Ok(()) }
/// # }
/// async fn close_accounts(ctx: &AppContext) -> Result<()> {
///     ctx.db
///         .transact(async |tx| {
///             tx.execute_unprepared("UPDATE users SET closing = true WHERE idle").await?;
///             enqueue_all_in(ctx, tx, &[Remind { user_id: 1 }, Remind { user_id: 2 }]).await?;
///             Ok(())
///         })
///         .await
/// }
/// ```
pub async fn enqueue_all_in<J: Job>(
    ctx: &AppContext,
    transaction: &Transaction,
    jobs: &[J],
) -> Result<Vec<Enqueued>> {
    let drafts = jobs.iter().map(draft_of).collect();
    enqueue::many(ctx, Executor::Transaction(transaction), drafts).await
}

pub(super) fn draft_of<J: Job>(job: &J) -> Draft {
    Draft {
        name: J::NAME,
        queue: J::QUEUE,
        priority: J::PRIORITY,
        when: When::Now,
        max_attempts: J::RETRY.tries,
        erase_arguments: J::ERASE_ARGUMENTS,
        key: job.key(),
        limit: job.limit(),
        batch: None,
        follows: false,
        arguments: serde_json::to_string(job),
    }
}
