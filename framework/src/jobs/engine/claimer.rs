//! The claimer, which takes jobs from the store for the slots that are free.

use std::sync::Arc;

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::{Duration, Instant, sleep, sleep_until},
};

use super::{
    Shared,
    lease::{self, Lease, Leases},
    log_failure,
    pacing::Pacing,
    queues::Turns,
    work::{Claimed, Slot},
};
use crate::{
    context::CancellationToken,
    queue::{
        Waiter,
        store::{Claim, StoreError},
    },
};

/// The shortest wait after an error of the store.
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(100);

/// The claimer.
pub(super) struct Claimer {
    shared: Arc<Shared>,
    names: Vec<String>,
    /// A permit for each job that may run at once.
    slots: Arc<Semaphore>,
    /// Those of each queue.
    queue_slots: Vec<Arc<Semaphore>>,
    turns: Turns,
    pacing: Pacing,
    wake_ups: Waiter,
    /// Whether the answer to a claim was lost: the store may hold runs that nobody here knows.
    is_uncertain: bool,
    /// The time of the next comparison with what the store holds.
    next_check: Instant,
    failures: u32,
}

impl Claimer {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let queue_slots = shared.queues.iter();
        Self {
            names: shared.jobs.names().into_iter().map(str::to_owned).collect(),
            slots: Arc::new(Semaphore::new(shared.workers)),
            queue_slots: queue_slots
                .map(|queue| Arc::new(Semaphore::new(queue.concurrency)))
                .collect(),
            turns: Turns::new(&shared.queues),
            pacing: Pacing::new(&shared.queues),
            wake_ups: shared.app.queue.listen(),
            is_uncertain: false,
            next_check: Instant::now(),
            failures: 0,
            shared,
        }
    }

    /// Claims jobs and sends them to the worker until `stop` is cancelled.
    pub(super) async fn run(
        mut self,
        mut leases: Leases,
        claimed: mpsc::Sender<Claimed>,
        stop: CancellationToken,
    ) {
        loop {
            let lease = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                lease = lease::current(&mut leases) => lease,
            };
            let Some(lease) = lease else { return };
            // What an earlier worker held is no concern of this one.
            self.is_uncertain = false;
            tokio::select! {
                biased;
                // A claim that is cut off here belongs to a worker that is lost. `stop` must not cut one off.
                () = lease.lost.cancelled() => {}
                () = self.claim_for(&lease, &claimed, &stop) => return,
            }
        }
    }

    /// Claims jobs with a lease. Returns when `stop` is cancelled, or when nobody takes the jobs any more.
    async fn claim_for(
        &mut self,
        lease: &Arc<Lease>,
        claimed: &mpsc::Sender<Claimed>,
        stop: &CancellationToken,
    ) {
        loop {
            let check = self.check_time();
            let permit = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = sleep_until(check), if self.needs_check() => None,
                permit = Arc::clone(&self.slots).acquire_owned() => permit.ok(),
            };
            let Some(permit) = permit else {
                self.compare(lease).await;
                continue;
            };
            self.wake_ups.seen();
            // The slots first: what is claimed begins at once, and nothing that others could run waits here.
            let mut permits = vec![permit];
            while let Ok(permit) = Arc::clone(&self.slots).try_acquire_owned() {
                permits.push(permit);
            }
            match self.look(lease, permits).await {
                Ok(jobs) if jobs.is_empty() => self.wait(stop).await,
                Ok(jobs) => {
                    for job in jobs {
                        if claimed.send(job).await.is_err() {
                            return;
                        }
                    }
                }
                Err(error) => {
                    self.is_uncertain = true;
                    self.next_check = Instant::now();
                    log_failure("claim jobs", &error, &mut self.failures);
                    let pause = PAUSE_AFTER_ERROR.max(self.shared.beat / 10);
                    let pause = self.shared.random.jittered(pause);
                    let _ = stop.run_until_cancelled(sleep(pause)).await;
                }
            }
        }
    }

    /// Claims at most one job for each of the permits: the queues get their shares, and what one leaves over goes to the others.
    ///
    /// Jobs that were claimed before an error are returned; the next call meets the error again.
    async fn look(
        &mut self,
        lease: &Arc<Lease>,
        mut permits: Vec<OwnedSemaphorePermit>,
    ) -> Result<Vec<Claimed>, StoreError> {
        let mut found = Vec::new();
        let mut capacity: Vec<usize> = self
            .queue_slots
            .iter()
            .enumerate()
            .map(|(index, slots)| {
                if self.pacing.is_open(index) {
                    slots.available_permits()
                } else {
                    0
                }
            })
            .collect();
        while !permits.is_empty() {
            let shares = self.turns.distribute(permits.len(), &capacity);
            if shares.iter().all(|share| *share == 0) {
                break;
            }
            for (index, share) in shares.into_iter().enumerate() {
                if share == 0 {
                    continue;
                }
                match self.claim(lease, index, share, &mut permits).await {
                    Ok(jobs) => {
                        // A queue that has fewer than its share is empty.
                        let is_empty = jobs.len() < share;
                        capacity[index] = if is_empty { 0 } else { capacity[index] - share };
                        found.extend(jobs);
                    }
                    Err(_) if !found.is_empty() => {
                        self.is_uncertain = true;
                        self.next_check = Instant::now();
                        return Ok(found);
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        self.failures = 0;
        Ok(found)
    }

    async fn claim(
        &mut self,
        lease: &Arc<Lease>,
        index: usize,
        share: usize,
        permits: &mut Vec<OwnedSemaphorePermit>,
    ) -> Result<Vec<Claimed>, StoreError> {
        let allowed = self.pacing.acquire(&self.shared, index, share).await?;
        if allowed == 0 {
            return Ok(Vec::new());
        }
        let claim = Claim {
            worker: lease.worker,
            queue: &self.shared.queues[index].name,
            names: &self.names,
            limit: u32::try_from(allowed).unwrap_or(u32::MAX),
        };
        let records = self.shared.store().claim(claim, self.shared.now()).await;
        // Also after an error: what a lost answer has claimed is handed back, and begins nowhere.
        let unused = allowed - records.as_ref().map_or(0, Vec::len).min(allowed);
        self.pacing.give_back(&self.shared, index, unused).await;
        let records = records?;
        self.shared.app.queue.counters().claimed(records.len());
        let mut jobs = Vec::with_capacity(records.len());
        for record in records {
            let (Some(slot), Ok(queue_slot)) = (
                permits.pop(),
                Arc::clone(&self.queue_slots[index]).try_acquire_owned(),
            ) else {
                // Only this claimer takes permits, and it has asked for as many as there are.
                break;
            };
            let slot = Slot::new(slot, queue_slot);
            jobs.push(Claimed::new(
                &self.shared.running,
                record,
                Arc::clone(lease),
                slot,
            ));
        }
        Ok(jobs)
    }

    /// Waits until there may be jobs again, or until the running ones are to be compared.
    async fn wait(&mut self, stop: &CancellationToken) {
        let look_again = sleep(self.shared.random.jittered(self.shared.poll()));
        let opening = self.pacing.next_opening();
        let check = self.check_time();
        let needs_check = self.needs_check();
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = sleep_until(check), if needs_check => {}
            () = self.wake_ups.wait() => {}
            () = sleep_until(opening.unwrap_or(check)), if opening.is_some() => {}
            () = look_again => {}
        }
    }

    fn needs_check(&self) -> bool {
        self.is_uncertain || self.shared.running.any()
    }

    fn check_time(&mut self) -> Instant {
        // Nothing ran for a while: there is nothing to compare yet.
        let latest = Instant::now() + self.shared.beat / 2;
        if !self.needs_check() {
            self.next_check = latest;
        }
        self.next_check.min(latest)
    }

    /// Compares the runs here with those that the store holds for this worker. One that is only there is of a claim whose answer was lost:
    /// it is handed back. One that is only here was cancelled: it is aborted.
    ///
    /// No claim is under way meanwhile, as the claimer does both.
    async fn compare(&mut self, lease: &Lease) {
        self.next_check = Instant::now() + self.shared.beat / 2;
        let known = self.shared.running.fences(lease.worker);
        match self.shared.store().held(lease.worker).await {
            Ok(held) => {
                for fence in known.iter().filter(|fence| !held.contains(fence)) {
                    self.shared.running.abort(*fence);
                }
                let unknown: Vec<_> = held
                    .into_iter()
                    .filter(|fence| !self.shared.running.contains(*fence))
                    .collect();
                self.is_uncertain = false;
                if !unknown.is_empty() && self.shared.hand_back(&unknown).await.is_err() {
                    self.is_uncertain = true;
                }
            }
            Err(error) => {
                log_failure("compare the running jobs", &error, &mut self.failures);
            }
        }
    }
}
