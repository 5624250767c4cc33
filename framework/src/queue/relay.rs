//! The relay, which enqueues the jobs of the outbox in a store that is not in the database.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    sync::Notify,
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{
    Clock,
    store::{Backlog, JobId, NewJob, Outbox, Result, Store, StoreError},
    wake::WakeUps,
};
use crate::db::Db;

/// The interval at which the outbox is read without a wake-up: for the jobs of other processes, and of those that were killed.
const INTERVAL: Duration = Duration::from_secs(1);

/// The wait between two passes: the jobs that are committed meanwhile share the next one. A job alone does not wait.
const SPACING: Duration = Duration::from_millis(5);

/// The longest wait after a failure of the store or of the database.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The waits before a job is tried again that the store refuses.
const FIRST_DELAY: Duration = Duration::from_secs(1);
const LONGEST_DELAY: Duration = Duration::from_mins(5);

/// The time for what is in the outbox at the end of the process.
const LAST_PASS: Duration = Duration::from_secs(1);

/// The number of rows that are read at once.
const BATCH: u32 = 100;

/// The relay of a process. Several processes may relay at once: the store knows the ids that it has.
pub(crate) struct Relay {
    outbox: Outbox,
    store: Arc<dyn Store>,
    clock: Clock,
    wake_ups: WakeUps,
    /// Told when a transaction with jobs is committed.
    committed: Notify,
}

/// The jobs that the store refuses, by their ids: one of them does not hold up the others.
type Refused = HashMap<JobId, Refusal>;

struct Refusal {
    count: u32,
    next_try: Instant,
}

impl Relay {
    pub(super) fn new(db: &Db, store: Arc<dyn Store>, clock: Clock, wake_ups: WakeUps) -> Self {
        Self {
            outbox: Outbox::new(db.clone()),
            store,
            clock,
            wake_ups,
            committed: Notify::new(),
        }
    }

    /// The jobs that wait in the outbox.
    pub(crate) async fn backlog(&self) -> Result<Backlog> {
        self.outbox.backlog().await
    }

    /// Tells that a transaction with jobs is committed.
    pub(super) fn wake(&self) {
        self.committed.notify_one();
    }

    /// Relays as long as `work` goes on, and once more after it.
    pub(crate) async fn beside<T>(&self, work: impl Future<Output = T>) -> T {
        let result = tokio::select! {
            result = work => result,
            never = self.run() => match never {},
        };
        if timeout(LAST_PASS, self.relay_all()).await.is_err() {
            tracing::debug!("jobs are left in the outbox, and another process relays them");
        }
        result
    }

    /// Relays everything that is in the outbox.
    pub(crate) async fn relay_all(&self) -> Result {
        self.pass(&mut Refused::new()).await
    }

    async fn run(&self) -> std::convert::Infallible {
        let mut refused = Refused::new();
        let mut failures: u32 = 0;
        loop {
            match self.pass(&mut refused).await {
                Ok(()) => failures = 0,
                Err(error) => {
                    failures += 1;
                    if failures == 1 {
                        tracing::warn!(%error, "jobs of transactions cannot be relayed; they are kept, and it is tried again");
                    } else {
                        tracing::debug!(%error, failures, "jobs of transactions cannot be relayed");
                    }
                }
            }
            if failures == 0 {
                let next = Instant::now() + SPACING;
                let _ = timeout(INTERVAL, self.committed.notified()).await;
                sleep_until(next).await;
            } else {
                // Commits do not make it more often.
                sleep(doubled(INTERVAL / 4, failures, LONGEST_PAUSE)).await;
            }
        }
    }

    /// Relays all jobs of the outbox once, the oldest first.
    async fn pass(&self, refused: &mut Refused) -> Result {
        let mut after: Option<JobId> = None;
        let mut seen = Vec::new();
        loop {
            let rows = self.outbox.rows(after, BATCH).await?;
            after = rows.last().map(|row| row.id);
            let is_last = rows.len() < BATCH as usize;
            let mut jobs = Vec::new();
            for row in rows {
                seen.push(row.id);
                let now = Instant::now();
                if refused.get(&row.id).is_some_and(|one| one.next_try > now) {
                    continue;
                }
                match row.job {
                    Ok(job) => jobs.push(job),
                    Err(error) => refuse(refused, row.id, &error),
                }
            }
            self.relay(&jobs, refused).await?;
            if is_last {
                break;
            }
        }
        refused.retain(|id, _| seen.contains(id));
        Ok(())
    }

    /// Enqueues jobs in the store and removes them from the outbox: together, or if one of them is refused, each by itself.
    async fn relay(&self, jobs: &[NewJob], refused: &mut Refused) -> Result {
        match self.enqueue(jobs).await {
            Err(error) if is_refusal(&error) => {}
            result => return result,
        }
        for job in jobs {
            match self.enqueue(std::slice::from_ref(job)).await {
                Ok(()) => {}
                Err(error) if is_refusal(&error) => refuse(refused, job.id, &error),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn enqueue(&self, jobs: &[NewJob]) -> Result {
        if jobs.is_empty() {
            return Ok(());
        }
        let outcomes = self.store.relay(jobs, self.clock.now()).await?;
        if outcomes.iter().any(|outcome| outcome.is_new()) {
            self.wake_ups.wake_all();
        }
        let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
        self.outbox.remove(&ids).await
    }
}

/// Returns true if an error is one of the jobs, not of the store or the database as a whole.
fn is_refusal(error: &StoreError) -> bool {
    !matches!(
        error,
        StoreError::Unreachable { .. } | StoreError::Database(_)
    )
}

fn refuse(refused: &mut Refused, id: JobId, error: &StoreError) {
    let refusal = refused.entry(id).or_insert(Refusal {
        count: 0,
        next_try: Instant::now(),
    });
    refusal.count += 1;
    let delay = doubled(FIRST_DELAY, refusal.count, LONGEST_DELAY);
    refusal.next_try = Instant::now() + delay;
    tracing::error!(job_id = %id, %error, ?delay, "a job of a transaction is refused by the store; it stays in the outbox and is tried again");
}

/// A wait that doubles with each time.
fn doubled(first: Duration, times: u32, longest: Duration) -> Duration {
    let factor = 1_u32
        .checked_shl(times.saturating_sub(1))
        .unwrap_or(u32::MAX);
    first.saturating_mul(factor).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let seconds =
            |times| doubled(Duration::from_secs(1), times, Duration::from_mins(5)).as_secs();
        assert_eq!(
            [1, 2, 3, 9, 10, 32, 33, 1_000].map(seconds),
            [1, 2, 4, 256, 300, 300, 300, 300]
        );
    }
}
