//! The clock of jobs.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

/// The clock by which jobs are due: that of the system, or of a test. Cheap to clone; every clone is the same clock.
///
/// It can be shifted: a process that runs jobs follows the clock of the database server, so that machines whose clocks differ agree on
/// what is due, and a test may let time pass without waiting.
///
/// ```
/// use std::time::Duration;
///
/// use fw::queue::Clock;
///
/// let clock = Clock::system();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(3600));
/// assert!(clock.now() - before >= chrono::TimeDelta::hours(1));
/// ```
#[derive(Clone)]
pub struct Clock {
    source: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    shift_micros: Arc<AtomicI64>,
}

impl Clock {
    /// The clock of the system.
    pub fn system() -> Self {
        Self::new(Utc::now)
    }

    /// A clock that shows what `source` returns.
    pub fn new(source: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self {
            source: Arc::new(source),
            shift_micros: Arc::default(),
        }
    }

    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        (self.source)() + TimeDelta::microseconds(self.shift_micros.load(Ordering::Relaxed))
    }

    /// Lets `duration` pass at once.
    pub fn advance(&self, duration: Duration) {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        self.shift_micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// Shifts the clock so that it shows `time` now.
    pub(crate) fn set(&self, time: DateTime<Utc>) {
        let shift = time - (self.source)();
        let micros = shift.num_microseconds().unwrap_or_default();
        self.shift_micros.store(micros, Ordering::Relaxed);
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}
