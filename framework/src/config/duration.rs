//! Durations in configuration values: `500ms`, `30s`, `10m`, `1h30m`, `365d`.
//!
//! For settings of your own it is a module for `#[serde(with)]`, which finds [`serialize`] and [`deserialize`] in it:
//!
//! ```
//! use std::time::Duration;
//!
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct Settings {
//!     #[serde(with = "fw::config::duration")]
//!     session_timeout: Duration,
//! }
//!
//! let settings: Settings = serde_json::from_str(r#"{"session_timeout": "90s"}"#)?;
//! assert_eq!(settings.session_timeout, Duration::from_secs(90));
//! assert_eq!(serde_json::to_string(&settings)?, r#"{"session_timeout":"1m30s"}"#);
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::{fmt, time::Duration};

use serde::{
    Deserializer, Serializer,
    de::{Error, Unexpected, Visitor},
};

/// Parses a duration: numbers with the units `ms`, `s`, `m`, `h` and `d`, without spaces. `None` if it is not one.
///
/// ```
/// use std::time::Duration;
///
/// let duration = fw::config::duration::parse("1h30m");
/// assert_eq!(duration, Some(Duration::from_secs(5400)));
/// ```
pub fn parse(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        let after = &rest[digits..];
        let unit = after
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(after.len());
        let factor = UNITS.iter().find(|(name, _)| *name == &after[..unit])?.1;
        total = total.checked_add(Duration::from_millis(number.checked_mul(factor)?))?;
        rest = &after[unit..];
    }
    (!text.is_empty()).then_some(total)
}

/// Formats a duration so that [`parse`] reads it: `90s` as `1m30s`. Fractions of a millisecond are left out.
///
/// ```
/// use std::time::Duration;
///
/// assert_eq!(fw::config::duration::format(Duration::from_secs(90)), "1m30s");
/// ```
pub fn format(duration: Duration) -> String {
    let mut rest = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if rest == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (name, factor) in UNITS {
        if rest >= factor {
            text.push_str(&(rest / factor).to_string());
            text.push_str(name);
            rest %= factor;
        }
    }
    text
}

/// Serializes a duration, for `serde(with)`. See [the module](self) for an example.
pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format(*duration))
}

/// Deserializes a duration, for `serde(with)`. See [the module](self) for an example.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    deserializer.deserialize_str(Text)
}

/// The units, largest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

struct Text;

impl Visitor<'_> for Text {
    type Value = Duration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration such as `500ms`, `30s`, `10m`, `1h` or `365d`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Duration, E> {
        parse(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_durations() {
        assert_eq!(parse("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parse("1h30m"), Some(Duration::from_mins(90)));
        assert_eq!(parse("365d"), Some(Duration::from_hours(365 * 24)));
        for bad in [
            "",
            "30",
            "s",
            "-1s",
            "1.5s",
            "1 h",
            "3y",
            "99999999999999999999s",
            "30m ",
        ] {
            assert_eq!(parse(bad), None, "{bad:?}");
        }
        assert_eq!(parse("18446744073709551615d"), None, "too large");
    }

    #[test]
    fn formats_durations_so_that_they_can_be_parsed() {
        for text in ["0s", "1ms", "30s", "1m30s", "1h", "1d12h", "365d"] {
            assert_eq!(format(parse(text).unwrap()), text);
        }
    }
}
