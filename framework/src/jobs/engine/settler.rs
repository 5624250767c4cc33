//! The settler, which stores the outcomes of runs.
//!
//! It stores together what has ended since its last call: the more there is to do, the fewer calls it needs for each.

use std::sync::Arc;

use tokio::{
    sync::mpsc,
    time::{Duration, sleep},
};

use super::{Shared, log_failure, work::Claimed};
use crate::{
    jobs::origin,
    queue::store::{MAX_BATCH, Outcome, Settled, Settlement, StoreError},
};

/// The shortest and the longest wait before an outcome is stored again after an error.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// A run that has ended.
pub(super) struct Finished {
    pub(super) job: Claimed,
    pub(super) outcome: Outcome,
}

impl Finished {
    fn settlement(&self) -> Settlement {
        Settlement {
            fence: self.job.record.fence(),
            outcome: self.outcome.clone(),
        }
    }
}

/// Stores the outcomes of all runs, until the last sender is gone.
pub(super) async fn run(shared: Arc<Shared>, mut finished: mpsc::Receiver<Finished>) {
    let mut batch = Vec::new();
    while finished.recv_many(&mut batch, MAX_BATCH).await > 0 {
        settle(&shared, &mut batch).await;
    }
}

/// Stores outcomes, again and again while their leases last.
async fn settle(shared: &Shared, batch: &mut Vec<Finished>) {
    let mut failures = 0;
    let mut pause = SHORTEST_PAUSE;
    loop {
        let known = batch.len();
        batch.retain(|one| !one.job.lease.lost.is_cancelled());
        if batch.len() < known {
            tracing::warn!(
                jobs = known - batch.len(),
                "outcomes of jobs are not stored, as the lease is lost; the jobs run again"
            );
        }
        if batch.is_empty() {
            return;
        }
        match store(shared, batch, failures > 0).await {
            Ok(()) => return,
            Err(error) => log_failure("store the outcomes of jobs", &error, &mut failures),
        }
        sleep(shared.random.jittered(pause)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Stores outcomes: together at first, and after a failure each by itself, as one of them may be what fails. Takes out of the batch what is
/// stored.
async fn store(
    shared: &Shared,
    batch: &mut Vec<Finished>,
    is_repeated: bool,
) -> Result<(), StoreError> {
    if !is_repeated {
        let settlements: Vec<_> = batch.iter().map(Finished::settlement).collect();
        let effects = shared.store().settle(&settlements, shared.now()).await?;
        for (one, settled) in batch.drain(..).zip(effects) {
            report(shared, &one, settled, is_repeated);
        }
        return Ok(());
    }
    let mut failure = None;
    for one in std::mem::take(batch) {
        let settlement = one.settlement();
        let effects = shared.store().settle(&[settlement], shared.now()).await;
        match effects {
            Ok(effects) => {
                for settled in effects {
                    report(shared, &one, settled, is_repeated);
                }
            }
            Err(error) => {
                failure = Some(error);
                batch.push(one);
            }
        }
    }
    failure.map_or(Ok(()), Err)
}

/// Wakes those who run what a job has made ready, and logs what needs attention.
fn report(shared: &Shared, one: &Finished, settled: Settled, is_repeated: bool) {
    let record = &one.job.record;
    let is_final = matches!(settled, Settled::As(state) if state.is_final());
    // Of a repeated settlement nobody knows whether it is the one that took effect.
    if (is_final || is_repeated) && origin::may_unblock(record) {
        shared.app.queue.wake_ups().wake_all();
    }
    // The outcome may have been stored the first time, and the answer lost.
    if settled == Settled::Lost && !is_repeated {
        shared.app.queue.counters().lost_outcome();
        tracing::warn!(
            job = record.name,
            job_id = %record.id,
            attempt = record.attempt,
            "the outcome of a job is not stored: it was cancelled, or another process has taken it over"
        );
    }
}
