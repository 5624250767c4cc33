//! Rate limits that all processes share, by the generic cell rate algorithm (GCRA): one time for each key.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::time;

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
    /// Takes up to `wanted` permits. `arrival` is the stored time of the key (in GCRA the theoretical arrival time), in
    /// microseconds; its new value is returned with the permits.
    pub(super) fn take(&self, arrival: Option<i64>, wanted: u32, now: i64) -> (i64, Permits) {
        let interval = self.interval_micros();
        let tolerance = interval.saturating_mul(i64::from(self.burst.max(1)));
        let arrival = arrival.unwrap_or(now).max(now);
        let free = now.saturating_add(tolerance).saturating_sub(arrival) / interval;
        let granted = u32::try_from(free.max(0)).unwrap_or(u32::MAX).min(wanted);
        let arrival = arrival.saturating_add(interval.saturating_mul(i64::from(granted)));
        let next_at = arrival.saturating_add(interval).saturating_sub(tolerance);
        let permits = Permits {
            granted,
            next_at: (granted < wanted).then(|| time::from_micros(next_at)),
        };
        (arrival, permits)
    }

    /// The stored time of the key after `unused` permits were given back.
    pub(super) fn give_back(&self, arrival: i64, unused: u32) -> i64 {
        arrival.saturating_sub(self.interval_micros().saturating_mul(i64::from(unused)))
    }

    fn interval_micros(&self) -> i64 {
        i64::try_from(self.interval.as_micros())
            .unwrap_or(i64::MAX)
            .max(1)
    }
}
