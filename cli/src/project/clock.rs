//! The clock that the names of migrations are made from.

use chrono::{NaiveDateTime, TimeDelta, Utc};

use crate::error::CliError;

/// The environment variable that replaces the clock, in UTC as `2026-11-21T10:15:00`: for output that is the same each
/// time.
pub const NOW: &str = "CARGO_FW_NOW";

const STAMP: &str = "%Y%m%d_%H%M%S";

/// The present time in UTC, or the time in `CARGO_FW_NOW`.
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

/// A stamp such as `20261121_101500` that comes after the newest one there is, also when that lies in the future;
/// `None` if there is no such stamp.
pub fn stamp_after(newest: Option<&str>, now: NaiveDateTime) -> Option<String> {
    let now = now.format(STAMP).to_string();
    match newest {
        Some(newest) if newest >= now.as_str() => next(newest),
        _ => Some(now),
    }
}

/// The stamp one second later; the next number where a stamp is no time, as in `20269999_000001`.
fn next(stamp: &str) -> Option<String> {
    let later = NaiveDateTime::parse_from_str(stamp, STAMP)
        .ok()
        .and_then(|time| time.checked_add_signed(TimeDelta::seconds(1)))
        .map(|time| time.format(STAMP).to_string())
        .filter(|later| later.len() == stamp.len() && later.as_str() > stamp);
    if later.is_some() {
        return later;
    }
    let number: u64 = stamp.replace('_', "").parse().ok()?;
    let digits = format!("{:014}", number + 1);
    (digits.len() == 14).then(|| format!("{}_{}", &digits[..8], &digits[8..]))
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
        let after = |newest| stamp_after(newest, now);
        let stamp = |stamp: &str| Some(stamp.to_owned());
        assert_eq!(after(None), stamp("20261121_101500"));
        assert_eq!(after(Some("20261121_101459")), stamp("20261121_101500"));
        assert_eq!(after(Some("20261121_101500")), stamp("20261121_101501"));
        assert_eq!(after(Some("20261231_235959")), stamp("20270101_000000"));
        // Stamps that are no time.
        assert_eq!(after(Some("20269999_000001")), stamp("20269999_000002"));
        assert_eq!(after(Some("20261199_999999")), stamp("20261200_000000"));
        assert_eq!(after(Some("99991231_235959")), stamp("99991231_235960"));
        assert_eq!(after(Some("99999999_999999")), None);
    }
}
