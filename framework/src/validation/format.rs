//! The text forms of values, the same for bodies, queries, paths, filters, cursors and the published JSON schema.
//!
//! The parsers of chrono, uuid and `rust_decimal` accept more than they write (`2026-1-1`, a UUID in braces), and each something
//! else. Input is checked against these forms first.

use serde_json::{Value, json};

use crate::count::counted;

/// The digits of a fraction of a second. PostgreSQL keeps microseconds; finer times would be rounded, and comparisons be wrong.
const FRACTION_DIGITS: usize = 6;

/// The most characters of a decimal number of which no precision is known: a sign, 27 digits and a point, or 28 digits. More digits
/// than 28 do not always fit.
const DECIMAL_CHARACTERS: usize = 29;

/// The text form of the values of a type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Format {
    Integer {
        min: i64,
        max: i64,
    },
    /// A number with a fraction, at most this far from zero.
    Number {
        max: f64,
    },
    /// The most digits before and after the point.
    Decimal {
        before: u32,
        after: u32,
    },
    /// A decimal number of which no precision is known.
    AnyDecimal,
    Boolean,
    Uuid,
    Date,
    Time,
    DateTime,
    /// A date and time with its offset.
    Instant,
    Text,
    /// The text of a type that cannot be compared.
    Opaque,
}

impl Format {
    /// The format of a type of chrono, uuid or `rust_decimal`, by the text with which its [`Visitor`](serde::de::Visitor) describes its
    /// expectation: a deserializer learns no more of the type that it fills.
    pub(super) fn expected(by: &str) -> Option<Self> {
        Some(match by {
            "an RFC 3339 formatted date and time string" => Self::Instant,
            "a formatted date and time string" => Self::DateTime,
            "a formatted date string" => Self::Date,
            "a formatted time string" => Self::Time,
            "a formatted UUID string" => Self::Uuid,
            "a Decimal type representing a fixed-point number" => Self::AnyDecimal,
            _ => return None,
        })
    }

    /// The format that a schema of [`schemars`] describes, by the name of a format or the pattern of a decimal.
    #[cfg(feature = "openapi")]
    pub(crate) fn described(format: Option<&str>, pattern: Option<&str>) -> Option<Self> {
        Some(match (format, pattern) {
            (Some("date-time"), _) => Self::Instant,
            (Some("partial-date-time"), _) => Self::DateTime,
            (Some("date"), _) => Self::Date,
            (Some("partial-time"), _) => Self::Time,
            (Some("uuid"), _) => Self::Uuid,
            (None, Some(r"^-?\d+(\.\d+)?([eE]\d+)?$" | r"^-?\d+(\.\d+)?$")) => Self::AnyDecimal,
            _ => return None,
        })
    }

    /// Returns whether its values have an order that clients may compare by.
    pub(crate) fn is_ordered(self) -> bool {
        !matches!(self, Self::Boolean | Self::Uuid | Self::Opaque)
    }

    /// Checks that `text` is a value, written as the schema describes.
    ///
    /// # Errors
    ///
    /// The expectation that the text does not meet, to be read after "must be".
    pub(crate) fn check(self, text: &str) -> Result<(), String> {
        if self.is(text) {
            return Ok(());
        }
        if let Some(text) = with_short_fraction(text)
            && self.is(&text)
        {
            return Err(format!(
                "{self}, with at most {FRACTION_DIGITS} digits of a fraction"
            ));
        }
        Err(self.to_string())
    }

    fn is(self, text: &str) -> bool {
        match self {
            Self::Integer { min, max } => {
                is_integer(text)
                    && text
                        .parse()
                        .is_ok_and(|number: i64| (min..=max).contains(&number))
            }
            Self::Number { max } => {
                is_number(text) && text.parse().is_ok_and(|number: f64| number.abs() <= max)
            }
            Self::Decimal { before, after } => is_decimal(text, before, after),
            Self::AnyDecimal => {
                text.len() <= DECIMAL_CHARACTERS && is_decimal(text, most_digits(1), most_digits(2))
            }
            Self::Boolean => matches!(text, "true" | "false"),
            Self::Uuid => is_uuid(text),
            Self::Date => is_date(text),
            Self::Time => is_time(text),
            Self::DateTime => is_date_time(text),
            Self::Instant => is_instant(text),
            Self::Text => !text.contains('\0'),
            Self::Opaque => false,
        }
    }

