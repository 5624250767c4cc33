//! The batches and chains of a simulation.

use std::collections::BTreeMap;

use super::{Act, TOLERANCE, World, check};
use crate::{
    jobs::Job,
    queue::store::{BatchId, Enqueued, JobId, JobRecord, NewBatch, NewJob, State},
};

/// The jobs of a call, together with what they are.
pub(super) enum Group {
    /// Jobs of their own, or a chain.
    Jobs(Vec<NewJob>),
    Batch(Box<NewBatch>),
}

impl World {
    /// Makes a group of jobs, sometimes.
    pub(super) fn group(&self, mut jobs: Vec<NewJob>, acts: &mut BTreeMap<JobId, Act>) -> Group {
        let now = self.now();
        match self.random.number() % 6 {
            0 => {
                for index in 1..jobs.len() {
                    jobs[index].after = Some(jobs[index - 1].id);
                }
                // A key may be that of a cancelled job, behind which nothing is enqueued.
                for job in &mut jobs {
                    job.key = None;
                }
                Group::Jobs(jobs)
            }
            1 => {
                let uuid = || self.random.uuid(now.timestamp_millis());
                let end = JobId::from(uuid());
                let args = serde_json::to_string(&Act::Succeed).expect("JSON");
                acts.insert(end, Act::Succeed);
                Group::Batch(Box::new(NewBatch {
                    id: BatchId::from(uuid()),
                    description: String::new(),
                    jobs,
                    callback: Some(NewJob {
                        max_attempts: 4,
                        ..NewJob::new(end, "default", Act::NAME, args, now)
                    }),
                }))
            }
            _ => Group::Jobs(jobs),
        }
    }

    /// Enqueues a group, and returns the outcomes of its jobs.
    pub(super) async fn enqueue_group(&self, group: Group) -> Vec<Enqueued> {
        let now = self.now();
        match group {
            Group::Jobs(jobs) => self.store.enqueue(&jobs, now).await.expect("no fault"),
            Group::Batch(batch) => {
                let created = self.store.create_batch(&batch, now).await;
                let created = created.expect("no fault");
                let end = created.callback.expect("it has a job at its end");
                self.batches().push((batch.id, end.id()));
                let jobs = created.jobs.into_iter();
                jobs.chain([end]).collect()
            }
        }
    }

    /// Each batch has ended, and the job at its end has begun after that.
    pub(super) async fn judge_batches(&self, records: &[JobRecord]) -> Result<(), String> {
        let batches = self.batches().clone();
        for (id, end) in batches {
            let batch = self.store.batch(id).await.expect("no fault");
            let batch = batch.ok_or_else(|| format!("the batch {id} is lost"))?;
            check(batch.pending == 0 && batch.finished_at.is_some(), || {
                format!("the batch has not ended: {batch:?}")
            })?;
            if self.has_skew() {
                continue;
            }
            let notes = self.scene.lock();
            let Some(begin) = notes.runs.get(&end).and_then(|runs| runs.first()) else {
                continue;
            };
            // One that is cancelled while it runs has ended, and is cut off a moment later.
            let members = records
                .iter()
                .filter(|record| record.batch == Some(id) && record.state != State::Cancelled);
            for member in members {
                let runs = notes.runs.get(&member.id).into_iter().flatten();
                let last = runs.clone().filter_map(|(_, end)| *end).max();
                check(last.is_none_or(|last| last <= begin.0 + TOLERANCE), || {
                    let runs: Vec<_> = runs.collect();
                    format!(
                        "the batch has ended, and its callback begun at {begin:?}, before its job {member:?} with the runs {runs:?}"
                    )
                })?;
            }
        }
        Ok(())
    }
}

/// Returns true if a job waits in a chain behind a dead letter, which nobody replays here.
pub(super) fn waits_for_ever(record: &JobRecord, records: &[JobRecord]) -> bool {
    let mut record = record;
    while record.state == State::Blocked {
        let before = records
            .iter()
            .find(|before| Some(before.id) == record.after);
        match before {
            Some(before) if before.state == State::Dead => return true,
            Some(before) => record = before,
            None => return false,
        }
    }
    false
}
