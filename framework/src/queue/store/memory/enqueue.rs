//! Enqueuing in memory: jobs, their keys, and batches.

use std::collections::{BTreeSet, HashMap};

use super::data::{Data, TakenKey};
use crate::queue::store::{
    BatchCreated, BatchRecord, Enqueued, JobId, JobRecord, NewBatch, NewJob, Result, State,
    StoreError,
    rules::{check, check_batch, expiry, waiting},
    time::{from_micros, micros, truncated},
};

impl Data {
    pub(super) fn enqueue(&mut self, jobs: &[NewJob], now: i64) -> Result<Vec<Enqueued>> {
        check(jobs)?;
        self.check_predecessors(jobs, now)?;
        self.check_batches(jobs)?;
        // A job that waits for one of these waits for the one that was there already instead.
        let mut outcomes = Vec::with_capacity(jobs.len());
        let mut existing = HashMap::new();
        for job in jobs {
            let after = job
                .after
                .map(|after| existing.get(&after).copied().unwrap_or(after));
            let outcome = self.enqueue_one(
                &NewJob {
                    after,
                    ..job.clone()
                },
                false,
                now,
            );
            if !outcome.is_new() {
                existing.insert(job.id, outcome.id());
            }
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    /// The outcome of enqueuing jobs now, which are not enqueued.
    pub(super) fn foresee(&self, jobs: &[NewJob], now: i64) -> Result<Vec<Enqueued>> {
        check(jobs)?;
        self.check_predecessors(jobs, now)?;
        self.check_batches(jobs)?;
        Ok(self.outcomes(jobs, now))
    }

    fn outcomes(&self, jobs: &[NewJob], now: i64) -> Vec<Enqueued> {
        let mut ids = HashMap::new();
        let mut keys = HashMap::new();
        let outcomes = jobs.iter().map(|job| {
            let key = job.key.as_ref().map(|key| (&job.name, &key.value));
            let before = ids.get(&job.id).or_else(|| keys.get(&key?)).copied();
            if let Some(other) = before.or_else(|| self.existing(job, now)) {
                return Enqueued::Existing(other);
            }
            ids.insert(job.id, job.id);
            keys.extend(key.map(|key| (key, job.id)));
            Enqueued::New(job.id)
        });
        outcomes.collect()
    }

    pub(super) fn create_batch(&mut self, batch: &NewBatch, now: i64) -> Result<BatchCreated> {
        check_batch(batch)?;
        if self.batches.contains_key(&batch.id) {
            let repeated =
                |job: &NewJob| Enqueued::Existing(self.existing(job, now).unwrap_or(job.id));
            return Ok(BatchCreated {
                jobs: batch.jobs.iter().map(repeated).collect(),
                callback: batch.callback.as_ref().map(repeated),
            });
        }
        let jobs: Vec<_> = batch.members().collect();
        self.check_predecessors(&jobs, now)?;
        if let Some(callback) = &batch.callback {
            self.check_batches(std::slice::from_ref(callback))?;
        }
        let record = BatchRecord {
            id: batch.id,
            description: batch.description.clone(),
            total: 0,
            pending: 0,
            failed: 0,
            callback: None,
            created_at: from_micros(now),
            finished_at: None,
        };
        self.batches.insert(batch.id, record);
        let jobs = self.enqueue(&jobs, now)?;
        let callback = batch.callback.as_ref();
        let callback = callback.map(|callback| self.enqueue_one(callback, true, now));
        if let (Some(record), Some(Enqueued::New(id))) = (self.batches.get_mut(&batch.id), callback)
        {
            record.callback = Some(id);
        }
        self.count_down(batch.id, 0, 0, now);
        Ok(BatchCreated { jobs, callback })
    }

    /// Enqueues one job whose batch and predecessor are checked.
    fn enqueue_one(&mut self, job: &NewJob, blocked: bool, now: i64) -> Enqueued {
        if let Some(other) = self.existing(job, now) {
            return Enqueued::Existing(other);
        }
        if let Some(key) = &job.key {
            let taken = TakenKey {
                job: job.id,
                expires_at: expiry(key, now),
            };
            self.keys
                .insert((job.name.clone(), key.value.clone()), taken);
        }
        if let Some(batch) = job.batch.and_then(|batch| self.batches.get_mut(&batch)) {
            batch.total += 1;
            batch.pending += 1;
        }
        let is_blocked = blocked || self.is_blocked(job.after);
        let state = if is_blocked {
            State::Blocked
        } else {
            waiting(micros(job.run_at), now)
        };
        self.jobs.insert(JobRecord {
            id: job.id,
            queue: job.queue.clone(),
            name: job.name.clone(),
            args: job.args.clone(),
            priority: job.priority,
            state,
            run_at: truncated(job.run_at),
            attempt: 0,
            max_attempts: job.max_attempts,
            rescues: 0,
            token: 0,
            worker: None,
            started_at: None,
            finished_at: None,
            result: None,
            progress: None,
            key: job.key.clone(),
            batch: job.batch,
            after: job.after,
            erase_args: job.erase_args,
            meta: job.meta.clone(),
            created_at: from_micros(now),
        });
        Enqueued::New(job.id)
    }

    /// The job that is there instead of a new one: one with its id, or with its key.
    fn existing(&self, job: &NewJob, now: i64) -> Option<JobId> {
        if self.jobs.get(job.id).is_some() {
            return Some(job.id);
        }
        let key = job.key.as_ref()?;
        let taken = self.keys.get(&(job.name.clone(), key.value.clone()))?;
        let expired = taken.expires_at.is_some_and(|expires| expires <= now);
        (!expired).then_some(taken.job)
    }

    /// Returns true if a job that comes after another has to wait for it. One that is gone was done.
    pub(super) fn is_blocked(&self, after: Option<JobId>) -> bool {
        let before = after.and_then(|after| self.jobs.record(after));
        before.is_some_and(|before| before.state != State::Done)
    }

    fn check_batches(&self, jobs: &[NewJob]) -> Result {
        let batches: BTreeSet<_> = jobs.iter().filter_map(|job| job.batch).collect();
        for batch in batches {
            let found = self.batches.get(&batch);
            if found.is_none_or(|batch| batch.finished_at.is_some()) {
                return Err(StoreError::BatchClosed(batch));
            }
        }
        Ok(())
    }

    /// Checks that no new job waits for a cancelled one.
    fn check_predecessors(&self, jobs: &[NewJob], now: i64) -> Result {
        let outcomes = self.outcomes(jobs, now);
        for (job, outcome) in jobs.iter().zip(&outcomes) {
            // It may be another job of `jobs`, and that one there already.
            let predecessor = job.after.map(|after| {
                let place = jobs.iter().position(|job| job.id == after);
                place.map_or(after, |place| outcomes[place].id())
            });
            let record = predecessor.and_then(|id| self.jobs.record(id));
            if outcome.is_new() && record.is_some_and(|record| record.state == State::Cancelled) {
                return Err(StoreError::after_cancelled(job));
            }
        }
        Ok(())
    }
}