    /// The JSON schema (2020-12) of the texts that [`check`](Self::check) accepts.
    pub(crate) fn schema(self) -> Value {
        let text = |pattern: &str| json!({"type": "string", "pattern": format!("^{pattern}$")});
        let known = |format: &str, pattern: &str| json!({"type": "string", "format": format, "pattern": format!("^{pattern}$")});
        let date = || format!("({YEAR}-{DAY}|{LEAP_DAY})");
        match self {
            Self::Integer { min, max } => {
                json!({"type": "integer", "minimum": min, "maximum": max})
            }
            Self::Number { max } => json!({"type": "number", "minimum": -max, "maximum": max}),
            Self::Decimal { before, after } => text(&decimal_pattern(before, after)),
            Self::AnyDecimal => {
                let mut schema = text(&decimal_pattern(most_digits(1), most_digits(2)));
                schema["maxLength"] = json!(DECIMAL_CHARACTERS);
                schema
            }
            Self::Boolean => json!({"type": "boolean"}),
            Self::Uuid => known("uuid", UUID),
            Self::Date => known("date", &date()),
            Self::Time => text(TIME),
            Self::DateTime => text(&format!("{}T{TIME}", date())),
            Self::Instant => known(
                "date-time",
                &format!(
                    "(({INNER_YEAR}-{DAY}|{LEAP_DAY})T{TIME}{OFFSET}|{OUTER_YEAR}-{DAY}T{TIME}{NO_OFFSET})"
                ),
            ),
            Self::Text => text(r"[^\u0000]*"),
            // No value is one.
            Self::Opaque => json!(false),
        }
    }

    /// An example value, for descriptions.
    #[cfg(feature = "openapi")]
    pub(crate) fn example(self) -> Option<&'static str> {
        match self {
            Self::Time => Some("10:00:00"),
            Self::DateTime => Some("2026-01-01T10:00:00"),
            _ => None,
        }
    }
}

// Without look-ahead, which some validators do not know, and without `\d`, which for some means more than these ten.
const YEAR: &str = "([0-9]{3}[1-9]|[0-9]{2}[1-9][0-9]|[0-9][1-9][0-9]{2}|[1-9][0-9]{3})";
/// The years in which every time with an offset is in the years 1 to 9999 in UTC, too.
const INNER_YEAR: &str =
    "(000[2-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-8][0-9]{3}|9[0-8][0-9]{2}|99[0-8][0-9]|999[0-8])";
const OUTER_YEAR: &str = "(0001|9999)";
/// The days of a year that is no leap year.
const DAY: &str =
    "((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)";
const LEAP_DAY: &str =
    "([0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)-02-29";
const TIME: &str = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?";
const OFFSET: &str = "(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";
const NO_OFFSET: &str = "(Z|[+-]00:00)";
const UUID: &str = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";

/// A decimal number as JSON writes it, except for exponents.
pub(super) fn decimal_pattern(before: u32, after: u32) -> String {
    let integer = match before {
        0 => "0".to_owned(),
        before => format!("(0|[1-9][0-9]{{0,{}}})", before - 1),
    };
    let fraction = match after {
        0 => String::new(),
        after => format!(r"(\.[0-9]{{1,{after}}})?"),
    };
    format!("-?{integer}{fraction}")
}

/// The expectation, to be read after "must be".
impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Integer { min, max } => write!(f, "an integer between {min} and {max}"),
            Self::Number { max } => write!(f, "a number between -{max:.1e} and {max:.1e}"),
            Self::Decimal { before, after } => write!(
                f,
                "a decimal number such as `3.50`, of at most {} before the point and {after} after it",
                counted(*before, "digit", "digits")
            ),
            Self::AnyDecimal => f.write_str("a decimal number such as `3.50`"),
            Self::Boolean => f.write_str("`true` or `false`"),
            Self::Uuid => f.write_str("a UUID"),
            Self::Date => f.write_str("a date such as `2026-11-21`"),
            Self::Time => f.write_str("a time such as `09:30:00`"),
            Self::DateTime => f.write_str("a date and time such as `2026-11-21T09:30:00`"),
            Self::Instant => {
                f.write_str("a date and time with its offset, such as `2026-11-21T09:30:00Z`")
            }
            Self::Text => f.write_str("text without the character U+0000"),
            Self::Opaque => f.write_str("a value of a type that can be compared"),
        }
    }
}

