//! The time that names a migration.

use chrono::{NaiveDateTime, TimeDelta, Timelike, Utc};

use crate::error::CliError;

/// The environment variable that stands in for the clock, in UTC as `2026-11-21T10:15:00`: output that is the same each time.
pub const NOW: &str = "CARGO_FW_NOW";

const STAMP: &str = "%Y%m%d_%H%M%S";

/// The moment now in UTC, or what `CARGO_FW_NOW` says.
pub fn now() -> Result<NaiveDateTime, CliError> {
    match std::env::var(NOW) {
        Ok(text) => NaiveDateTime::parse_from_str(text.trim_end_matches('Z'), "%Y-%m-%dT%H:%M:%S")
            .map_err(|_| {
                CliError::usage(format!("`{NOW}` is `{text}`, which is no time"))
                    .hint("write it as `2026-11-21T10:15:00`")
            }),
        Err(_) => Ok(Utc::now().naive_utc()),
    }
}

/// A stamp such as `20261121_101500` that comes after the newest one there is.
pub fn stamp_after(newest: Option<&str>, now: NaiveDateTime) -> String {
    let newest = newest.and_then(|stamp| NaiveDateTime::parse_from_str(stamp, STAMP).ok());
    // Names have whole seconds.
    let now = now.with_nanosecond(0).unwrap_or(now);
    let stamp = match newest {
        Some(newest) if newest >= now => newest + TimeDelta::seconds(1),
        _ => now,
    };
    stamp.format(STAMP).to_string()
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::stamp_after;

    #[test]
    fn a_new_migration_comes_after_the_newest() {
        let now = NaiveDate::from_ymd_opt(2026, 11, 21)
            .unwrap()
            .and_hms_milli_opt(10, 15, 0, 500)
            .unwrap();
        assert_eq!(stamp_after(None, now), "20261121_101500");
        assert_eq!(stamp_after(Some("20261121_101459"), now), "20261121_101500");
        assert_eq!(stamp_after(Some("20261121_101500"), now), "20261121_101501");
        assert_eq!(stamp_after(Some("20261231_235959"), now), "20270101_000000");
    }
}
