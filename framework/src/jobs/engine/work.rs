//! The jobs that run in this process.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::OwnedSemaphorePermit;

use super::lease::Lease;
use crate::{
    context::CancellationToken,
    queue::store::{Fence, JobRecord, WorkerId},
};

/// The runs of this process, from their claim to their settlement. They are in order, so that a simulation is the same each time.
#[derive(Default)]
pub(super) struct Running(Mutex<BTreeMap<Fence, Run>>);

struct Run {
    worker: WorkerId,
    abort: CancellationToken,
}

impl Running {
    pub(super) fn any(&self) -> bool {
        !self.lock().is_empty()
    }

    /// The runs of a worker.
    pub(super) fn fences(&self, worker: WorkerId) -> Vec<Fence> {
        let runs = self.lock();
        let of_worker = runs.iter().filter(|(_, run)| run.worker == worker);
        of_worker.map(|(fence, _)| *fence).collect()
    }

    pub(super) fn contains(&self, fence: Fence) -> bool {
        self.lock().contains_key(&fence)
    }

    /// Aborts a run.
    pub(super) fn abort(&self, fence: Fence) {
        if let Some(run) = self.lock().get(&fence) {
            run.abort.cancel();
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Fence, Run>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The slot that a run takes: one of the process, and one of its queue. Both are free again when this is dropped.
pub(super) struct Slot {
    _process: OwnedSemaphorePermit,
    _queue: OwnedSemaphorePermit,
}

impl Slot {
    pub(super) fn new(process: OwnedSemaphorePermit, queue: OwnedSemaphorePermit) -> Self {
        Self {
            _process: process,
            _queue: queue,
        }
    }
}

/// A job that this process has claimed. It counts as running until it is dropped, which is when its outcome is stored.
pub(super) struct Claimed {
    pub(super) record: Arc<JobRecord>,
    pub(super) lease: Arc<Lease>,
    /// Cancelled when the run is to be aborted: also when its lease is lost.
    pub(super) abort: CancellationToken,
    running: Arc<Running>,
    slot: Option<Slot>,
}

impl Claimed {
    pub(super) fn new(
        running: &Arc<Running>,
        record: JobRecord,
        lease: Arc<Lease>,
        slot: Slot,
    ) -> Self {
        let abort = lease.lost.child_token();
        let run = Run {
            worker: lease.worker,
            abort: abort.clone(),
        };
        running.lock().insert(record.fence(), run);
        Self {
            record: Arc::new(record),
            lease,
            abort,
            running: Arc::clone(running),
            slot: Some(slot),
        }
    }

    /// Gives the slot back, as the run has ended: the next job may begin while the outcome of this one is stored.
    pub(super) fn free_slot(&mut self) {
        drop(self.slot.take());
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        self.running.lock().remove(&self.record.fence());
    }
}
