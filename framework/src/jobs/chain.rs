//! Chains: jobs that run one after another.

use super::{
    Enqueue, Job,
    enqueue::{self, Draft, Enqueued},
};
use crate::{context::AppContext, db::Transaction, error::Result, queue::store::Executor};

/// A chain: jobs, of one kind or of several, each of which runs when the one before it is done.
///
/// Behind a dead letter the others wait until it is replayed and done. Behind a job that is cancelled, or discards itself, they are
/// cancelled, too. A time that one of them has ([`Job::after`]) counts from when the chain is enqueued.
///
/// ```
/// use fw::{jobs::Chain, prelude::*};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize)]
/// # struct Fetch { feed: u32 }
/// # impl Job for Fetch {
/// #     const NAME: &'static str = "fetch";
/// #     fn key(&self) -> Key { Key::none() }
/// #     async fn run(&self, _: &JobContext) -> Result<(), JobError> { Ok(()) }
/// # }
/// # #[derive(Serialize, Deserialize)]
/// # struct Index {}
/// # impl Job for Index {
/// #     const NAME: &'static str = "index";
/// #     fn key(&self) -> Key { Key::none() }
/// #     async fn run(&self, _: &JobContext) -> Result<(), JobError> { Ok(()) }
/// # }
///
/// async fn refresh(ctx: &AppContext) -> Result<()> {
///     let chain = Chain::new().then(Fetch { feed: 7 }).then(Index {}.priority(10));
///     let enqueued = chain.enqueue(ctx).await?;
///     assert_eq!(enqueued.len(), 2);
///     Ok(())
/// }
/// ```
#[must_use = "it does nothing before `enqueue`"]
#[derive(Default)]
pub struct Chain {
    pub(super) drafts: Vec<Draft>,
}

impl Chain {
    /// A chain without jobs.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a job, with options or without, that runs when the one before it is done.
    ///
    /// If the one before it is not enqueued, as a job with its key exists, this one waits for that job.
    pub fn then<J: Job>(mut self, job: impl Into<Enqueue<J>>) -> Self {
        let draft = job.into().draft();
        self.drafts.push(Draft {
            follows: !self.drafts.is_empty(),
            ..draft
        });
        self
    }

    /// Enqueues all jobs, or none if one of them is refused, and returns the outcome of each, in their order. Within an idempotent request
    /// they are enqueued with its other effects.
    ///
    /// Fails where the store has no chains, and if one of them would have to wait for a job that was cancelled.
    pub async fn enqueue(self, ctx: &AppContext) -> Result<Vec<Enqueued>> {
        enqueue::many(ctx, Executor::Db(&ctx.db), self.drafts).await
    }

    /// Enqueues all jobs as a part of the transaction: they run after the commit, and a rollback leaves nothing of them.
    pub async fn enqueue_in(
        self,
        ctx: &AppContext,
        transaction: &Transaction,
    ) -> Result<Vec<Enqueued>> {
        enqueue::many(ctx, Executor::Transaction(transaction), self.drafts).await
    }
}
