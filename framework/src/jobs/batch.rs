//! Batches: jobs with a job that runs when all of them have ended.

use super::{
    Chain, Enqueue, Job,
    enqueue::{self, Draft, Enqueued},
    origin::Origin,
};
pub use crate::queue::store::BatchId;
use crate::{
    context::AppContext,
    db::Transaction,
    error::Result,
    queue::store::{Executor, NewBatch},
};

/// A batch: jobs, of one kind or of several, with a job that runs when all of them have ended.
///
/// The last job that ends makes that one ready in the same transaction, so it runs whatever process is killed at whatever moment, and it is
/// enqueued once. A job has ended when it is done, dead or cancelled; one that is dead and replayed afterwards changes nothing.
///
/// ```
/// use fw::{jobs::Batch, prelude::*};
/// # use serde::{Deserialize, Serialize};
///
/// # #[derive(Serialize, Deserialize)]
/// # struct ImportRow { number: u32 }
/// # impl Job for ImportRow {
/// #     const NAME: &'static str = "import_row";
/// #     fn key(&self) -> Key { Key::none() }
/// #     async fn run(&self, _: &JobContext) -> Result<(), JobError> { Ok(()) }
/// # }
/// #[derive(Serialize, Deserialize)]
/// struct Imported {}
///
/// impl Job for Imported {
///     const NAME: &'static str = "imported";
///
///     fn key(&self) -> Key {
///         Key::none()
///     }
///
///     async fn run(&self, job: &JobContext) -> Result<(), JobError> {
///         if let Some(batch) = job.batch().await? {
///             tracing::info!(rows = batch.total, failed = batch.failed, "imported");
///         }
///         Ok(())
///     }
/// }
///
/// async fn import(ctx: &AppContext) -> Result<()> {
///     let batch = Batch::new("import of the day")
///         .add_all((0..1000).map(|number| ImportRow { number }))
///         .add(ImportRow { number: 1000 }.priority(10))
///         .then(Imported {})
///         .enqueue(ctx)
///         .await?;
///     let record = ctx.queue.batch(batch.id).await?;
///     tracing::info!(id = %batch.id, jobs = record.map(|batch| batch.total), "import begins");
///     Ok(())
/// }
/// ```
#[must_use = "it does nothing before `enqueue`"]
pub struct Batch {
    description: String,
    drafts: Vec<Draft>,
    callback: Option<Draft>,
}

/// A batch that was enqueued. See [`Batch`] for an example.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnqueuedBatch {
    /// The id, by which [`Queue::batch`](crate::queue::Queue::batch) finds it.
    pub id: BatchId,
    /// The outcome of each job, in their order. Those that exist already, by their keys, do not become part of the batch.
    pub jobs: Vec<Enqueued>,
    /// The outcome of the job at the end.
    pub callback: Option<Enqueued>,
}

impl Batch {
    /// A batch without jobs; `description` is for people who look at it.
    pub fn new(description: impl Into<String>) -> Self {
        Self {
            description: description.into(),
            drafts: Vec::new(),
            callback: None,
        }
    }

    /// Adds a job, with options or without.
    #[expect(
        clippy::should_implement_trait,
        reason = "it adds to a list; nobody would look for `+`"
    )]
    pub fn add<J: Job>(mut self, job: impl Into<Enqueue<J>>) -> Self {
        self.drafts.push(job.into().draft());
        self
    }

    /// Adds many jobs of a kind.
    pub fn add_all<J: Job>(
        mut self,
        jobs: impl IntoIterator<Item = impl Into<Enqueue<J>>>,
    ) -> Self {
        let drafts = jobs.into_iter().map(|job| job.into().draft());
        self.drafts.extend(drafts);
        self
    }

    /// Adds jobs that run one after another. After a dead letter among them the batch waits until that one is replayed, or cancelled.
    pub fn add_chain(mut self, chain: Chain) -> Self {
        self.drafts.extend(chain.drafts);
        self
    }

    /// Sets the job that runs when all others have ended: at once, if there is none. [`JobContext::batch`](super::JobContext::batch) tells
    /// it how they did.
    pub fn then<J: Job>(mut self, job: impl Into<Enqueue<J>>) -> Self {
        self.callback = Some(job.into().draft());
        self
    }

    /// Enqueues all jobs, or none if one of them is refused. Within an idempotent request they are enqueued with its other effects.
    ///
    /// Fails where the store has no batches.
    pub async fn enqueue(self, ctx: &AppContext) -> Result<EnqueuedBatch> {
        self.create(ctx, Executor::Db(&ctx.db)).await
    }

    /// Enqueues all jobs as a part of the transaction: they run after the commit, and a rollback leaves nothing of them.
    pub async fn enqueue_in(
        self,
        ctx: &AppContext,
        transaction: &Transaction,
    ) -> Result<EnqueuedBatch> {
        self.create(ctx, Executor::Transaction(transaction)).await
    }

    async fn create(self, ctx: &AppContext, executor: Executor<'_>) -> Result<EnqueuedBatch> {
        let id = BatchId::new();
        let jobs = enqueue::records(&ctx.queue, self.drafts)?;
        let origin = Origin {
            batch: Some(id),
            ..Origin::current()
        };
        let callback = self
            .callback
            .map(|draft| draft.checked(&ctx.queue, ctx.queue.now(), &origin))
            .transpose()?;
        let batch = NewBatch {
            id,
            // PostgreSQL has no text with this character.
            description: self.description.replace('\0', "\u{fffd}"),
            jobs,
            callback,
        };
        let created = ctx.queue.create_batch(executor, &batch).await?;
        Ok(EnqueuedBatch {
            id,
            jobs: created.jobs,
            callback: created.callback,
        })
    }
}
