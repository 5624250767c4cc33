//! Claims, settlements and rescues in memory, and all that follows from the end of a job.

use super::data::Data;
use crate::queue::store::{
    BatchId, Beat, Claim, Fence, JobId, JobRecord, KeyScope, Promoted, Rescued, RunError, Settled,
    Settlement, State, Worker, WorkerId,
    rules::{Change, lost_worker, rescued, waiting},
    time::{from_micros, micros},
};

impl Data {
    pub(super) fn beat(&mut self, worker: WorkerId, lease_until: i64, now: i64) -> Beat {
        match self.workers.get_mut(&worker) {
            Some(found) if found.is_alive(from_micros(now)) => {
                found.worker.lease_until = from_micros(lease_until);
                Beat::Alive
            }
            _ => Beat::Lost,
        }
    }

    pub(super) fn unregister(&mut self, worker: WorkerId) {
        if self.jobs.run_by(worker).next().is_none() {
            self.workers.remove(&worker);
        } else if let Some(found) = self.workers.get_mut(&worker) {
            found.lost = true;
        }
    }

    pub(super) fn claim(&mut self, claim: Claim<'_>, now: i64) -> Vec<JobRecord> {
        let worker = self.workers.get(&claim.worker);
        let is_alive = worker.is_some_and(|worker| worker.is_alive(from_micros(now)));
        if !is_alive || self.paused.contains(claim.queue) {
            return Vec::new();
        }
        let known = self.jobs.ready(claim.queue);
        let known = known.filter(|job| claim.names.contains(&job.name));
        let ids: Vec<_> = known.take(claim.limit as usize).map(|job| job.id).collect();
        let claimed = ids.into_iter().map(|id| {
            self.jobs.change(id, |job| {
                job.state = State::Running;
                job.attempt += 1;
                job.token += 1;
                job.worker = Some(claim.worker);
                job.started_at = Some(from_micros(now));
                job.progress = None;
            })
        });
        claimed.collect()
    }

    /// Returns true if a run is its job's present one.
    pub(super) fn is_held(&self, run: Fence) -> bool {
        let job = self.jobs.record(run.id);
        job.is_some_and(|job| job.state == State::Running && job.token == run.token)
    }

    pub(super) fn settle(&mut self, settlement: &Settlement, now: i64) -> Settled {
        let Fence { id, token } = settlement.fence;
        if !self.is_held(settlement.fence) {
            return Settled::Lost;
        }
        let change = Change::of(&settlement.outcome, now);
        let job = self.jobs.change(id, |job| {
            let is_last = job.attempt >= job.max_attempts;
            job.state = if is_last { change.last } else { change.state };
            job.run_at = change.run_at.map_or(job.run_at, from_micros);
            job.attempt -= u32::from(change.refund);
            job.rescues = if change.survived { 0 } else { job.rescues };
            job.worker = None;
            job.finished_at = job.state.is_final().then(|| from_micros(now));
            job.result = change.result;
            if job.state == State::Done && job.erase_args {
                "null".clone_into(&mut job.args);
            }
        });
        if let Some(error) = change.error {
            let error = RunError {
                token,
                attempt: job.attempt,
                at: from_micros(now),
                state: job.state,
                error,
            };
            self.jobs.add_error(id, error);
        }
        let state = job.state;
        if state.is_final() {
            self.end(job, now);
        }
        Settled::As(state)
    }

    /// The outcome of a settlement, which is not made.
    pub(super) fn foresee_settled(&self, settlement: &Settlement, now: i64) -> Settled {
        let job = self.jobs.record(settlement.fence.id);
        let Some(job) = job.filter(|_| self.is_held(settlement.fence)) else {
            return Settled::Lost;
        };
        let change = Change::of(&settlement.outcome, now);
        Settled::As(if job.attempt >= job.max_attempts {
            change.last
        } else {
            change.state
        })
    }

    /// Everything that follows from the end of a job.
    pub(super) fn end(&mut self, job: JobRecord, now: i64) {
        let mut ended = vec![job];
        while let Some(job) = ended.pop() {
            if let Some(key) = job.key.as_ref().filter(|key| key.scope == KeyScope::Live) {
                self.release_key(&job, &key.value);
            }
            if let Some(batch) = job.batch {
                self.count_down(batch, 1, u32::from(job.state != State::Done), now);
            }
            match job.state {
                State::Done => {
                    for next in self.jobs.blocked_by(job.id) {
                        self.unblock(next, now);
                    }
                }
                // The jobs after a dead one wait for its replay.
                State::Cancelled => ended.extend(self.cancel_blocked_by(job.id, now)),
                _ => {}
            }
        }
    }

