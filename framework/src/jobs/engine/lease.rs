//! The lease of this process, kept by heartbeats.
//!
//! The heartbeats have a thread and a store of their own, so that neither claiming nor settling nor jobs that block hold them up.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until, timeout, timeout_at},
};

use super::{Shared, log_failure};
use crate::{
    context::CancellationToken,
    queue::store::{Beat, MAX_BATCH, Outcome, Settlement, Store, StoreError, Worker, WorkerId},
};

/// The number of beats for which a lease lasts.
const BEATS: u32 = 2;

/// The error of a run whose process lives and has lost its lease.
const CUT_OFF: &str = "the run was cut off: its process, which lives, did not reach the store of jobs before its lease ended";

/// The lease of a worker: the right to run what it has claimed. A process whose lease is lost registers a new worker.
pub(super) struct Lease {
    pub(super) worker: WorkerId,
    /// Cancelled when the lease is lost: others may run the jobs of this worker.
    pub(super) lost: CancellationToken,
    times: Mutex<Times>,
}

/// The times of a lease, by the clock of this process that nobody can set.
#[derive(Clone, Copy)]
struct Times {
    end: Instant,
    /// The time since which every heartbeat has reached the store.
    undisturbed_since: Instant,
}

impl Lease {
    fn new(worker: WorkerId, end: Instant) -> Self {
        let undisturbed_since = Instant::now();
        Self {
            worker,
            lost: CancellationToken::new(),
            times: Mutex::new(Times {
                end,
                undisturbed_since,
            }),
        }
    }

    /// Returns true if nothing has kept the heartbeats from the store for so long.
    pub(super) fn is_undisturbed_for(&self, time: Duration) -> bool {
        self.times().undisturbed_since.elapsed() >= time
    }

    fn end(&self) -> Instant {
        self.times().end
    }

    fn extend(&self, end: Instant) {
        self.times().end = end;
    }

    fn disturb(&self) {
        self.times().undisturbed_since = Instant::now();
    }

    fn times(&self) -> MutexGuard<'_, Times> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.lost.cancel();
    }
}

/// The present lease, `None` before the first one and between two.
pub(super) type Leases = watch::Receiver<Option<Arc<Lease>>>;

/// Waits for a lease that is not lost. Returns `None` if the heartbeats have ended.
pub(super) async fn current(leases: &mut Leases) -> Option<Arc<Lease>> {
    let is_held = |lease: &Option<Arc<Lease>>| {
        lease
            .as_ref()
            .is_some_and(|lease| !lease.lost.is_cancelled())
    };
    leases.wait_for(is_held).await.ok()?.clone()
}

/// Registers workers, and keeps the lease of the present one, until `stop` is cancelled; then unregisters it.
pub(super) async fn keep(
    shared: Arc<Shared>,
    store: Arc<dyn Store>,
    leases: watch::Sender<Option<Arc<Lease>>>,
    stop: CancellationToken,
) {
    let mut left = Vec::new();
    loop {
        let Some(lease) = stop.run_until_cancelled(register(&shared, &*store)).await else {
            return;
        };
        tracing::debug!(worker = %lease.worker, "registered as a worker of jobs");
        leases.send_replace(Some(Arc::clone(&lease)));
        let lost = stop.run_until_cancelled(async {
            give_up(&shared, &*store, &mut left).await;
            beat_until_lost(&shared, &*store, &lease).await;
        });
        if lost.await.is_none() {
            let now = shared.now();
            if let Err(error) = store.unregister(lease.worker, now).await {
                tracing::debug!(%error, "the worker is not unregistered, and its lease runs out");
            }
            return;
        }
        tracing::error!(
            worker = %lease.worker,
            "the lease on running jobs is lost, and they are aborted: this process did not reach the store in time; others run them again"
        );
        shared.app.queue.counters().lost_lease();
        lease.lost.cancel();
        leases.send_replace(None);
        left.push(lease.worker);
    }
}

