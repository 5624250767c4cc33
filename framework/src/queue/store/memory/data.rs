//! The data of the memory store: the jobs, with the indexes that find them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use crate::queue::store::{
    BatchId, BatchRecord, JobId, JobRecord, RunError, Slot, State, Worker, WorkerId, time::micros,
};

/// Everything in a memory store.
#[derive(Default)]
pub(super) struct Data {
    pub(super) jobs: Jobs,
    /// By the name of the job and the key itself.
    pub(super) keys: HashMap<(String, String), TakenKey>,
    pub(super) workers: BTreeMap<WorkerId, RegisteredWorker>,
    pub(super) batches: BTreeMap<BatchId, BatchRecord>,
    pub(super) paused: BTreeSet<String>,
    pub(super) slots: BTreeMap<String, Slot>,
    /// The times of rate limits, in microseconds.
    pub(super) limits: HashMap<String, i64>,
}

/// A key that is taken.
pub(super) struct TakenKey {
    pub(super) job: JobId,
    pub(super) expires_at: Option<i64>,
}

pub(super) struct RegisteredWorker {
    pub(super) worker: Worker,
    pub(super) lost: bool,
}

impl RegisteredWorker {
    pub(super) fn is_alive(&self, now: DateTime<Utc>) -> bool {
        !self.lost && micros(self.worker.lease_until) >= micros(now)
    }
}

/// A job with its history.
pub(super) struct StoredJob {
    pub(super) record: JobRecord,
    pub(super) errors: Vec<RunError>,
    pub(super) steps: BTreeMap<String, String>,
}

/// The jobs and their indexes. A record is only changed through [`change`](Self::change), which keeps the indexes.
#[derive(Default)]
pub(super) struct Jobs {
    by_id: BTreeMap<JobId, StoredJob>,
    /// Ready jobs by queue, in the order in which they are claimed: by negative priority, time, id.
    ready: BTreeMap<String, BTreeSet<(i16, i64, JobId)>>,
    scheduled: BTreeSet<(i64, JobId)>,
    running: BTreeSet<(WorkerId, JobId)>,
    /// Blocked jobs by the job that they wait for.
    blocked: BTreeSet<(JobId, JobId)>,
    ended: BTreeSet<(State, i64, JobId)>,
}

impl Jobs {
    pub(super) fn get(&self, id: JobId) -> Option<&StoredJob> {
        self.by_id.get(&id)
    }

    pub(super) fn record(&self, id: JobId) -> Option<&JobRecord> {
        self.by_id.get(&id).map(|job| &job.record)
    }

    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = &JobRecord> {
        self.by_id.values().map(|job| &job.record)
    }

    pub(super) fn insert(&mut self, record: JobRecord) {
        self.index(&record);
        let job = StoredJob {
            record,
            errors: Vec::new(),
            steps: BTreeMap::new(),
        };
        self.by_id.insert(job.record.id, job);
    }

    /// Changes a record and returns it as it is then.
    pub(super) fn change(&mut self, id: JobId, change: impl FnOnce(&mut JobRecord)) -> JobRecord {
        let mut job = self.by_id.remove(&id).expect("the job was found before");
        self.unindex(&job.record);
        change(&mut job.record);
        self.index(&job.record);
        let record = job.record.clone();
        self.by_id.insert(id, job);
        record
    }

    pub(super) fn remove(&mut self, id: JobId) -> Option<JobRecord> {
        let job = self.by_id.remove(&id)?;
        self.unindex(&job.record);
        Some(job.record)
    }

    pub(super) fn add_error(&mut self, id: JobId, error: RunError) {
        if let Some(job) = self.by_id.get_mut(&id) {
            job.errors.push(error);
        }
    }

    /// Stores the result of a step, unless it has one.
    pub(super) fn add_step(&mut self, id: JobId, name: &str, result: &str) {
        if let Some(job) = self.by_id.get_mut(&id) {
            let steps = &mut job.steps;
            steps
                .entry(name.to_owned())
                .or_insert_with(|| result.to_owned());
        }
    }

    /// The ready jobs of a queue, in the order in which they are claimed.
    pub(super) fn ready(&self, queue: &str) -> impl Iterator<Item = &JobRecord> {
        let ids = self.ready.get(queue).into_iter().flatten();
        ids.filter_map(|(.., id)| self.record(*id))
    }

    /// The scheduled jobs, the earliest first, with their times.
    pub(super) fn scheduled(&self) -> impl Iterator<Item = (i64, JobId)> {
        self.scheduled.iter().copied()
    }

    /// The jobs that a worker runs, by id.
    pub(super) fn run_by(&self, worker: WorkerId) -> impl Iterator<Item = &JobRecord> {
        let ids = self.running.iter().filter(move |(of, _)| *of == worker);
        ids.filter_map(|(_, id)| self.record(*id))
    }

    /// The blocked jobs that wait for a job.
    pub(super) fn blocked_by(&self, id: JobId) -> Vec<JobId> {
        let from_first = self.blocked.range((id, JobId::MIN)..);
        from_first
            .take_while(|(before, _)| *before == id)
            .map(|(_, blocked)| *blocked)
            .collect()
    }

    /// The jobs that have ended in a state before a time, the earliest first.
    pub(super) fn ended_before(&self, state: State, time: i64) -> impl Iterator<Item = JobId> {
        let range = (state, i64::MIN, JobId::MIN)..(state, time, JobId::MIN);
        self.ended.range(range).map(|(.., id)| *id)
    }

    fn index(&mut self, record: &JobRecord) {
        let run_at = micros(record.run_at);
        match record.state {
            State::Ready => {
                let queue = self.ready.entry(record.queue.clone()).or_default();
                queue.insert((-record.priority, run_at, record.id));
            }
            State::Scheduled => {
                self.scheduled.insert((run_at, record.id));
            }
            State::Running => {
                self.running
                    .extend(record.worker.map(|worker| (worker, record.id)));
            }
            State::Blocked => {
                self.blocked
                    .extend(record.after.map(|after| (after, record.id)));
            }
            state @ (State::Done | State::Dead | State::Cancelled) => {
                let ended = record.finished_at.map_or(0, micros);
                self.ended.insert((state, ended, record.id));
            }
        }
    }

    fn unindex(&mut self, record: &JobRecord) {
        let run_at = micros(record.run_at);
        match record.state {
            State::Ready => {
                if let Some(queue) = self.ready.get_mut(&record.queue) {
                    queue.remove(&(-record.priority, run_at, record.id));
                    if queue.is_empty() {
                        self.ready.remove(&record.queue);
                    }
                }
            }
            State::Scheduled => {
                self.scheduled.remove(&(run_at, record.id));
            }
            State::Running => {
                if let Some(worker) = record.worker {
                    self.running.remove(&(worker, record.id));
                }
            }
            State::Blocked => {
                if let Some(after) = record.after {
                    self.blocked.remove(&(after, record.id));
                }
            }
            state @ (State::Done | State::Dead | State::Cancelled) => {
                let ended = record.finished_at.map_or(0, micros);
                self.ended.remove(&(state, ended, record.id));
            }
        }
    }
}
