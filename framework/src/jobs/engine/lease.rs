//! The lease of this process, kept by heartbeats.
//!
//! The heartbeats have a thread and a store of their own, so that neither claiming nor settling nor jobs that block hold them up.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until, timeout_at},
};

use super::{Shared, log_failure};
use crate::{
    context::CancellationToken,
    queue::store::{Beat, Store, Worker, WorkerId},
};

/// The number of beats for which a lease lasts.
const BEATS: u32 = 2;

/// The lease of a worker: the right to run what it has claimed. A process whose lease is lost registers a new worker.
pub(super) struct Lease {
    pub(super) worker: WorkerId,
    /// Cancelled when the lease is lost: others may run the jobs of this worker.
    pub(super) lost: CancellationToken,
    /// The end, by the clock of this process that nobody can set.
    end: Mutex<Instant>,
}

impl Lease {
    fn end(&self) -> Instant {
        *self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn extend(&self, end: Instant) {
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = end;
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
    loop {
        let Some(lease) = stop.run_until_cancelled(register(&shared, &*store)).await else {
            return;
        };
        tracing::debug!(worker = %lease.worker, "registered as a worker of jobs");
        leases.send_replace(Some(Arc::clone(&lease)));
        let lost = stop.run_until_cancelled(beat_until_lost(&shared, &*store, &lease));
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
    }
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
            Ok(()) => {
                return Arc::new(Lease {
                    worker: worker.id,
                    lost: CancellationToken::new(),
                    end: Mutex::new(asked + BEATS * shared.beat),
                });
            }
            Err(error) => log_failure("register as a worker", &error, &mut failures),
        }
        sleep(shared.random.jittered(shared.beat / 2)).await;
    }
}

/// Extends the lease at every beat. Returns when it is lost: the store says so, or its end has come.
async fn beat_until_lost(shared: &Shared, store: &dyn Store, lease: &Lease) {
    let mut pause = shared.beat;
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
                pause = shared.beat;
                failures = 0;
            }
            Ok(Ok(Beat::Lost)) | Err(_) => return,
            Ok(Err(error)) => {
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
