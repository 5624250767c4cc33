//! The default of a field: read from `=value`, written as a literal of the type.

use std::{fmt::Debug, str::FromStr};

use super::kind::Kind;
use crate::count::counted;

/// The default of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DefaultValue {
    /// Text of a `string` or `text`.
    Text(String),
    /// A number as a Rust literal: `0`, `-1`, `2.5`.
    Number(String),
    /// `true` or `false`.
    Bool(bool),
    /// A value of an `enum`.
    EnumValue(String),
}

impl DefaultValue {
    /// Reads the text after `=` as a value of `kind`; the error says what was expected.
    pub(super) fn parse(kind: &Kind, text: &str) -> Result<Self, String> {
        match kind {
            Kind::String { max } => length_checked(text, *max),
            Kind::Text => length_checked(text, 65_535),
            Kind::SmallInt => integer(text, i64::from(i16::MIN), i64::from(i16::MAX)),
            Kind::Int => integer(text, i64::from(i32::MIN), i64::from(i32::MAX)),
            Kind::BigInt => integer(text, i64::MIN, i64::MAX),
            Kind::Float => float::<f32>(text, f64::from(f32::MAX)),
            Kind::Double => float::<f64>(text, f64::MAX),
            Kind::Decimal { precision, scale } => decimal(text, *precision, *scale),
            Kind::Bool => match text {
                "true" => Ok(Self::Bool(true)),
                "false" => Ok(Self::Bool(false)),
                _ => Err("the default of a `bool` is `true` or `false`".to_owned()),
            },
            Kind::Enum { values } => {
                if values.iter().any(|value| value == text) {
                    Ok(Self::EnumValue(text.to_owned()))
                } else {
                    Err(format!(
                        "the default of this `enum` is one of `{}`",
                        values.join("`, `")
                    ))
                }
            }
            Kind::Date
            | Kind::Time
            | Kind::DateTime
            | Kind::Uuid
            | Kind::Json
            | Kind::Blob
            | Kind::References { .. } => Err(format!(
                "a field of type `{}` takes no default",
                kind.name()
            )),
        }
    }

    /// The argument of `.default(…)` on a column.
    pub(super) fn column_literal(&self) -> String {
        match self {
            Self::Text(text) | Self::EnumValue(text) => format!("{text:?}"),
            Self::Number(number) => number.clone(),
            Self::Bool(value) => value.to_string(),
        }
    }

    /// Returns whether Rust's `Default` of the type is this value.
    pub(super) fn is_type_default(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Number(number) => number.chars().all(|c| matches!(c, '0' | '.')),
            Self::Bool(value) => !value,
            Self::EnumValue(_) => true,
        }
    }
}

fn length_checked(text: &str, max: u32) -> Result<DefaultValue, String> {
    if text.is_empty() {
        Err("the default is empty: a required text has at least one character".to_owned())
    } else if text.chars().count() > max as usize {
        Err(format!(
            "the default is longer than {}",
            counted(max, "character", "characters")
        ))
    } else {
        Ok(DefaultValue::Text(text.to_owned()))
    }
}

fn integer(text: &str, min: i64, max: i64) -> Result<DefaultValue, String> {
    match text.parse::<i64>() {
        Ok(number) if (min..=max).contains(&number) => Ok(DefaultValue::Number(number.to_string())),
        _ => Err(format!(
            "the default is not a whole number from {min} to {max}"
        )),
    }
}

/// A floating point number as the shortest literal that is this number of its type.
fn float<F: FromStr + Debug + Into<f64> + Copy>(
    text: &str,
    max: f64,
) -> Result<DefaultValue, String> {
    match text.parse::<F>() {
        Ok(number) if number.into().is_finite() => Ok(DefaultValue::Number(format!("{number:?}"))),
        _ => Err(format!(
            "the default is not a number from -{max:.1e} to {max:.1e}"
        )),
    }
}

fn decimal(text: &str, precision: u32, scale: u32) -> Result<DefaultValue, String> {
    let expected = || format!("the default is not a number of `decimal({precision},{scale})`");
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return Err(expected());
    }
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    if whole.len() > (precision - scale) as usize || fraction.len() > scale as usize {
        return Err(expected());
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    let fraction = if fraction.is_empty() { "0" } else { fraction };
    let sign = if (whole, fraction) == ("0", "0") {
        ""
    } else {
        sign
    };
    Ok(DefaultValue::Number(format!("{sign}{whole}.{fraction}")))
}
