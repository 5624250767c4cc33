//! Rates in configuration values: `100/m`.

use std::{
    fmt::{self, Display},
    num::NonZeroU32,
    str::FromStr,
    time::Duration,
};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Unexpected, Visitor},
};

/// The units with their names.
const UNITS: [(&str, Duration); 4] = [
    ("s", Duration::from_secs(1)),
    ("m", Duration::from_mins(1)),
    ("h", Duration::from_hours(1)),
    ("d", Duration::from_hours(24)),
];

/// A rate: a number in a second, minute, hour or day, such as `100/m`; from 1 to 1,000,000.
///
/// ```
/// use std::time::Duration;
/// use fw::config::Rate;
///
/// let rate: Rate = "100/m".parse()?;
/// assert_eq!(rate.interval(), Duration::from_millis(600));
/// assert_eq!(rate.to_string(), "100/m");
/// assert!("100 per minute".parse::<Rate>().is_err());
/// # Ok::<(), fw::config::InvalidRate>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    number: NonZeroU32,
    /// The index in [`UNITS`].
    unit: usize,
}

/// The error of a text that is no rate. See [`Rate`] for an example.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no rate\nhint: write a number and `s`, `m`, `h` or `d`, as in `100/m`")]
pub struct InvalidRate(String);

impl Rate {
    /// The average time from one to the next.
    pub fn interval(&self) -> Duration {
        UNITS[self.unit].1 / self.number.get()
    }
}

impl FromStr for Rate {
    type Err = InvalidRate;

    fn from_str(text: &str) -> Result<Self, InvalidRate> {
        let parse = || {
            let (number, unit) = text.split_once('/')?;
            let is_plain = number.bytes().all(|byte| byte.is_ascii_digit());
            let number = number.parse().ok().filter(|_| is_plain)?;
            let number = NonZeroU32::new(number).filter(|number| number.get() <= 1_000_000)?;
            let unit = UNITS.iter().position(|(name, _)| *name == unit)?;
            Some(Self { number, unit })
        };
        parse().ok_or_else(|| InvalidRate(text.to_owned()))
    }
}

impl Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, UNITS[self.unit].0)
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text)
    }
}

struct Text;

impl Visitor<'_> for Text {
    type Value = Rate;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number in a second, minute, hour or day, such as `100/m`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Rate, E> {
        text.parse()
            .map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_read_as_it_is_written() {
        for (text, interval) in [
            ("1/s", Duration::from_secs(1)),
            ("100/m", Duration::from_millis(600)),
            ("6/h", Duration::from_mins(10)),
            ("24/d", Duration::from_hours(1)),
            ("1000000/s", Duration::from_micros(1)),
        ] {
            let rate: Rate = text.parse().expect(text);
            assert_eq!(rate.interval(), interval, "{text}");
            assert_eq!(rate.to_string(), text);
        }
        for text in [
            "",
            "/",
            "100",
            "100/",
            "/m",
            "0/m",
            "-1/m",
            "+1/m",
            "1.5/s",
            "100/min",
            "1000001/s",
            "100 / m",
        ] {
            let refused = text.parse::<Rate>().expect_err(text).to_string();
            assert!(refused.contains(&format!("`{text}`")), "{refused}");
        }
    }
}
