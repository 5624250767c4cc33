//! Times as stores keep them: microseconds since 1970 (UTC).

use std::time::Duration;

use chrono::{DateTime, Utc};

/// The microseconds of a time; what is finer is cut off.
pub(super) fn micros(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros()
}

/// The time of a number of microseconds; one that is out of range becomes the nearest.
pub(super) fn from_micros(micros: i64) -> DateTime<Utc> {
    let limit = if micros < 0 {
        DateTime::<Utc>::MIN_UTC
    } else {
        DateTime::<Utc>::MAX_UTC
    };
    DateTime::from_timestamp_micros(micros).unwrap_or(limit)
}

/// A time to the microsecond, as it comes back from a store.
pub(super) fn truncated(time: DateTime<Utc>) -> DateTime<Utc> {
    from_micros(micros(time))
}

/// The microseconds of a duration.
pub(super) fn duration_micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
