//! Rate limits of jobs that all processes share: one time for each key.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::time;
use crate::limits::Gcra;

/// A rate limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// The key that it counts for, such as `queue:mail`.
    pub key: String,
    /// The average time between two permits; at least a microsecond.
    pub interval: Duration,
    /// The number of permits that may be taken at once after a pause; at least 1.
    pub burst: u32,
}

/// The outcome of asking for permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permits {
    /// The number of permits that were taken, at most as many as were asked for.
    pub granted: u32,
    /// The time at which the next one can be taken, if fewer were granted than asked for.
    pub next_at: Option<DateTime<Utc>>,
}

impl RateLimit {
    /// Takes up to `wanted` permits. `arrival` is the stored time of the key, in microseconds; its new value is returned with the
    /// permits.
    pub(super) fn take(&self, arrival: Option<i64>, wanted: u32, now: i64) -> (i64, Permits) {
        let limit = self.gcra();
        let (arrival, granted) = limit.take(arrival, wanted, now);
        let next_at = (granted < wanted).then(|| time::from_micros(limit.next_at(arrival)));
        (arrival, Permits { granted, next_at })
    }

    /// The stored time of the key after `unused` permits were given back.
    pub(super) fn give_back(&self, arrival: i64, unused: u32) -> i64 {
        self.gcra().give_back(arrival, unused)
    }

    fn gcra(&self) -> Gcra {
        Gcra::new(self.interval, self.burst)
    }
}
