//! The generic cell rate algorithm (GCRA): a rate limit of which one time is stored for each key.
//!
//! Requests and background jobs are limited by this one function. `gcra.lua` is the same for Redis.

use std::time::Duration;

/// A stored time that is later than this limit can have made it, by more than this, comes from a clock that was set back, or from a limit
/// that was stricter. Processes whose clocks differ by less still share a limit.
const MOST_SKEW: i64 = 60_000_000;

/// A rate limit in numbers. All times are in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gcra {
    /// The time in which one permit becomes free.
    pub(crate) interval: i64,
    /// The time in which all permits become free.
    pub(crate) full: i64,
}

impl Gcra {
    /// The limit of one permit in each `interval`, of which up to `burst` may be taken at once after a pause.
    pub(crate) fn new(interval: Duration, burst: u32) -> Self {
        let interval = i64::try_from(interval.as_micros())
            .unwrap_or(i64::MAX)
            .max(1);
        Self {
            interval,
            full: interval.saturating_mul(i64::from(burst.max(1))),
        }
    }

    /// Takes up to `wanted` permits; returns the new stored time and the number of permits. `arrival` is the stored time of the key, at which
    /// all permits are free (in GCRA the theoretical arrival time).
    pub(crate) fn take(self, arrival: Option<i64>, wanted: u32, now: i64) -> (i64, u32) {
        let latest = now.saturating_add(self.full);
        let mut arrival = arrival.unwrap_or(now).max(now);
        if arrival > latest.saturating_add(MOST_SKEW) {
            arrival = latest;
        }
        let granted = self.free(arrival, now).min(wanted);
        let taken = self.interval.saturating_mul(i64::from(granted));
        (arrival.saturating_add(taken), granted)
    }

    /// The number of permits that are free at a time.
    pub(crate) fn free(self, arrival: i64, now: i64) -> u32 {
        let free = now.saturating_add(self.full).saturating_sub(arrival) / self.interval;
        u32::try_from(free.max(0)).unwrap_or(u32::MAX)
    }

    /// The time at which one permit is free.
    pub(crate) fn next_at(self, arrival: i64) -> i64 {
        arrival
            .saturating_add(self.interval)
            .saturating_sub(self.full)
    }

    /// The stored time after `unused` permits were given back.
    pub(crate) fn give_back(self, arrival: i64, unused: u32) -> i64 {
        arrival.saturating_sub(self.interval.saturating_mul(i64::from(unused)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    #[test]
    fn a_burst_is_granted_and_then_one_for_each_interval() {
        let limit = Gcra::new(Duration::from_secs(6), 10);
        let (mut arrival, granted) = limit.take(None, 12, 0);
        assert_eq!((granted, limit.free(arrival, 0)), (10, 0));
        assert_eq!(limit.next_at(arrival), 6 * SECOND);
        assert_eq!(limit.take(Some(arrival), 1, 6 * SECOND - 1).1, 0);
        (arrival, _) = limit.take(Some(arrival), 1, 6 * SECOND);
        assert_eq!(limit.take(Some(arrival), 1, 6 * SECOND).1, 0);
        assert_eq!(limit.free(arrival, 36 * SECOND), 5);
        assert_eq!(
            limit.free(limit.give_back(arrival, 2), 36 * SECOND),
            7,
            "two were not used"
        );
        assert_eq!(limit.free(arrival.max(1000 * SECOND), 1000 * SECOND), 10);
    }

    /// Attack 144: a clock that is set back must not refuse for as long as it was set back.
    #[test]
    fn attack_144_a_clock_that_is_set_back_refuses_for_no_longer_than_the_limit() {
        let limit = Gcra::new(Duration::from_secs(6), 10);
        let (arrival, _) = limit.take(None, 10, 3600 * SECOND);
        let (arrival, granted) = limit.take(Some(arrival), 1, 0);
        assert_eq!((granted, limit.next_at(arrival)), (0, 6 * SECOND));
        // Clocks that differ a little, as those of two machines, share the limit.
        let (arrival, granted) = limit.take(Some(100 * SECOND), 1, 0);
        assert_eq!((granted, arrival), (0, 100 * SECOND));
    }

    #[test]
    fn extreme_numbers_neither_overflow_nor_divide_by_zero() {
        for limit in [
            Gcra::new(Duration::MAX, u32::MAX),
            Gcra::new(Duration::ZERO, 0),
        ] {
            for now in [i64::MIN, -1, 0, 1, i64::MAX] {
                for arrival in [None, Some(i64::MIN), Some(0), Some(i64::MAX)] {
                    let (arrival, _) = limit.take(arrival, u32::MAX, now);
                    limit.next_at(limit.give_back(arrival, u32::MAX));
                }
            }
        }
    }
}
