//! The rate limits of the queues: a permit is taken before a job is claimed, and given back if there was none.

use std::time::Duration;

use tokio::time::Instant;

use super::{Shared, log_failure, queues::QueueSettings};
use crate::queue::store::{RateLimit, StoreError};

/// The longest time for which a queue is left alone: another process may have given back the permits that it has taken.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The time in which permits are collected, as far as the burst goes, so that a high rate does not need a call for each job.
const COLLECT: Duration = Duration::from_millis(50);

/// The rate limits of the queues of this process, in their order.
pub(super) struct Pacing(Vec<Option<Paced>>);

struct Paced {
    limit: RateLimit,
    /// The time before which there is no permit.
    closed_until: Option<Instant>,
}

impl Pacing {
    pub(super) fn new(queues: &[QueueSettings]) -> Self {
        let paced = queues.iter().map(|queue| {
            Some(Paced {
                limit: queue.limit.clone()?,
                closed_until: None,
            })
        });
        Self(paced.collect())
    }

    /// Returns false if there is no permit yet, so that asking for one is of no use.
    pub(super) fn is_open(&self, index: usize) -> bool {
        let closed_until = self.0[index].as_ref().and_then(|paced| paced.closed_until);
        closed_until.is_none_or(|time| time <= Instant::now())
    }

    /// The time at which the first of the closed queues opens.
    pub(super) fn next_opening(&self) -> Option<Instant> {
        let times = self.0.iter().flatten().filter_map(|one| one.closed_until);
        let now = Instant::now();
        times.filter(|time| *time > now).min()
    }

    /// Takes up to `wanted` permits of a queue: all of them, if it has no limit.
    pub(super) async fn acquire(
        &mut self,
        shared: &Shared,
        index: usize,
        wanted: usize,
    ) -> Result<usize, StoreError> {
        let Some(paced) = &mut self.0[index] else {
            return Ok(wanted);
        };
        let now = shared.now();
        let number = u32::try_from(wanted).unwrap_or(u32::MAX);
        let permits = shared.store().acquire(&paced.limit, number, now).await?;
        paced.closed_until = permits.next_at.map(|time| {
            let until_next = (time - now).to_std().unwrap_or_default();
            let collect = COLLECT.min(paced.limit.interval * (paced.limit.burst / 2));
            Instant::now() + until_next.max(collect).min(LONGEST_PAUSE)
        });
        Ok(usize::try_from(permits.granted).unwrap_or(wanted))
    }

    /// Gives back permits that were not used.
    pub(super) async fn give_back(&mut self, shared: &Shared, index: usize, unused: usize) {
        let Some(paced) = self.0[index].as_mut().filter(|_| unused > 0) else {
            return;
        };
        let number = u32::try_from(unused).unwrap_or(u32::MAX);
        match shared.store().give_back(&paced.limit, number).await {
            Ok(()) => paced.closed_until = None,
            // The call may have taken effect: better a pause than more jobs than the limit allows.
            Err(error) => log_failure("give back permits of a rate limit", &error, &mut 0),
        }
    }
}