/// The most digits of a part of a decimal number, when the rest takes so many characters.
#[expect(clippy::cast_possible_truncation, reason = "it is a small constant")]
const fn most_digits(rest: usize) -> u32 {
    (DECIMAL_CHARACTERS - rest) as u32
}

/// Drops the digits that are too many in the fraction of a second in `text`.
fn with_short_fraction(text: &str) -> Option<String> {
    let (before, after) = text.split_once('.')?;
    let end = after
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(after.len());
    let shortened = (end > FRACTION_DIGITS).then(|| &after[..FRACTION_DIGITS])?;
    Some(format!("{before}.{shortened}{}", &after[end..]))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns whether a text is a natural number as JSON writes it: no leading zeros.
fn is_natural(text: &str) -> bool {
    is_digits(text) && (text == "0" || !text.starts_with('0'))
}

/// Returns whether a text is an integer as JSON writes it, except that there is no `-0`.
pub(super) fn is_integer(text: &str) -> bool {
    text != "-0" && is_natural(text.strip_prefix('-').unwrap_or(text))
}

/// Returns whether a text is a number as JSON writes it.
pub(super) fn is_number(text: &str) -> bool {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    is_decimal(mantissa, u32::MAX, u32::MAX)
        && exponent
            .is_none_or(|digits| is_digits(digits.strip_prefix(['+', '-']).unwrap_or(digits)))
}

pub(super) fn is_decimal(text: &str, before: u32, after: u32) -> bool {
    let (integer, fraction) = match text.split_once('.') {
        Some((integer, fraction)) => (integer, Some(fraction)),
        None => (text, None),
    };
    let digits = integer.strip_prefix('-').unwrap_or(integer);
    let short =
        |digits: &str, most: u32| digits.len() <= usize::try_from(most).unwrap_or(usize::MAX);
    is_natural(digits)
        && short(digits, before.max(1))
        && (before > 0 || digits == "0")
        && fraction.is_none_or(|digits| is_digits(digits) && short(digits, after))
}

/// Returns whether `text` has the shape of `template`, in which `0` stands for any digit.
fn is_like(text: &str, template: &str) -> bool {
    text.len() == template.len()
        && text
            .bytes()
            .zip(template.bytes())
            .all(|(byte, shape)| match shape {
                b'0' => byte.is_ascii_digit(),
                shape => byte == shape,
            })
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Returns whether a text is an RFC 3339 `full-date`, of the years 1 to 9999: databases do not agree on others.
fn is_date(text: &str) -> bool {
    is_like(text, "0000-00-00") && {
        let number = |part: &str| part.parse::<u32>().unwrap_or_default();
        let year = number(&text[..4]);
        let days = match number(&text[5..7]) {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if year.is_multiple_of(4)
                && (!year.is_multiple_of(100) || year.is_multiple_of(400)) =>
            {
                29
            }
            2 => 28,
            _ => 0,
        };
        year > 0 && (1..=days).contains(&number(&text[8..]))
    }
}

/// Returns whether a text is an RFC 3339 `partial-time`, without leap seconds, which databases do not know.
fn is_time(text: &str) -> bool {
    let (time, fraction) = match text.split_once('.') {
        Some((time, fraction)) => (time, Some(fraction)),
        None => (text, None),
    };
    is_like(time, "00:00:00")
        && &time[..2] <= "23"
        && &time[3..5] <= "59"
        && &time[6..] <= "59"
        && fraction.is_none_or(|digits| is_digits(digits) && digits.len() <= FRACTION_DIGITS)
}

fn is_date_time(text: &str) -> bool {
    text.split_once('T')
        .is_some_and(|(date, time)| is_date(date) && is_time(time))
}

/// Returns whether a text is an RFC 3339 `date-time`. In the first and the last year the offset must be zero: in UTC the time
/// could be outside of them.
fn is_instant(text: &str) -> bool {
    let Some(at) = text.rfind(['Z', '+', '-']) else {
        return false;
    };
    let (local, offset) = text.split_at(at);
    let is_zero = || matches!(offset, "Z" | "+00:00" | "-00:00");
    let is_offset =
        || is_like(&offset[1..], "00:00") && &offset[1..3] <= "23" && &offset[4..] <= "59";
    is_date_time(local)
        && (is_zero() || (!offset.starts_with('Z') && is_offset()))
        && (is_zero() || !matches!(&local[..4], "0001" | "9999"))
}
