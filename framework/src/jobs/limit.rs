//! Rate limits of jobs by a key.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use super::Key;
use crate::queue::store::RateLimit;

/// The rate limit of a job: of all jobs with its key so many begin in a time, in all processes together.
///
/// ```
/// use std::time::Duration;
/// use fw::{jobs::Limit, prelude::*};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize)]
/// # struct Charge { account: String }
///
/// impl Job for Charge {
///     const NAME: &'static str = "charge";
///
///     fn key(&self) -> Key {
///         Key::none()
///     }
///
///     // The bank takes 100 calls a minute for each account.
///     fn limit(&self) -> Option<Limit> {
///         Some(Limit::times(100, Duration::from_secs(60), format!("bank:{}", self.account)))
///     }
///
///     async fn run(&self, _: &JobContext) -> Result<(), JobError> {
///         Ok(())
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    key: String,
    number: u32,
    period: Duration,
    burst: u32,
}

impl Limit {
    /// The limit of `number` jobs in each `period` for a key, which has 1 to 512 bytes. Jobs of other names with the same key share it.
    ///
    /// Any job that has waited long enough may begin; [`burst`](Self::burst) lets several begin at once.
    ///
    /// # Panics
    ///
    /// Panics if `number` or `period` is zero.
    #[must_use]
    pub fn times(number: u32, period: Duration, key: impl Into<String>) -> Self {
        assert!(
            number > 0 && !period.is_zero(),
            "a limit lets at least one job begin, in a time above zero"
        );
        Self {
            key: key.into(),
            number,
            period,
            burst: 1,
        }
    }

    /// Sets the number of jobs that may begin at once after a pause, instead of 1.
    #[must_use]
    pub fn burst(self, burst: u32) -> Self {
        Self { burst, ..self }
    }

    /// Returns true if the key can be stored.
    pub(super) fn has_key(&self) -> bool {
        (1..=Key::MAX_BYTES).contains(&self.key.len()) && !self.key.contains('\0')
    }

    /// The limit as the store knows it.
    pub(super) fn stored(&self) -> RateLimit {
        RateLimit {
            key: format!("key:{}", self.key),
            interval: (self.period / self.number).max(Duration::from_micros(1)),
            burst: self.burst.max(1),
        }
    }
}

/// The longest time after the next free permit that a job is sent to: the limit may be another one by then.
const HORIZON: TimeDelta = TimeDelta::minutes(10);

/// The number of keys from which on those are forgotten whose time has passed.
const MANY: usize = 1000;

/// The times to which this process has put off jobs, by the keys of their limits. Of a thousand jobs with one limit each gets a time of
/// its own; otherwise all would come back for the one next permit.
#[derive(Clone, Default)]
pub(super) struct Pace(Arc<Mutex<BTreeMap<String, DateTime<Utc>>>>);

impl Pace {
    /// The time for a job that has got no permit; `next_at` is that of the next one.
    pub(super) fn put_off(
        &self,
        limit: &RateLimit,
        next_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> DateTime<Utc> {
        let mut latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if latest.len() >= MANY {
            latest.retain(|_, time| *time > now);
        }
        let interval = TimeDelta::from_std(limit.interval).unwrap_or(HORIZON);
        let after_latest = latest.get(&limit.key).map(|time| *time + interval);
        let time = after_latest.map_or(next_at, |time| time.max(next_at));
        if time > next_at + HORIZON {
            return next_at + HORIZON;
        }
        latest.insert(limit.key.clone(), time);
        time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_that_wait_for_one_limit_come_back_one_after_another() {
        let pace = Pace::default();
        let limit = Limit::times(60, Duration::from_mins(1), "bank").stored();
        let now = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        let seconds = |next_at: i64| {
            let next_at = now + TimeDelta::seconds(next_at);
            (pace.put_off(&limit, next_at, now) - now).num_seconds()
        };
        assert_eq!([seconds(1), seconds(1), seconds(1)], [1, 2, 3]);
        // Other processes have taken the permits meanwhile.
        assert_eq!([seconds(9), seconds(9)], [9, 10]);
        for _ in 0..1000 {
            seconds(1);
        }
        assert_eq!(seconds(1), 601, "not for ever");
        let other = Limit::times(1, Duration::from_secs(1), "other").stored();
        assert_eq!(pace.put_off(&other, now, now), now);
    }
}
