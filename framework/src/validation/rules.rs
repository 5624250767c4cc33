//! Rules for `#[garde(custom(…))]`, each for a type and for an `Option` of it.
//!
//! Constraints that a type can express have a type: [`Numeric`](super::Numeric), [`Base64`](super::Base64),
//! [`JsonDocument`](super::JsonDocument). Bodies and queries take no other dates and floats anyway; [`finite`] and
//! [`four_digit_year`] are for values that come another way.
//!
//! ```
//! use chrono::NaiveDate;
//! use fw::validation::rules;
//!
//! #[derive(garde::Validate)]
//! struct Product {
//!     #[garde(custom(rules::finite))]
//!     weight: f32,
//!     #[garde(custom(rules::four_digit_year))]
//!     discontinued_on: Option<NaiveDate>,
//! }
//! ```

use std::fmt::Display;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};
use garde::Error;

use super::codes;

/// The result of a rule. See [`error`] for an example.
pub type Outcome = garde::Result;

/// An error of a rule of your own, with a stable code: lower-case letters and underscores.
///
/// A rule that returns any other [`garde::Error`] has the code `invalid`.
///
/// ```
/// use fw::validation::{Presence, decode_json, rules};
///
/// fn even(number: &i64, _: &()) -> rules::Outcome {
///     if number % 2 == 0 { Ok(()) } else { Err(rules::error("odd", "must be even")) }
/// }
///
/// #[derive(Debug, serde::Deserialize, garde::Validate)]
/// struct Pair {
///     #[garde(custom(even))]
///     size: i64,
/// }
///
/// let error = decode_json::<Pair>(br#"{"size": 3}"#, Presence::Partial).unwrap_err();
/// assert_eq!(error.field_errors()[0].code, "odd");
/// ```
pub fn error(code: &str, message: impl AsRef<str>) -> Error {
    error_with(code, message, &[])
}

/// An error of a rule of your own, with the values in its message: they are parameters of the message in other languages on pages.
///
/// ```
/// use fw::validation::rules;
///
/// fn near(distance: &u32, _: &()) -> rules::Outcome {
///     const MOST: u32 = 30;
///     // In `de.ftl`: `problem-too_far = darf höchstens { $max } km entfernt sein`
///     let error = || rules::error_with("too_far", format!("must be at most {MOST} km away"), &[("max", &MOST)]);
///     if *distance <= MOST { Ok(()) } else { Err(error()) }
/// }
/// # assert!(near(&31, &()).is_err());
/// ```
pub fn error_with(
    code: &str,
    message: impl AsRef<str>,
    parameters: &[(&str, &dyn Display)],
) -> Error {
    Error::new(codes::encode(code, message.as_ref(), parameters))
}

/// A rule: a floating-point number is finite. JSON's `1e300` is infinite as an `f32`.
pub fn finite<V: Finite>(value: &V, _: &()) -> Outcome {
    if value.is_finite() {
        Ok(())
    } else {
        Err(error("too_large", "must be a smaller number"))
    }
}

/// A rule: a date is in the years 1 to 9999, which every database stores and sorts alike.
pub fn four_digit_year<V: HasYear>(value: &V, _: &()) -> Outcome {
    match value.year() {
        Some(year) if year < 1 => Err(error("too_small", "must not be before the year 1")),
        Some(year) if year > 9999 => Err(error("too_large", "must not be after the year 9999")),
        _ => Ok(()),
    }
}

/// A floating-point number, or an `Option` of one. It is the bound of [`finite`]: see [the module](self) for an example.
pub trait Finite {
    /// Returns true if it is neither infinite nor NaN.
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

/// A date, with or without a time, or an `Option` of one. It is the bound of [`four_digit_year`]: see [the module](self) for an
/// example.
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
