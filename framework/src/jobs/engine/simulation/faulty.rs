//! A store between an engine and the shared one, which makes faults: errors before and after the effect, delays, and a broken connection.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use sea_orm::prelude::async_trait::async_trait;
use tokio::{sync::Notify, time::sleep};

use super::firings::Firings;
use crate::{
    jobs::random::Random,
    queue::store::{
        BatchCreated, BatchId, BatchRecord, Beat, Cancelled, Claim, Enqueued, Executor, Fence,
        JobDetail, JobFilter, JobId, JobRecord, NewBatch, NewJob, Page, Permits, Promoted,
        RateLimit, Replayed, Rescued, Result, Retention, Settled, Settlement, Slot, State, Stats,
        Store, StoreError, Worker, WorkerId,
    },
};

/// The settlements that the shared store has accepted, by their runs.
#[derive(Default)]
pub(super) struct Accepted(Mutex<BTreeMap<Fence, Vec<State>>>);

impl Accepted {
    fn note(&self, fence: Fence, state: State) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(fence).or_default().push(state);
    }

    pub(super) fn all(&self) -> BTreeMap<Fence, Vec<State>> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// A gate that is open at first. Those who wait go through it in their order.
#[derive(Default)]
pub(super) struct Gate {
    is_closed: AtomicBool,
    opened: Notify,
}

impl Gate {
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
    }

    pub(super) fn open(&self) {
        self.is_closed.store(false, Ordering::Relaxed);
        self.opened.notify_waiters();
    }

    async fn pass(&self) {
        while self.is_closed.load(Ordering::Relaxed) {
            self.opened.notified().await;
        }
    }
}

/// The connection of one engine to the shared store.
pub(super) struct Faulty {
    pub(super) store: Arc<dyn Store>,
    pub(super) random: Random,
    pub(super) accepted: Arc<Accepted>,
    pub(super) firings: Arc<Firings>,
    /// Whether faults happen at all.
    pub(super) has_faults: Arc<AtomicBool>,
    /// Closed while the connection is broken: calls hang until it is not.
    pub(super) connection: Arc<Gate>,
}

impl Faulty {
    /// Makes a call: its request and its answer take time, and may be lost.
    async fn call<T>(&self, effect: impl Future<Output = Result<T>>) -> Result<T> {
        self.delay().await;
        self.may_fail("the request was lost")?;
        let result = effect.await?;
        self.delay().await;
        self.may_fail("the answer was lost")?;
        Ok(result)
    }

    async fn delay(&self) {
        let millis = match self.random.number() % 100 {
            0 if self.has_faults() => 3000,
            1..5 if self.has_faults() => 300,
            _ => 1 + self.random.number() % 10,
        };
        sleep(Duration::from_millis(millis)).await;
        self.connection.pass().await;
    }

    fn may_fail(&self, reason: &'static str) -> Result {
        if self.has_faults() && self.random.number().is_multiple_of(25) {
            return Err(StoreError::Failed(reason.into()));
        }
        Ok(())
    }

