//! Listing, counting, cancelling, replaying and deleting in memory.

use std::collections::BTreeMap;

use super::data::{Data, TakenKey};
use crate::queue::store::{
    BatchRecord, Cancelled, JobDetail, JobFilter, JobId, JobRecord, KeyScope, Page, QueueStats,
    Replayed, Retention, State, Stats,
    rules::{expiry, waiting},
    time::{duration_micros, from_micros, micros},
};

impl Data {
    pub(super) fn list(&self, filter: &JobFilter, page: Page) -> Vec<JobRecord> {
        let newest_first = self.jobs.all().rev();
        newest_first
            .filter(|job| page.before.is_none_or(|before| job.id < before))
            .filter(|job| matches(filter, job))
            .take(page.limit as usize)
            .cloned()
            .collect()
    }

    pub(super) fn show(&self, id: JobId) -> Option<JobDetail> {
        let job = self.jobs.get(id)?;
        Some(JobDetail {
            job: job.record.clone(),
            errors: job.errors.clone(),
            steps: job.steps.clone(),
        })
    }

    pub(super) fn stats(&self, known: &[String]) -> Stats {
        let mut queues: BTreeMap<String, QueueStats> = BTreeMap::new();
        let mut unknown = BTreeMap::new();
        for job in self.jobs.all() {
            let queue = queues.entry(job.queue.clone()).or_default();
            *queue.states.entry(job.state).or_default() += 1;
            if job.state == State::Ready {
                let oldest = queue.oldest_ready.get_or_insert(job.run_at);
                *oldest = job.run_at.min(*oldest);
                if !known.contains(&job.name) {
                    *unknown.entry(job.name.clone()).or_default() += 1;
                }
            }
        }
        for queue in &self.paused {
            queues.entry(queue.clone()).or_default().paused = true;
        }
        let alive = self.workers.values().filter(|worker| !worker.lost);
        Stats {
            queues,
            unknown,
            workers: alive.map(|found| found.worker.clone()).collect(),
        }
    }

    pub(super) fn cancel(&mut self, id: JobId, now: i64) -> Cancelled {
        let Some(state) = self.jobs.record(id).map(|job| job.state) else {
            return Cancelled::Missing;
        };
        if state.is_final() {
            return Cancelled::Ended(state);
        }
        let job = self.jobs.change(id, |job| {
            job.state = State::Cancelled;
            job.worker = None;
            job.finished_at = Some(from_micros(now));
        });
        self.end(job, now);
        Cancelled::From(state)
    }

    pub(super) fn replay(&mut self, id: JobId, now: i64) -> Replayed {
        let Some(job) = self.jobs.record(id).cloned() else {
            return Replayed::Missing;
        };
        if !matches!(job.state, State::Dead | State::Cancelled) {
            return Replayed::Not(job.state);
        }
        if let Some(key) = &job.key
            && !matches!(key.scope, KeyScope::Period(_))
        {
            let name = (job.name.clone(), key.value.clone());
            let taken = TakenKey {
                job: id,
                expires_at: expiry(key, now),
            };
            match self.keys.get(&name) {
                Some(other)
                    if other.job != id && other.expires_at.is_none_or(|time| time > now) =>
                {
                    return Replayed::KeyTaken(other.job);
                }
                _ => self.keys.insert(name, taken),
            };
        }
        if let Some(batch) = job.batch.and_then(|batch| self.batches.get_mut(&batch))
            && batch.finished_at.is_none()
        {
            batch.pending += 1;
            batch.failed -= 1;
        }
        let state = if self.is_blocked(job.after) {
            State::Blocked
        } else {
            waiting(now, now)
        };
        self.jobs.change(id, |job| {
            job.state = state;
            job.run_at = from_micros(now);
            job.attempt = 0;
            job.rescues = 0;
            job.finished_at = None;
            job.progress = None;
        });
        Replayed::As(state)
    }

    pub(super) fn purge(&mut self, filter: &JobFilter, limit: u32, now: i64) -> usize {
        let ended = self.jobs.all().filter(|job| job.state.is_final());
        let matching = ended.filter(|job| matches(filter, job));
        let ids: Vec<_> = matching.take(limit as usize).map(|job| job.id).collect();
        self.delete(ids, now)
    }

    pub(super) fn purge_one(&mut self, id: JobId, now: i64) -> bool {
        let job = self.jobs.record(id);
        job.is_some_and(|job| job.state.is_final()) && self.delete(vec![id], now) == 1
    }

    pub(super) fn prune(&mut self, retention: &Retention, limit: u32, now: i64) -> usize {
        let mut deleted = 0;
        for state in [State::Done, State::Dead, State::Cancelled] {
            let Some(kept) = retention.of(state) else {
                continue;
            };
            let before = now.saturating_sub(duration_micros(kept));
            let left = limit as usize - deleted;
            let ids = self.jobs.ended_before(state, before).take(left).collect();
            deleted += self.delete(ids, now);
        }
        self.keys
            .retain(|_, key| key.expires_at.is_none_or(|time| time > now));
        self.limits.retain(|_, time| *time > now);
        if let Some(kept) = retention.done {
            let before = now.saturating_sub(duration_micros(kept));
            let jobs = &self.jobs;
            let is_over = |batch: &&BatchRecord| {
                batch.finished_at.is_some_and(|time| micros(time) < before)
                    && !jobs.all().any(|job| job.batch == Some(batch.id))
            };
            let over = self.batches.values().filter(is_over).map(|batch| batch.id);
            for batch in over.take(limit as usize).collect::<Vec<_>>() {
                self.batches.remove(&batch);
            }
        }
        deleted
    }

    fn delete(&mut self, ids: Vec<JobId>, now: i64) -> usize {
        let mut deleted = 0;
        for id in ids {
            let Some(job) = self.jobs.remove(id) else {
                continue;
            };
            deleted += 1;
            if let Some(key) = job.key.as_ref().filter(|_| job.token == 0) {
                self.release_key(&job, &key.value);
            }
            // After a dead job there may be some that wait for its replay.
            for next in self.cancel_blocked_by(id, now) {
                self.end(next, now);
            }
        }
        deleted
    }
}

fn matches(filter: &JobFilter, job: &JobRecord) -> bool {
    let queue = filter.queue.as_ref();
    let name = filter.name.as_ref();
    (filter.states.is_empty() || filter.states.contains(&job.state))
        && queue.is_none_or(|queue| *queue == job.queue)
        && name.is_none_or(|name| *name == job.name)
        && filter.batch.is_none_or(|batch| Some(batch) == job.batch)
        && filter
            .finished_before
            .is_none_or(|time| job.finished_at.is_some_and(|at| micros(at) < micros(time)))
}