/// Ends what workers of this process have left behind that have lost their leases. As the process lives, the jobs have not killed it: their
/// runs are failed tries, and do not count as lost processes. What others have taken meanwhile is theirs.
async fn give_up(shared: &Shared, store: &dyn Store, workers: &mut Vec<WorkerId>) {
    while let Some(worker) = workers.last() {
        match timeout(shared.beat / 2, fail_runs(shared, store, *worker)).await {
            Ok(Ok(())) => {
                workers.pop();
            }
            Ok(Err(error)) => {
                tracing::debug!(%error, "runs are not given up, and others take them");
                return;
            }
            Err(_) => return,
        }
    }
}

async fn fail_runs(shared: &Shared, store: &dyn Store, worker: WorkerId) -> Result<(), StoreError> {
    let runs = store.held(worker).await?;
    let now = shared.now();
    let outcome = Outcome::Retry {
        at: now,
        error: CUT_OFF.to_owned(),
    };
    let settlements: Vec<_> = runs
        .into_iter()
        .map(|fence| Settlement {
            fence,
            outcome: outcome.clone(),
        })
        .collect();
    for some in settlements.chunks(MAX_BATCH) {
        store.settle(some, now).await?;
        shared.app.queue.wake_ups().wake_all();
    }
    Ok(())
}

/// Registers a new worker, as soon as the store can be reached.
async fn register(shared: &Shared, store: &dyn Store) -> Arc<Lease> {
    let mut failures = 0;
    loop {
        // Before the call, so that this process never believes in a lease for longer than others do.
        let asked = Instant::now();
        synchronize(shared, store).await;
        let now = shared.now();
        let worker = Worker {
            // A new one for each try: the answer to an earlier one may have been lost.
            id: WorkerId::from(shared.random.uuid(now.timestamp_millis())),
            host: shared.host.clone(),
            queues: shared
                .queues
                .iter()
                .map(|queue| queue.name.clone())
                .collect(),
            started_at: now,
            lease_until: lease_until(shared, now),
        };
        match store.register(&worker).await {
            Ok(()) if asked.elapsed() < shared.beat => {
                return Arc::new(Lease::new(worker.id, asked + BEATS * shared.beat));
            }
            // Too little of the lease is left for jobs to begin.
            Ok(()) => continue,
            Err(error) => log_failure("register as a worker", &error, &mut failures),
        }
        sleep(shared.random.jittered(shared.beat / 2)).await;
    }
}

/// Extends the lease at every beat. Returns when it is lost: the store says so, or its end has come.
async fn beat_until_lost(shared: &Shared, store: &dyn Store, lease: &Lease) {
    // Registering may have taken a while.
    let left = lease.end().saturating_duration_since(Instant::now());
    let mut pause = shared.beat.min(left / 2);
    let mut failures = 0;
    loop {
        // A process that was stopped and goes on, or a machine that has slept, finds its lease at its end here.
        tokio::select! {
            biased;
            () = sleep_until(lease.end()) => return,
            () = sleep(pause) => {}
        }
        let asked = Instant::now();
        synchronize(shared, store).await;
        let now = shared.now();
        let beat = store.beat(lease.worker, lease_until(shared, now), now);
        match timeout_at(lease.end(), beat).await {
            Ok(Ok(Beat::Alive)) => {
                lease.extend(asked + BEATS * shared.beat);
                if asked.elapsed() >= shared.beat {
                    lease.disturb();
                }
                pause = shared.beat;
                failures = 0;
            }
            Ok(Ok(Beat::Lost)) | Err(_) => return,
            Ok(Err(error)) => {
                lease.disturb();
                log_failure("extend the lease on running jobs", &error, &mut failures);
                pause = shared.random.jittered(shared.beat / 8);
            }
        }
    }
}

/// Follows the clock of the store, if it has one.
async fn synchronize(shared: &Shared, store: &dyn Store) {
    let begin = Instant::now();
    let limit = begin + shared.beat / 2;
    if let Ok(Ok(Some(time))) = timeout_at(limit, store.clock()).await {
        // The answer was on its way for about half of the time.
        let way = TimeDelta::from_std(begin.elapsed() / 2).unwrap_or_default();
        shared.app.queue.clock().set(time + way);
    }
}

fn lease_until(shared: &Shared, now: DateTime<Utc>) -> DateTime<Utc> {
    let lease: Duration = BEATS * shared.beat;
    now + TimeDelta::from_std(lease).unwrap_or_default()
}
