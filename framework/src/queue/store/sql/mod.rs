//! The store in the application's database, SQLite or PostgreSQL: the same statements for both.
//!
//! Times are microseconds since 1970 (UTC). What takes more than one statement is a transaction; its locks are taken in the order of
//! ids, so that two calls do not wait for each other.

mod administration;
mod ending;
mod enqueue;
mod groups;
mod outbox;
#[cfg(all(test, feature = "sqlite"))]
mod plans;
mod row;
mod run;
mod session;
mod shared;
mod workers;

use chrono::{DateTime, Utc};
use sea_orm::prelude::async_trait::async_trait;

#[cfg(feature = "redis")]
pub(in crate::queue) use self::outbox::add as add_to_outbox;
pub use self::outbox::{Backlog, Outbox};
use self::session::{Session, in_transaction};
use super::{
    BatchCreated, BatchId, BatchRecord, Beat, Cancelled, Claim, Enqueued, Executor, Fence,
    JobDetail, JobFilter, JobId, JobRecord, NewBatch, NewJob, Page, Permits, Promoted, RateLimit,
    Replayed, Rescued, Result, Retention, Settled, Settlement, Slot, Stats, Store, StoreError,
    Worker, WorkerId, time::micros,
};
use crate::db::Db;

/// A store of jobs in the application's database. Cheap to clone.
///
/// ```
/// use fw::{prelude::*, queue::store::{Executor, JobId, NewJob, SqlStore, Store}};
///
/// async fn welcome(ctx: &AppContext) -> Result<()> {
///     let store = SqlStore::new(ctx.db.clone());
///     let now = ctx.queue.now();
///     let job = NewJob::new(JobId::new(), "default", "welcome", "null", now);
///     ctx.db
///         .transact(async |tx| {
///             store.enqueue_in(Executor::Transaction(tx), &[job], now).await?;
///             Ok(())
///         })
///         .await
/// }
/// ```
#[derive(Clone, Debug)]
pub struct SqlStore {
    db: Db,
}

impl SqlStore {
    /// The store in a database that has the framework's migrations.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    fn session(&self) -> Session<'_> {
        Session::on(&self.db)
    }
}

#[async_trait]
impl Store for SqlStore {
    async fn enqueue(&self, jobs: &[NewJob], now: DateTime<Utc>) -> Result<Vec<Enqueued>> {
        enqueue::enqueue(self.session(), jobs, micros(now)).await
    }

    async fn enqueue_in(
        &self,
        executor: Executor<'_>,
        jobs: &[NewJob],
        now: DateTime<Utc>,
    ) -> Result<Vec<Enqueued>> {
        enqueue::enqueue_in(Session::on(executor), jobs, micros(now)).await
    }

    async fn register(&self, worker: &Worker) -> Result {
        workers::register(self.session(), worker).await
    }