    /// Cancels the jobs that wait for one that will never be done, and does not yet do what follows.
    pub(super) fn cancel_blocked_by(&mut self, id: JobId, now: i64) -> Vec<JobRecord> {
        let blocked = self.jobs.blocked_by(id).into_iter();
        let cancelled = blocked.map(|next| {
            self.jobs.change(next, |job| {
                job.state = State::Cancelled;
                job.finished_at = Some(from_micros(now));
            })
        });
        cancelled.collect()
    }

    fn unblock(&mut self, id: JobId, now: i64) {
        if self
            .jobs
            .record(id)
            .is_some_and(|job| job.state == State::Blocked)
        {
            self.jobs
                .change(id, |job| job.state = waiting(micros(job.run_at), now));
        }
    }

    /// Releases a key of a job, if the job still has it.
    pub(super) fn release_key(&mut self, job: &JobRecord, key: &str) {
        let key = (job.name.clone(), key.to_owned());
        if self.keys.get(&key).is_some_and(|taken| taken.job == job.id) {
            self.keys.remove(&key);
        }
    }

    /// Counts jobs of a batch that have ended, and ends it with its last one.
    pub(super) fn count_down(&mut self, batch: BatchId, ended: u32, failed: u32, now: i64) {
        let Some(batch) = self.batches.get_mut(&batch) else {
            return;
        };
        if batch.finished_at.is_some() {
            return;
        }
        batch.pending -= ended;
        batch.failed += failed;
        if batch.pending == 0 {
            batch.finished_at = Some(from_micros(now));
            if let Some(callback) = batch.callback {
                self.unblock(callback, now);
            }
        }
    }

    pub(super) fn promote(&mut self, limit: u32, now: i64) -> Promoted {
        let due = self.jobs.scheduled().take_while(|(time, _)| *time <= now);
        let ids: Vec<_> = due.take(limit as usize).map(|(_, id)| id).collect();
        let mut promoted = Promoted::default();
        for id in ids {
            let job = self.jobs.change(id, |job| job.state = State::Ready);
            promoted.count += 1;
            promoted.queues.push(job.queue);
        }
        promoted.queues.sort();
        promoted.queues.dedup();
        promoted
    }

    pub(super) fn rescue(&mut self, limit: u32, now: i64) -> Vec<Rescued> {
        for worker in self.workers.values_mut() {
            worker.lost |= !worker.is_alive(from_micros(now));
        }
        let lost = self.workers.values().filter(|worker| worker.lost);
        let mut runs: Vec<(JobId, Worker)> = lost
            .flat_map(|found| {
                let runs = self.jobs.run_by(found.worker.id);
                runs.map(|job| (job.id, found.worker.clone()))
            })
            .collect();
        runs.sort_by_key(|(id, _)| *id);
        runs.truncate(limit as usize);
        let rescued = runs
            .into_iter()
            .map(|(id, worker)| self.rescue_one(id, &worker, now))
            .collect();
        self.workers
            .retain(|id, worker| !worker.lost || self.jobs.run_by(*id).next().is_some());
        rescued
    }

    fn rescue_one(&mut self, id: JobId, worker: &Worker, now: i64) -> Rescued {
        let job = self.jobs.change(id, |job| {
            job.rescues += 1;
            job.state = rescued(job.rescues, job.attempt, job.max_attempts);
            job.worker = None;
            job.finished_at = job.state.is_final().then(|| from_micros(now));
        });
        let error = RunError {
            token: job.token,
            attempt: job.attempt,
            at: from_micros(now),
            state: job.state,
            error: lost_worker(&worker.host),
        };
        self.jobs.add_error(id, error);
        let rescued = Rescued {
            id,
            queue: job.queue.clone(),
            name: job.name.clone(),
            worker: worker.id,
            state: job.state,
        };
        if job.state.is_final() {
            self.end(job, now);
        }
        rescued
    }
}
