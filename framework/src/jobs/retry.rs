//! The retry policy of a job.

use std::time::Duration;

/// The retry policy of a job: the number of its tries, and the waiting time between them.
///
/// The waiting time is exponential with full jitter: after the `n`th try it is a random time between zero and
/// `base · 2ⁿ⁻¹`, at most `longest`. So jobs that failed together, because something that they all need was down, do not all come back
/// at the same moment.
///
/// ```
/// use std::time::Duration;
/// use fw::jobs::Retry;
///
/// const PATIENT: Retry = Retry::times(20).backoff(Duration::from_secs(30), Duration::from_secs(86_400));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    pub(super) tries: u32,
    base: Duration,
    longest: Duration,
}

impl Retry {
    /// Five tries; the longest waiting times are 15 s, 30 s, 1 min and 2 min.
    pub const DEFAULT: Self = Self::times(5);

    /// One try: a job that fails goes to the dead letters at once.
    pub const NEVER: Self = Self::times(1);

    /// A policy of `tries`, at least 1, with the default waiting times: 15 s after the first try, at most an hour.
    ///
    /// # Panics
    ///
    /// Panics, in a constant at compile time, if `tries` is 0.
    #[must_use]
    pub const fn times(tries: u32) -> Self {
        assert!(tries > 0, "a job needs at least one try");
        Self {
            tries,
            base: Duration::from_secs(15),
            longest: Duration::from_hours(1),
        }
    }

    /// Sets the longest waiting time after the first try, `base`, which doubles with each further one up to `longest`.
    #[must_use]
    pub const fn backoff(self, base: Duration, longest: Duration) -> Self {
        Self {
            base,
            longest,
            ..self
        }
    }

    /// The waiting time after the given try; `fraction`, from 0 to 1, is the jitter.
    pub(super) fn delay(&self, attempt: u32, fraction: f64) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        let limit = self.base.saturating_mul(1 << doublings).min(self.longest);
        limit.mul_f64(fraction.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_longest() {
        let policy = Retry::DEFAULT.backoff(Duration::from_secs(1), Duration::from_mins(1));
        let seconds = [1, 2, 3, 7, 99].map(|attempt| policy.delay(attempt, 1.0).as_secs());
        assert_eq!(seconds, [1, 2, 4, 60, 60]);
        assert_eq!(policy.delay(3, 0.5), Duration::from_secs(2));
        assert_eq!(policy.delay(3, 0.0), Duration::ZERO);
    }
}