    async fn beat(
        &self,
        worker: WorkerId,
        lease_until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Beat> {
        workers::beat(self.session(), worker, micros(lease_until), micros(now)).await
    }

    async fn unregister(&self, worker: WorkerId, now: DateTime<Utc>) -> Result {
        in_transaction!(self.session(), |tx| workers::unregister(
            tx,
            worker,
            micros(now)
        ))
    }

    async fn clock(&self) -> Result<Option<DateTime<Utc>>> {
        shared::clock(self.session()).await
    }

    async fn claim(&self, claim: Claim<'_>, now: DateTime<Utc>) -> Result<Vec<JobRecord>> {
        run::claim(self.session(), claim, micros(now)).await
    }

    async fn settle(&self, settlements: &[Settlement], now: DateTime<Utc>) -> Result<Vec<Settled>> {
        if settlements.is_empty() {
            return Ok(Vec::new());
        }
        in_transaction!(self.session(), |tx| run::settle(
            tx,
            settlements,
            micros(now)
        ))
    }

    async fn settle_in(
        &self,
        executor: Executor<'_>,
        settlement: &Settlement,
        now: DateTime<Utc>,
    ) -> Result<Settled> {
        let session = Session::on(executor);
        let settlements = std::slice::from_ref(settlement);
        let settled = if session.is_transaction() {
            run::settle(session, settlements, micros(now)).await?
        } else {
            in_transaction!(session, |tx| run::settle(tx, settlements, micros(now)))?
        };
        let settled = settled.first().copied();
        settled.ok_or_else(|| StoreError::Damaged("a settlement has no outcome".to_owned()))
    }

    async fn held(&self, worker: WorkerId) -> Result<Vec<Fence>> {
        run::held(self.session(), worker).await
    }

    async fn progress(&self, run: Fence, thousandths: u16) -> Result<bool> {
        groups::progress(self.session(), run, thousandths).await
    }

    async fn step(&self, job: JobId, name: &str) -> Result<Option<String>> {
        groups::step(self.session(), job, name).await
    }

    async fn save_step(
        &self,
        run: Fence,
        name: &str,
        result: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        in_transaction!(self.session(), |tx| groups::save_step(
            tx,
            run,
            name,
            result,
            micros(now)
        ))
    }

    async fn promote(&self, limit: u32, now: DateTime<Utc>) -> Result<Promoted> {
        run::promote(self.session(), limit, micros(now)).await
    }

    async fn next_due(&self) -> Result<Option<DateTime<Utc>>> {
        run::next_due(self.session()).await
    }

    async fn rescue(&self, limit: u32, now: DateTime<Utc>) -> Result<Vec<Rescued>> {
        if !workers::any_lost(self.session(), micros(now)).await? {
            return Ok(Vec::new());
        }
        in_transaction!(self.session(), |tx| run::rescue(tx, limit, micros(now)))
    }

    async fn prune(&self, retention: &Retention, limit: u32, now: DateTime<Utc>) -> Result<u64> {
        let now = micros(now);
        let deleted = in_transaction!(self.session(), |tx| administration::prune_jobs(
            tx, retention, limit, now
        ))?;
        administration::prune_rest(self.session(), retention, limit, now).await?;
        Ok(deleted)
    }

    async fn list(&self, filter: &JobFilter, page: Page) -> Result<Vec<JobRecord>> {
        administration::list(self.session(), filter, page).await
    }

    async fn show(&self, job: JobId) -> Result<Option<JobDetail>> {
        administration::show(self.session(), job).await
    }

    async fn stats(&self, known: &[String]) -> Result<Stats> {
        administration::stats(self.session(), known).await
    }

    async fn cancel(&self, job: JobId, now: DateTime<Utc>) -> Result<Cancelled> {
        in_transaction!(self.session(), |tx| administration::cancel(
            tx,
            job,
            micros(now)
        ))
    }

    async fn replay(&self, job: JobId, now: DateTime<Utc>) -> Result<Replayed> {
        in_transaction!(self.session(), |tx| administration::replay(
            tx,
            job,
            micros(now)
        ))
    }

    async fn purge(&self, filter: &JobFilter, limit: u32, now: DateTime<Utc>) -> Result<u64> {
        in_transaction!(self.session(), |tx| administration::purge(
            tx,
            filter,
            limit,
            micros(now)
        ))
    }

    async fn purge_one(&self, job: JobId, now: DateTime<Utc>) -> Result<bool> {
        in_transaction!(self.session(), |tx| administration::purge_one(
            tx,
            job,
            micros(now)
        ))
    }

    async fn pause(&self, queue: &str, now: DateTime<Utc>) -> Result {
        shared::pause(self.session(), queue, micros(now)).await
    }

    async fn resume(&self, queue: &str) -> Result {
        shared::resume(self.session(), queue).await
    }

    async fn plan(&self, slots: &[Slot]) -> Result {
        in_transaction!(self.session(), |tx| shared::plan(tx, slots))
    }

    async fn slots(&self) -> Result<Vec<Slot>> {
        shared::slots(self.session()).await
    }

    async fn fire(
        &self,
        schedule: &str,
        at: DateTime<Utc>,
        next: DateTime<Utc>,
        jobs: &[NewJob],
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<Enqueued>>> {
        let (at, next, now) = (micros(at), micros(next), micros(now));
        in_transaction!(self.session(), |tx| shared::fire(
            tx, schedule, at, next, jobs, now
        ))
    }

    async fn unplan(&self, schedule: &str) -> Result<bool> {
        shared::unplan(self.session(), schedule).await
    }

    async fn create_batch(&self, batch: &NewBatch, now: DateTime<Utc>) -> Result<BatchCreated> {
        in_transaction!(self.session(), |tx| groups::create_batch(
            tx,
            batch,
            micros(now)
        ))
    }

    async fn create_batch_in(
        &self,
        executor: Executor<'_>,
        batch: &NewBatch,
        now: DateTime<Utc>,
    ) -> Result<BatchCreated> {
        in_transaction!(Session::on(executor), |tx| groups::create_batch(
            tx,
            batch,
            micros(now)
        ))
    }

    async fn batch(&self, batch: BatchId) -> Result<Option<BatchRecord>> {
        groups::batch(self.session(), batch).await
    }

    async fn acquire(&self, limit: &RateLimit, wanted: u32, now: DateTime<Utc>) -> Result<Permits> {
        in_transaction!(self.session(), |tx| shared::acquire(
            tx,
            limit,
            wanted,
            micros(now)
        ))
    }

    async fn give_back(&self, limit: &RateLimit, unused: u32) -> Result {
        in_transaction!(self.session(), |tx| shared::give_back(tx, limit, unused))
    }
}
