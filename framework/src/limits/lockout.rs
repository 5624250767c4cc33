//! The growing lock-out of a subject after failures, such as wrong passwords.

use std::time::Duration;

/// A growing lock-out: after some failures in a row further attempts are refused for a time, which doubles with each further failure.
///
/// By default for 30 seconds at first and 15 minutes at most. Failures are forgotten after a success, and a day after the last one: a
/// guesser has about a hundred attempts a day, at any speed. Fewer failures than lock out are forgotten sooner, the first of five after a
/// fifth of a day, so that many with accounts that are invented do not take the place of a lock-out. See [the module](super) for an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lockout {
    name: &'static str,
    failures: u32,
    first: Duration,
    at_most: Duration,
}

impl Lockout {
    /// The lock-out after so many failures in a row. The name is that of what is attempted, in letters, digits, `-` and `_`, such as `sign-in`.
    ///
    /// # Panics
    ///
    /// Panics if `failures` is zero.
    #[must_use]
    pub const fn after(name: &'static str, failures: u32) -> Self {
        assert!(
            failures > 0,
            "somebody who has never failed is not locked out"
        );
        Self {
            name,
            failures,
            first: Duration::from_secs(30),
            at_most: Duration::from_mins(15),
        }
    }

    /// Sets the time of the first lock-out, which doubles from then on.
    #[must_use]
    pub const fn first(self, first: Duration) -> Self {
        Self { first, ..self }
    }

    /// Sets the longest time of a lock-out.
    #[must_use]
    pub const fn at_most(self, at_most: Duration) -> Self {
        Self { at_most, ..self }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn rule(&self) -> Rule {
        let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
        Rule {
            failures: self.failures,
            first: micros(self.first.min(self.at_most)),
            at_most: micros(self.at_most),
        }
    }
}

/// A lock-out in numbers. All times are in microseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) failures: u32,
    pub(super) first: i64,
    pub(super) at_most: i64,
}

/// The failures of a subject, and the time until which it is locked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failures {
    pub(super) number: u32,
    pub(super) until: i64,
}

impl Rule {
    /// The time for which failures that lock out are remembered, after the lock-out that the last one brought: a day.
    pub(super) const REMEMBERED: i64 = 24 * 60 * 60 * 1_000_000;

    /// Counts an attempt as a failure until it succeeds, so that a thousand at the same moment are a thousand. The error is the time until which
    /// there may be none. `lockout.lua` is the same for Redis.
    pub(super) fn attempt(self, before: Option<Failures>, now: i64) -> Result<Failures, i64> {
        let Failures { number, until } = before.unwrap_or(Failures {
            number: 0,
            until: now,
        });
        // A clock that was set back must not lock anybody out for as long.
        let until = until.min(now.saturating_add(self.at_most));
        if until > now {
            return Err(until);
        }
        let number = number.saturating_add(1);
        let until = match number.checked_sub(self.failures) {
            None => now,
            Some(doublings) => {
                let time = self.first.saturating_mul(1 << doublings.min(40));
                now.saturating_add(time.min(self.at_most))
            }
        };
        Ok(Failures { number, until })
    }

    /// The time from which on failures are forgotten. Those that do not lock out yet are remembered for their part of the time.
    pub(super) fn expires(self, failures: Failures, now: i64) -> i64 {
        let part = Self::REMEMBERED / i64::from(self.failures);
        let remembered = part * i64::from(failures.number.min(self.failures));
        failures.until.max(now).saturating_add(remembered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    #[test]
    fn lock_outs_begin_after_some_failures_and_double_up_to_the_longest() {
        let rule = Lockout::after("sign-in", 5).rule();
        let (mut state, mut now) = (None, 0);
        let mut waits = Vec::new();
        for _ in 0..13 {
            let failures = rule.attempt(state, now).expect("it is not locked out");
            waits.push((failures.until - now) / SECOND);
            if failures.until > now {
                let refused = rule.attempt(Some(failures), failures.until - 1);
                assert_eq!(refused, Err(failures.until), "and not counted");
            }
            (state, now) = (Some(failures), failures.until);
        }
        assert_eq!(
            waits,
            [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900, 900]
        );
    }

    #[test]
    fn failures_that_do_not_lock_out_yet_are_forgotten_sooner() {
        let rule = Lockout::after("sign-in", 5).rule();
        let minutes = |number, until| {
            let expires = rule.expires(Failures { number, until }, 0);
            (expires - until) / (60 * SECOND)
        };
        let parts = [288, 576, 864, 1152, 1440, 1440];
        assert_eq!([1, 2, 3, 4, 5, 6].map(|number| minutes(number, 0)), parts);
        assert_eq!(minutes(5, 30 * SECOND), 1440, "after the lock-out");
        let often = Lockout::after("often", u32::MAX).rule();
        let (number, until) = (u32::MAX, i64::MAX);
        assert_eq!(often.expires(Failures { number, until }, 0), i64::MAX);
    }

    #[test]
    fn attack_144_a_clock_that_is_set_back_locks_nobody_out_for_longer_than_the_longest() {
        let rule = Lockout::after("sign-in", 1).rule();
        let state = Failures {
            number: 9,
            until: 3600 * SECOND,
        };
        assert_eq!(rule.attempt(Some(state), 0), Err(900 * SECOND));
    }

    #[test]
    fn a_long_series_of_failures_does_not_overflow() {
        let rule = Lockout::after("sign-in", 1).at_most(Duration::MAX).rule();
        let state = Failures {
            number: u32::MAX,
            until: 0,
        };
        assert!(rule.attempt(Some(state), 1).is_ok());
    }
}
