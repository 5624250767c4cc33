//! The timer, which makes scheduled jobs ready when they are due, takes jobs from processes that are gone, and deletes old ones.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use tokio::time::{Instant, sleep};

use super::{Shared, lease::Leases, log_failure};
use crate::{
    context::CancellationToken,
    queue::{
        Waiter,
        store::{State, StoreError},
    },
};

/// The number of jobs that one call treats.
const BATCH: u32 = 100;

/// The interval at which old jobs are deleted.
const PRUNE_INTERVAL: Duration = Duration::from_mins(10);

/// The time in which wake-ups are brought together.
const COALESCE: Duration = Duration::from_millis(20);

/// The timer.
pub(super) struct Timer {
    shared: Arc<Shared>,
    leases: Leases,
    wake_ups: Waiter,
    /// The time of the earliest scheduled job, as far as it is known.
    next_due: Option<DateTime<Utc>>,
    next_rescue: Instant,
    next_prune: Instant,
    failures: u32,
}

impl Timer {
    pub(super) fn new(shared: Arc<Shared>, leases: Leases) -> Self {
        let now = Instant::now();
        Self {
            wake_ups: shared.app.queue.listen(),
            next_due: None,
            next_rescue: now,
            // Not at the start: all processes may start at once.
            next_prune: now + shared.random.jittered(PRUNE_INTERVAL),
            failures: 0,
            leases,
            shared,
        }
    }

    /// Runs until `stop` is cancelled.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        loop {
            self.wake_ups.seen();
            match self.turn().await {
                Ok(()) => self.failures = 0,
                Err(error) => {
                    log_failure("look for jobs that are due", &error, &mut self.failures);
                }
            }
            let pause = sleep(self.pause());
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                // A job that was enqueued may be due earlier than all others. Many at a time cost one turn.
                () = self.wake_ups.wait() => sleep(COALESCE).await,
                () = pause => {}
            }
        }
    }

    async fn turn(&mut self) -> Result<(), StoreError> {
        if Instant::now() >= self.next_rescue {
            if self.may_rescue() {
                self.rescue().await?;
            }
            let interval = self.shared.random.jittered(self.shared.beat / 4);
            self.next_rescue = Instant::now() + interval;
        }
        self.promote().await?;
        if Instant::now() >= self.next_prune {
            self.prune().await?;
            self.next_prune = Instant::now() + self.shared.random.jittered(PRUNE_INTERVAL);
        }
        Ok(())
    }

    /// Returns true if a worker whose lease has ended can be taken for lost. While this process does not reach the store, and for a beat
    /// after that, others may have the same trouble: they live, and are given the time to say so.
    fn may_rescue(&self) -> bool {
        let lease = self.leases.borrow();
        let beat = self.shared.beat;
        lease
            .as_ref()
            .is_some_and(|lease| lease.is_undisturbed_for(beat))
    }

    /// Takes jobs from workers whose lease has ended.
    async fn rescue(&self) -> Result<(), StoreError> {
        loop {
            let rescued = self.shared.store().rescue(BATCH, self.shared.now()).await?;
            for job in &rescued {
                if job.state == State::Dead {
                    tracing::error!(job = job.name, job_id = %job.id, worker = %job.worker,
                        "a job is dead: the processes that ran it were lost");
                } else {
                    tracing::warn!(job = job.name, job_id = %job.id, worker = %job.worker,
                        "a job runs again: the process that ran it was lost");
                }
            }
            if !rescued.is_empty() {
                self.shared.app.queue.counters().rescued(rescued.len());
                self.shared.app.queue.wake_ups().wake_all();
            }
            if rescued.len() < BATCH as usize {
                return Ok(());
            }
        }
    }

    /// Makes jobs that are due ready.
    async fn promote(&mut self) -> Result<(), StoreError> {
        let store = self.shared.store();
        self.next_due = store.next_due().await?;
        while self.next_due.is_some_and(|due| due <= self.shared.now()) {
            let promoted = store.promote(BATCH, self.shared.now()).await?;
            if promoted.count > 0 {
                self.shared.app.queue.wake_ups().wake_all();
            }
            self.next_due = store.next_due().await?;
            if promoted.count == 0 {
                break;
            }
        }
        Ok(())
    }

    async fn prune(&self) -> Result<(), StoreError> {
        let store = self.shared.store();
        let retention = &self.shared.retention;
        while store.prune(retention, BATCH, self.shared.now()).await? >= u64::from(BATCH) {
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// The time until the next turn.
    fn pause(&self) -> Duration {
        let rescue = self.next_rescue.saturating_duration_since(Instant::now());
        let due = self.next_due.map(|due| due - self.shared.now());
        match due {
            // A time in the past is that of a job that could not be promoted: it must not be tried without a pause.
            Some(due) => due
                .to_std()
                .unwrap_or(self.shared.beat / 4)
                .max(Duration::from_millis(1))
                .min(rescue),
            None => rescue,
        }
    }
}
