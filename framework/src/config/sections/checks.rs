//! Checks of the configuration beyond its types: ranges, and settings that contradict each other.

use std::{fmt::Display, ops::RangeInclusive, time::Duration};

use crate::config::duration;

/// A collector of violations in the values of a configuration whose types are right.
#[derive(Debug, Default)]
pub(in crate::config) struct Checks(Vec<Violation>);

/// A violation: a value that is not allowed.
#[derive(Debug)]
pub(in crate::config) struct Violation {
    pub(in crate::config) key: &'static str,
    pub(in crate::config) fault: Fault,
}

/// The fault of a value that is not allowed.
#[derive(Debug)]
pub(in crate::config) enum Fault {
    Wrong {
        expected: String,
        found: String,
    },
    Missing {
        expected: String,
        hint: String,
    },
    Refused {
        message: String,
        hint: Option<String>,
    },
    Feature {
        feature: &'static str,
    },
}

impl Checks {
    /// The violations, in the order of the checks.
    pub(in crate::config) fn into_violations(self) -> Vec<Violation> {
        self.0
    }

    fn note(&mut self, key: &'static str, fault: Fault) {
        self.0.push(Violation { key, fault });
    }

    pub(super) fn wrong(
        &mut self,
        key: &'static str,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) {
        let (expected, found) = (expected.into(), found.into());
        self.note(key, Fault::Wrong { expected, found });
    }

    pub(super) fn missing(&mut self, key: &'static str, expected: &str, hint: &str) {
        let (expected, hint) = (expected.to_owned(), hint.to_owned());
        self.note(key, Fault::Missing { expected, hint });
    }

    /// Adds a violation with its own message.
    pub(super) fn refused(&mut self, key: &'static str, message: String, hint: Option<String>) {
        self.note(key, Fault::Refused { message, hint });
    }

    /// Adds a violation of a setting that needs a Cargo feature which is not compiled in.
    pub(super) fn feature(&mut self, key: &'static str, feature: &'static str) {
        self.note(key, Fault::Feature { feature });
    }

    pub(super) fn range<T: PartialOrd + Display + Limit>(
        &mut self,
        key: &'static str,
        value: &T,
        range: RangeInclusive<T>,
    ) {
        if !range.contains(value) {
            let expected = if *range.end() == T::LARGEST {
                format!("at least {}", range.start())
            } else {
                format!("a whole number from {} to {}", range.start(), range.end())
            };
            self.wrong(key, expected, format!("`{value}`"));
        }
    }

    /// Checks a duration, which must be above zero and at most `max`.
    pub(super) fn time(&mut self, key: &'static str, value: Duration, max: Duration) {
        if value.is_zero() {
            let expected = format!(
                "a duration above zero and at most `{}`",
                duration::format(max)
            );
            self.wrong(key, expected, format!("`{}`", duration::format(value)));
        } else {
            self.time_or_zero(key, value, max);
        }
    }

    /// Checks a duration, which must be in a range.
    pub(super) fn time_within(
        &mut self,
        key: &'static str,
        value: Duration,
        range: RangeInclusive<Duration>,
    ) {
        if !range.contains(&value) {
            let [least, most] = [*range.start(), *range.end()].map(duration::format);
            let expected = format!("a duration from `{least}` to `{most}`");
            self.wrong(key, expected, format!("`{}`", duration::format(value)));
        }
    }

    pub(super) fn time_or_zero(&mut self, key: &'static str, value: Duration, max: Duration) {
        if value > max {
            let expected = format!("a duration of at most `{}`", duration::format(max));
            self.wrong(key, expected, format!("`{}`", duration::format(value)));
        }
    }

    pub(super) fn not_empty(&mut self, key: &'static str, value: &str) {
        if value.trim().is_empty() {
            self.wrong(key, "a text that is not empty", "an empty one");
        }
    }

    pub(super) fn header(&mut self, key: &'static str, value: &str) {
        if http::HeaderValue::from_str(value).is_err() {
            self.wrong(
                key,
                "the value of an HTTP header: one line",
                format!("`{value:?}`"),
            );
        }
    }
}

/// A number type whose largest value means "no upper limit" in a range.
pub(super) trait Limit {
    const LARGEST: Self;
}

impl Limit for u32 {
    const LARGEST: Self = Self::MAX;
}

impl Limit for u64 {
    const LARGEST: Self = Self::MAX;
}

impl Limit for usize {
    const LARGEST: Self = Self::MAX;
}
