//! The contract of stores.

use chrono::{DateTime, Utc};
use sea_orm::prelude::async_trait::async_trait;

use super::{
    error::StoreError,
    executor::Executor,
    group::{BatchCreated, BatchRecord, NewBatch},
    id::{BatchId, JobId, WorkerId},
    job::{Enqueued, JobRecord, NewJob},
    listing::{Cancelled, JobDetail, JobFilter, Page, Replayed, Retention, Stats},
    rate_limit::{Permits, RateLimit},
    run::{Claim, Fence, Rescued, Settled, Settlement},
    schedule::Slot,
    worker::{Beat, Worker},
};

/// The result of a store's methods.
///
/// ```
/// use fw::queue::store::{Result, State, Store};
///
/// async fn dead_letters(store: &dyn Store) -> Result<u64> {
///     Ok(store.stats(&[]).await?.count(State::Dead))
/// }
/// ```
pub type Result<T = (), E = StoreError> = std::result::Result<T, E>;

/// A store of jobs. It keeps them and decides who runs which; it has no clock, no threads and no behaviour of its own.
///
/// - Every method is one atomic step. When it fails, or its answer is lost, it has taken effect or not. Repeating it is safe, as
///   ids, tokens and times tell a repetition from a new call; only [`claim`](Self::claim) and [`acquire`](Self::acquire) take more
///   each time, and [`held`](Self::held) tells of claims whose answer was lost.
/// - `now` is the time of the call, to the microsecond. The clocks of processes may differ: a store compares the times that it is
///   given, and relies on fences, not on clocks, to keep a job from being settled twice.
/// - A call has at most [`MAX_BATCH`](super::MAX_BATCH) settlements; more jobs may be enqueued at once.
/// - A store that lacks a feature returns [`StoreError::Unsupported`].
#[async_trait]
pub trait Store: Send + Sync + 'static {
    // --- Enqueuing ---

    /// Enqueues jobs and returns the outcome of each, in their order. A job whose key is taken, by one before it in `jobs` as
    /// well, is not enqueued.
    async fn enqueue(&self, jobs: &[NewJob], now: DateTime<Utc>) -> Result<Vec<Enqueued>>;

    /// Enqueues jobs in the caller's transaction: they take effect with it, or not at all.
    ///
    /// In a transaction the outcome of a job without a key may be that it is new though one with its id is there, and an error of the
    /// database may come with the next statement or with the commit. A store in another place than the database enqueues after the commit;
    /// the outcome then says what would be the case now.
    async fn enqueue_in(
        &self,
        executor: Executor<'_>,
        jobs: &[NewJob],
        now: DateTime<Utc>,
    ) -> Result<Vec<Enqueued>>;

    /// Enqueues jobs of the [`Outbox`](super::Outbox). The relay may repeat itself: a store in another place than the database does not
    /// enqueue a job again that it has deleted within the last day.
    async fn relay(&self, jobs: &[NewJob], now: DateTime<Utc>) -> Result<Vec<Enqueued>> {
        self.enqueue(jobs, now).await
    }

    // --- Workers ---

    /// Registers a worker, which may claim jobs until its lease ends.
    async fn register(&self, worker: &Worker) -> Result;

    /// Extends the lease of a worker to `lease_until`. One that has ended cannot be extended.
    async fn beat(
        &self,
        worker: WorkerId,
        lease_until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Beat>;

    /// Ends the lease of a worker. What it still runs is rescued.
    async fn unregister(&self, worker: WorkerId, now: DateTime<Utc>) -> Result;

    /// Checks that the store can be reached and accepts changes. A store in the database has nothing to add to the check of that.
    async fn ping(&self) -> Result {
        Ok(())
    }

    /// The clock of the store, where it may differ from that of this machine: on a server.
    async fn clock(&self) -> Result<Option<DateTime<Utc>>> {
        Ok(None)
    }

    // --- Running ---

    /// Claims ready jobs: those of the highest priority first, of the same priority those that are due for longest. They are
    /// returned in that order, running, with a new token and one more attempt.
    ///
    /// There are none for a worker whose lease has ended, and in a paused queue.
    async fn claim(&self, claim: Claim<'_>, now: DateTime<Utc>) -> Result<Vec<JobRecord>>;

    /// Settles runs and returns the effect of each, in their order. A job that has ended releases its key if that is
    /// [`Live`](super::KeyScope::Live), counts down its batch and unblocks the next of its chain, in the same step.
    async fn settle(&self, settlements: &[Settlement], now: DateTime<Utc>) -> Result<Vec<Settled>>;

    /// Settles a run in the caller's transaction, together with the effects of the job.
    async fn settle_in(
        &self,
        executor: Executor<'_>,
        settlement: &Settlement,
        now: DateTime<Utc>,
    ) -> Result<Settled>;

    /// The runs that a worker holds. A run that it does not know is one of a claim whose answer was lost: it hands it back. One
    /// that it runs and does not hold any more was cancelled or rescued: it aborts it.
    async fn held(&self, worker: WorkerId) -> Result<Vec<Fence>>;

    /// Stores the progress of a run, in thousandths. Returns false if the run is lost.
    async fn progress(&self, run: Fence, thousandths: u16) -> Result<bool>;

    /// The stored result of a step, as JSON.
    async fn step(&self, job: JobId, name: &str) -> Result<Option<String>>;

    /// Stores the result of a step, unless it has one. Returns false, and stores nothing, if the run is lost.
    async fn save_step(
        &self,
        run: Fence,
        name: &str,
        result: &str,
        now: DateTime<Utc>,
    ) -> Result<bool>;

    // --- Time ---

    /// Makes up to `limit` scheduled jobs that are due ready, the earliest first. Returns the queues that they are in, and their
    /// number.
    async fn promote(&self, limit: u32, now: DateTime<Utc>) -> Result<Promoted>;

    /// The time of the earliest scheduled job.
    async fn next_due(&self) -> Result<Option<DateTime<Utc>>>;

    /// Takes up to `limit` jobs from workers whose lease has ended; these workers are lost for ever. A job that was taken
    /// [`MAX_RESCUES`](super::MAX_RESCUES) times without a run that ended by itself, or whose attempts are used up, is dead; the
    /// others are ready.
    async fn rescue(&self, limit: u32, now: DateTime<Utc>) -> Result<Vec<Rescued>>;

    /// Deletes up to `limit` jobs that have ended longer ago than their retention, with all that belongs to them, and what has
    /// expired. Returns the number of jobs; as long as it is `limit` there may be more.
    async fn prune(&self, retention: &Retention, limit: u32, now: DateTime<Utc>) -> Result<u64>;

    // --- Administration ---

    /// A page of the jobs that a filter matches.
    async fn list(&self, filter: &JobFilter, page: Page) -> Result<Vec<JobRecord>>;

    /// A job with its history.
    async fn show(&self, job: JobId) -> Result<Option<JobDetail>>;

    /// The numbers of the store. `known` are the names of the jobs that the process knows.
    async fn stats(&self, known: &[String]) -> Result<Stats>;

    /// Cancels a job that has not ended, and those that wait for it in a chain.
    async fn cancel(&self, job: JobId, now: DateTime<Utc>) -> Result<Cancelled>;

    /// Replays a dead or cancelled job with all its attempts. The results of its steps are kept, and so are its errors.
    async fn replay(&self, job: JobId, now: DateTime<Utc>) -> Result<Replayed>;

    /// Deletes up to `limit` jobs that have ended and that a filter matches, with all that belongs to them, and returns their
    /// number. The key of a job that was never claimed is released.
    async fn purge(&self, filter: &JobFilter, limit: u32, now: DateTime<Utc>) -> Result<u64>;

    /// Deletes a job that has ended, as [`purge`](Self::purge) does. Returns false if there is no such job, or it has not ended.
    async fn purge_one(&self, job: JobId, now: DateTime<Utc>) -> Result<bool>;

    /// Pauses a queue: nothing is claimed from it until it is [resumed](Self::resume). What runs is not touched.
    async fn pause(&self, queue: &str, now: DateTime<Utc>) -> Result;

    /// Resumes a queue.
    async fn resume(&self, queue: &str) -> Result;

    // --- Schedules ---

    /// Stores the slots of schedules that are not there. One that is there with another rule gets the new rule and its next time;
    /// one with the same rule is left alone.
    async fn plan(&self, slots: &[Slot]) -> Result;

    /// All slots, by name.
    async fn slots(&self) -> Result<Vec<Slot>>;

    /// Moves a schedule from the slot `at` to `next`, and enqueues its jobs in the same step. Returns `None`, and does nothing, if
    /// the schedule is not at that slot any more: another process was first.
    async fn fire(
        &self,
        schedule: &str,
        at: DateTime<Utc>,
        next: DateTime<Utc>,
        jobs: &[NewJob],
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<Enqueued>>>;

    /// Removes a schedule. Returns false if there is none.
    async fn unplan(&self, schedule: &str) -> Result<bool>;

    // --- Batches ---

    /// Creates a batch with its jobs. If none of them is new, its callback is due at once.
    async fn create_batch(&self, batch: &NewBatch, now: DateTime<Utc>) -> Result<BatchCreated>;

    /// Creates a batch in the caller's transaction.
    async fn create_batch_in(
        &self,
        executor: Executor<'_>,
        batch: &NewBatch,
        now: DateTime<Utc>,
    ) -> Result<BatchCreated>;

    /// A batch.
    async fn batch(&self, batch: BatchId) -> Result<Option<BatchRecord>>;

    // --- Rate limits ---

    /// Takes up to `wanted` permits of a rate limit.
    async fn acquire(&self, limit: &RateLimit, wanted: u32, now: DateTime<Utc>) -> Result<Permits>;

    /// Gives permits back that were not used.
    async fn give_back(&self, limit: &RateLimit, unused: u32) -> Result;
}

/// The outcome of promoting jobs that are due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Promoted {
    /// The number of jobs.
    pub count: u32,
    /// The queues that they are in, each once, in their order.
    pub queues: Vec<String>,
}