    fn has_faults(&self) -> bool {
        self.has_faults.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Store for Faulty {
    async fn enqueue(&self, jobs: &[NewJob], now: DateTime<Utc>) -> Result<Vec<Enqueued>> {
        self.call(self.store.enqueue(jobs, now)).await
    }

    async fn enqueue_in(
        &self,
        executor: Executor<'_>,
        jobs: &[NewJob],
        now: DateTime<Utc>,
    ) -> Result<Vec<Enqueued>> {
        self.call(self.store.enqueue_in(executor, jobs, now)).await
    }

    async fn register(&self, worker: &Worker) -> Result {
        self.call(self.store.register(worker)).await
    }

    async fn beat(
        &self,
        worker: WorkerId,
        lease_until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Beat> {
        self.call(self.store.beat(worker, lease_until, now)).await
    }

    async fn unregister(&self, worker: WorkerId, now: DateTime<Utc>) -> Result {
        self.call(self.store.unregister(worker, now)).await
    }

    async fn clock(&self) -> Result<Option<DateTime<Utc>>> {
        self.call(self.store.clock()).await
    }

    async fn claim(&self, claim: Claim<'_>, now: DateTime<Utc>) -> Result<Vec<JobRecord>> {
        self.call(self.store.claim(claim, now)).await
    }

    async fn settle(&self, settlements: &[Settlement], now: DateTime<Utc>) -> Result<Vec<Settled>> {
        self.call(async {
            let effects = self.store.settle(settlements, now).await?;
            for (settlement, settled) in settlements.iter().zip(&effects) {
                if let Settled::As(state) = settled {
                    self.accepted.note(settlement.fence, *state);
                }
            }
            Ok(effects)
        })
        .await
    }

    async fn settle_in(
        &self,
        executor: Executor<'_>,
        settlement: &Settlement,
        now: DateTime<Utc>,
    ) -> Result<Settled> {
        self.call(self.store.settle_in(executor, settlement, now))
            .await
    }

    async fn held(&self, worker: WorkerId) -> Result<Vec<Fence>> {
        self.call(self.store.held(worker)).await
    }

    async fn progress(&self, run: Fence, thousandths: u16) -> Result<bool> {
        self.call(self.store.progress(run, thousandths)).await
    }

    async fn step(&self, job: JobId, name: &str) -> Result<Option<String>> {
        self.call(self.store.step(job, name)).await
    }

    async fn save_step(
        &self,
        run: Fence,
        name: &str,
        result: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        self.call(self.store.save_step(run, name, result, now))
            .await
    }

    async fn promote(&self, limit: u32, now: DateTime<Utc>) -> Result<Promoted> {
        self.call(self.store.promote(limit, now)).await
    }

    async fn next_due(&self) -> Result<Option<DateTime<Utc>>> {
        self.call(self.store.next_due()).await
    }

    async fn rescue(&self, limit: u32, now: DateTime<Utc>) -> Result<Vec<Rescued>> {
        self.call(self.store.rescue(limit, now)).await
    }

    async fn prune(&self, retention: &Retention, limit: u32, now: DateTime<Utc>) -> Result<u64> {
        self.call(self.store.prune(retention, limit, now)).await
    }

    async fn list(&self, filter: &JobFilter, page: Page) -> Result<Vec<JobRecord>> {
        self.call(self.store.list(filter, page)).await
    }

    async fn show(&self, job: JobId) -> Result<Option<JobDetail>> {
        self.call(self.store.show(job)).await
    }

    async fn stats(&self, known: &[String]) -> Result<Stats> {
        self.call(self.store.stats(known)).await
    }

    async fn cancel(&self, job: JobId, now: DateTime<Utc>) -> Result<Cancelled> {
        self.call(self.store.cancel(job, now)).await
    }

    async fn replay(&self, job: JobId, now: DateTime<Utc>) -> Result<Replayed> {
        self.call(self.store.replay(job, now)).await
    }

    async fn purge(&self, filter: &JobFilter, limit: u32, now: DateTime<Utc>) -> Result<u64> {
        self.call(self.store.purge(filter, limit, now)).await
    }

    async fn purge_one(&self, job: JobId, now: DateTime<Utc>) -> Result<bool> {
        self.call(self.store.purge_one(job, now)).await
    }

    async fn pause(&self, queue: &str, now: DateTime<Utc>) -> Result {
        self.call(self.store.pause(queue, now)).await
    }

    async fn resume(&self, queue: &str) -> Result {
        self.call(self.store.resume(queue)).await
    }

    async fn plan(&self, slots: &[Slot]) -> Result {
        self.call(self.store.plan(slots)).await
    }

    async fn slots(&self) -> Result<Vec<Slot>> {
        self.call(self.store.slots()).await
    }

    async fn fire(
        &self,
        schedule: &str,
        at: DateTime<Utc>,
        next: DateTime<Utc>,
        jobs: &[NewJob],
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<Enqueued>>> {
        self.call(async {
            let fired = self.store.fire(schedule, at, next, jobs, now).await?;
            if let Some(enqueued) = &fired {
                self.firings.note(schedule, at, enqueued);
            }
            Ok(fired)
        })
        .await
    }

    async fn unplan(&self, schedule: &str) -> Result<bool> {
        self.call(self.store.unplan(schedule)).await
    }

    async fn create_batch(&self, batch: &NewBatch, now: DateTime<Utc>) -> Result<BatchCreated> {
        self.call(self.store.create_batch(batch, now)).await
    }

    async fn create_batch_in(
        &self,
        executor: Executor<'_>,
        batch: &NewBatch,
        now: DateTime<Utc>,
    ) -> Result<BatchCreated> {
        self.call(self.store.create_batch_in(executor, batch, now))
            .await
    }

    async fn batch(&self, batch: BatchId) -> Result<Option<BatchRecord>> {
        self.call(self.store.batch(batch)).await
    }

    async fn acquire(&self, limit: &RateLimit, wanted: u32, now: DateTime<Utc>) -> Result<Permits> {
        self.call(self.store.acquire(limit, wanted, now)).await
    }

    async fn give_back(&self, limit: &RateLimit, unused: u32) -> Result {
        self.call(self.store.give_back(limit, unused)).await
    }
}
