//! The store in the memory of this process, for tests and for applications whose jobs may be lost at its end.

mod administration;
mod data;
mod enqueue;
mod run;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use sea_orm::prelude::async_trait::async_trait;

use self::data::{Data, RegisteredWorker};
use super::{
    BatchCreated, BatchId, BatchRecord, Beat, Cancelled, Claim, Enqueued, Executor, Fence,
    JobDetail, JobFilter, JobId, JobRecord, NewBatch, NewJob, Page, Permits, Promoted, RateLimit,
    Replayed, Rescued, Result, Retention, Settled, Settlement, Slot, Stats, Store, Worker,
    WorkerId,
    rules::check_batch,
    time::{from_micros, micros, truncated},
};

/// A store of jobs in the memory of this process. Cheap to clone; every clone is the same store.
///
/// It does what the database does, and loses everything at the end of the process. What is written in a transaction takes effect
/// right after its commit.
#[derive(Clone, Default)]
pub struct MemoryStore {
    data: Arc<Mutex<Data>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn data(&self) -> MutexGuard<'_, Data> {
        self.data.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the data after the commit of a transaction.
    fn after_commit<T>(
        &self,
        executor: Executor<'_>,
        change: impl FnOnce(&mut Data) -> Result<T> + Send + 'static,
    ) {
        let store = self.clone();
        executor.after_commit(move || {
            if let Err(error) = change(&mut store.data()) {
                tracing::error!(%error, "jobs of a transaction are lost");
            }
        });
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn enqueue(&self, jobs: &[NewJob], now: DateTime<Utc>) -> Result<Vec<Enqueued>> {
        self.data().enqueue(jobs, micros(now))
    }

    async fn enqueue_in(
        &self,
        executor: Executor<'_>,
        jobs: &[NewJob],
        now: DateTime<Utc>,
    ) -> Result<Vec<Enqueued>> {
        let now = micros(now);
        let foreseen = self.data().foresee(jobs, now)?;
        let jobs = jobs.to_vec();
        self.after_commit(executor, move |data| data.enqueue(&jobs, now));
        Ok(foreseen)
    }

    async fn register(&self, worker: &Worker) -> Result {
        let worker = Worker {
            started_at: truncated(worker.started_at),
            lease_until: truncated(worker.lease_until),
            ..worker.clone()
        };
        let id = worker.id;
        let registered = RegisteredWorker {
            worker,
            lost: false,
        };
        self.data().workers.entry(id).or_insert(registered);
        Ok(())
    }

    async fn beat(
        &self,
        worker: WorkerId,
        lease_until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Beat> {
        Ok(self.data().beat(worker, micros(lease_until), micros(now)))
    }

    async fn unregister(&self, worker: WorkerId, _: DateTime<Utc>) -> Result {
        self.data().unregister(worker);
        Ok(())
    }

    async fn claim(&self, claim: Claim<'_>, now: DateTime<Utc>) -> Result<Vec<JobRecord>> {
        Ok(self.data().claim(claim, micros(now)))
    }

    async fn settle(&self, settlements: &[Settlement], now: DateTime<Utc>) -> Result<Vec<Settled>> {
        let mut data = self.data();
        let settled = settlements
            .iter()
            .map(|settlement| data.settle(settlement, micros(now)));
        Ok(settled.collect())
    }

    async fn settle_in(
        &self,
        executor: Executor<'_>,
        settlement: &Settlement,
        now: DateTime<Utc>,
    ) -> Result<Settled> {
        let now = micros(now);
        let foreseen = self.data().foresee_settled(settlement, now);
        let settlement = settlement.clone();
        self.after_commit(executor, move |data| Ok(data.settle(&settlement, now)));
        Ok(foreseen)
    }

    async fn held(&self, worker: WorkerId) -> Result<Vec<Fence>> {
        let data = self.data();
        Ok(data.jobs.run_by(worker).map(JobRecord::fence).collect())
    }

    async fn progress(&self, run: Fence, thousandths: u16) -> Result<bool> {
        let mut data = self.data();
        let is_held = data.is_held(run);
        if is_held {
            data.jobs
                .change(run.id, |job| job.progress = Some(thousandths));
        }
        Ok(is_held)
    }

    async fn step(&self, job: JobId, name: &str) -> Result<Option<String>> {
        let data = self.data();
        Ok(data
            .jobs
            .get(job)
            .and_then(|job| job.steps.get(name).cloned()))
    }

    async fn save_step(
        &self,
        run: Fence,
        name: &str,
        result: &str,
        _: DateTime<Utc>,
    ) -> Result<bool> {
        let mut data = self.data();
        let is_held = data.is_held(run);
        if is_held {
            data.jobs.add_step(run.id, name, result);
        }
        Ok(is_held)
    }

    async fn promote(&self, limit: u32, now: DateTime<Utc>) -> Result<Promoted> {
        Ok(self.data().promote(limit, micros(now)))
    }

    async fn next_due(&self) -> Result<Option<DateTime<Utc>>> {
        let data = self.data();
        Ok(data
            .jobs
            .scheduled()
            .next()
            .map(|(time, _)| from_micros(time)))
    }

    async fn rescue(&self, limit: u32, now: DateTime<Utc>) -> Result<Vec<Rescued>> {
        Ok(self.data().rescue(limit, micros(now)))
    }

    async fn prune(&self, retention: &Retention, limit: u32, now: DateTime<Utc>) -> Result<u64> {
        Ok(self.data().prune(retention, limit, micros(now)) as u64)
    }

    async fn list(&self, filter: &JobFilter, page: Page) -> Result<Vec<JobRecord>> {
        Ok(self.data().list(filter, page))
    }

    async fn show(&self, job: JobId) -> Result<Option<JobDetail>> {
        Ok(self.data().show(job))
    }

    async fn stats(&self, known: &[String]) -> Result<Stats> {
        Ok(self.data().stats(known))
    }

    async fn cancel(&self, job: JobId, now: DateTime<Utc>) -> Result<Cancelled> {
        Ok(self.data().cancel(job, micros(now)))
    }

    async fn replay(&self, job: JobId, now: DateTime<Utc>) -> Result<Replayed> {
        Ok(self.data().replay(job, micros(now)))
    }

    async fn purge(&self, filter: &JobFilter, limit: u32, now: DateTime<Utc>) -> Result<u64> {
        Ok(self.data().purge(filter, limit, micros(now)) as u64)
    }

    async fn purge_one(&self, job: JobId, now: DateTime<Utc>) -> Result<bool> {
        Ok(self.data().purge_one(job, micros(now)))
    }

    async fn pause(&self, queue: &str, _: DateTime<Utc>) -> Result {
        self.data().paused.insert(queue.to_owned());
        Ok(())
    }

    async fn resume(&self, queue: &str) -> Result {
        self.data().paused.remove(queue);
        Ok(())
    }

    async fn plan(&self, slots: &[Slot]) -> Result {
        let mut data = self.data();
        for slot in slots {
            let planned = data.slots.get(&slot.name);
            if planned.is_none_or(|planned| planned.spec != slot.spec) {
                let next_at = truncated(slot.next_at);
                let slot = slot.clone();
                data.slots
                    .insert(slot.name.clone(), Slot { next_at, ..slot });
            }
        }
        Ok(())
    }

    async fn slots(&self) -> Result<Vec<Slot>> {
        Ok(self.data().slots.values().cloned().collect())
    }

    async fn fire(
        &self,
        schedule: &str,
        at: DateTime<Utc>,
        next: DateTime<Utc>,
        jobs: &[NewJob],
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<Enqueued>>> {
        let mut data = self.data();
        let slot = data.slots.get(schedule);
        if slot.is_none_or(|slot| slot.next_at != truncated(at)) {
            return Ok(None);
        }
        let enqueued = data.enqueue(jobs, micros(now))?;
        if let Some(slot) = data.slots.get_mut(schedule) {
            slot.next_at = truncated(next);
        }
        Ok(Some(enqueued))
    }

    async fn unplan(&self, schedule: &str) -> Result<bool> {
        Ok(self.data().slots.remove(schedule).is_some())
    }

    async fn create_batch(&self, batch: &NewBatch, now: DateTime<Utc>) -> Result<BatchCreated> {
        self.data().create_batch(batch, micros(now))
    }

    async fn create_batch_in(
        &self,
        executor: Executor<'_>,
        batch: &NewBatch,
        now: DateTime<Utc>,
    ) -> Result<BatchCreated> {
        check_batch(batch)?;
        let now = micros(now);
        let (jobs, callback) = {
            let data = self.data();
            let callback = batch.callback.as_slice();
            (
                data.foresee(&batch.jobs, now)?,
                data.foresee(callback, now)?.pop(),
            )
        };
        let batch = batch.clone();
        self.after_commit(executor, move |data| data.create_batch(&batch, now));
        Ok(BatchCreated { jobs, callback })
    }

    async fn batch(&self, batch: BatchId) -> Result<Option<BatchRecord>> {
        Ok(self.data().batches.get(&batch).cloned())
    }

    async fn acquire(&self, limit: &RateLimit, wanted: u32, now: DateTime<Utc>) -> Result<Permits> {
        let limits = &mut self.data().limits;
        let (time, permits) = limit.take(limits.get(&limit.key).copied(), wanted, micros(now));
        limits.insert(limit.key.clone(), time);
        Ok(permits)
    }

    async fn give_back(&self, limit: &RateLimit, unused: u32) -> Result {
        if let Some(time) = self.data().limits.get_mut(&limit.key) {
            *time = limit.give_back(*time, unused);
        }
        Ok(())
    }
}

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MemoryStore")
    }
}
