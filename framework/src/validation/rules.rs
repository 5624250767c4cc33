//! Rules for `#[garde(custom(…))]`, each for a type and for an `Option` of it.
//!
//! ```
//! use fw::validation::rules;
//! use rust_decimal::Decimal;
//!
//! #[derive(garde::Validate)]
//! struct Product {
//!     #[garde(custom(rules::decimal(10, 2)))]
//!     price: Decimal,
//!     #[garde(custom(rules::decimal(3, 1)))]
//!     rating: Option<Decimal>,
//! }
//! ```

use std::io;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};
use garde::Error;
use rust_decimal::Decimal;
use serde_json::Value;

use super::Base64;

/// What a rule returns.
pub type Outcome = garde::Result;

/// An error of a rule of your own, with a stable code: lower-case letters and underscores.
///
/// A rule that returns any other [`garde::Error`] has the code `invalid`.
///
/// ```
/// use fw::validation::rules;
///
/// fn even(number: &i64, _: &()) -> rules::Outcome {
///     if number % 2 == 0 { Ok(()) } else { Err(rules::error("odd", "must be even")) }
/// }
/// ```
pub fn error(code: &str, message: impl AsRef<str>) -> Error {
    Error::new(format!("{code}: {}", message.as_ref()))
}

/// A `T` or an `Option<T>`: `None` breaks no rule.
pub trait Optional<T> {
    /// The value, if there is one.
    fn given(&self) -> Option<&T>;
}

impl<T> Optional<T> for T {
    fn given(&self) -> Option<&T> {
        Some(self)
    }
}

impl<T> Optional<T> for Option<T> {
    fn given(&self) -> Option<&T> {
        self.as_ref()
    }
}

fn check<T, V: Optional<T>>(value: &V, judge: impl FnOnce(&T) -> Outcome) -> Outcome {
    value.given().map_or(Ok(()), judge)
}

/// The number fits a column `DECIMAL(precision, scale)`, zeros at its end not counted: `too_large` or `too_small` (below
/// zero) when it has more than `precision - scale` digits before the point, `invalid` when it has more than `scale` after it.
pub fn decimal<V: Optional<Decimal>>(precision: u32, scale: u32) -> impl Fn(&V, &()) -> Outcome {
    move |value, ()| {
        check(value, |number| {
            let digits = precision.saturating_sub(scale);
            // 10^29 is beyond the largest `Decimal`.
            let limit = Decimal::try_from_i128_with_scale(10_i128.pow(digits.min(29)), 0);
            match limit {
                Ok(limit) if *number >= limit => {
                    Err(error("too_large", format!("must be less than {limit}")))
                }
                Ok(limit) if *number <= -limit => {
                    Err(error("too_small", format!("must be greater than -{limit}")))
                }
                _ if number.normalize().scale() > scale => {
                    Err(error("invalid", too_precise(scale)))
                }
                _ => Ok(()),
            }
        })
    }
}

fn too_precise(scale: u32) -> String {
    match scale {
        0 => "must be a whole number".to_owned(),
        1 => "must have at most 1 decimal place".to_owned(),
        scale => format!("must have at most {scale} decimal places"),
    }
}

/// A JSON value that is not `null`.
pub fn not_null<V: Optional<Value>>(value: &V, _: &()) -> Outcome {
    check(value, |json| match json {
        Value::Null => Err(error("null", "must not be null")),
        _ => Ok(()),
    })
}

/// A JSON value that takes at most `max` bytes without white space.
pub fn max_json_bytes<V: Optional<Value>>(max: usize) -> impl Fn(&V, &()) -> Outcome {
    move |value, ()| {
        check(value, |json| {
            let mut count = Count(0);
            match serde_json::to_writer(&mut count, json) {
                Ok(()) if count.0 <= max => Ok(()),
                _ => Err(error(
                    "too_long",
                    format!("must take at most {max} bytes as JSON"),
                )),
            }
        })
    }
}

/// At most `max` bytes, before they were written as base64.
pub fn max_bytes<V: Optional<Base64>>(max: usize) -> impl Fn(&V, &()) -> Outcome {
    move |value, ()| {
        check(value, |bytes| {
            if bytes.0.len() <= max {
                Ok(())
            } else {
                Err(error("too_long", format!("must have at most {max} bytes")))
            }
        })
    }
}

/// A floating-point number that is a number: JSON's `1e300` is infinite as an `f32`.
pub fn finite<V: Finite>(value: &V, _: &()) -> Outcome {
    if value.is_finite() {
        Ok(())
    } else {
        Err(error("too_large", "must be a smaller number"))
    }
}

/// A date in the years 1 to 9999: those that every database stores and sorts alike.
pub fn four_digit_year<V: HasYear>(value: &V, _: &()) -> Outcome {
    match value.year() {
        Some(year) if year < 1 => Err(error("too_small", "must not be before the year 1")),
        Some(year) if year > 9999 => Err(error("too_large", "must not be after the year 9999")),
        _ => Ok(()),
    }
}

/// A floating-point number, or an `Option` of one.
pub trait Finite {
    /// Whether it is neither infinite nor NaN.
    fn is_finite(&self) -> bool;
}

impl Finite for f32 {
    fn is_finite(&self) -> bool {
        Self::is_finite(*self)
    }
}

impl Finite for f64 {
    fn is_finite(&self) -> bool {
        Self::is_finite(*self)
    }
}

impl<T: Finite> Finite for Option<T> {
    fn is_finite(&self) -> bool {
        self.as_ref().is_none_or(T::is_finite)
    }
}

/// A date, with or without a time, or an `Option` of one.
pub trait HasYear {
    /// The year in UTC.
    fn year(&self) -> Option<i32>;
}

impl HasYear for NaiveDate {
    fn year(&self) -> Option<i32> {
        Some(Datelike::year(self))
    }
}

impl HasYear for NaiveDateTime {
    fn year(&self) -> Option<i32> {
        Some(Datelike::year(self))
    }
}

impl HasYear for DateTime<Utc> {
    fn year(&self) -> Option<i32> {
        Some(Datelike::year(self))
    }
}

impl<T: HasYear> HasYear for Option<T> {
    fn year(&self) -> Option<i32> {
        self.as_ref().and_then(T::year)
    }
}

/// Counts what is written.
struct Count(usize);

impl io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
