//! How clients write the values of a column, as a check and as a JSON schema that says exactly the same.

use sea_orm::ColumnType;
use serde_json::{Value, json};

use super::value::Unreadable;

/// PostgreSQL keeps microseconds; finer times would be rounded, and comparisons with them be wrong.
const FRACTION_DIGITS: usize = 6;

/// The most digits that a decimal can always have.
const DECIMAL_DIGITS: u32 = 28;

/// How the values of a type are written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Format {
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
    Boolean,
    Uuid,
    Date,
    Time,
    DateTime,
    /// A date and time with its offset.
    Instant,
    Text,
    /// Of a type that cannot be compared.
    Opaque,
}

impl Format {
    pub(super) fn of(column_type: &ColumnType) -> Self {
        let integer = |min: i64, max: i64| Self::Integer { min, max };
        match column_type {
            ColumnType::TinyInteger => integer(i8::MIN.into(), i8::MAX.into()),
            ColumnType::SmallInteger => integer(i16::MIN.into(), i16::MAX.into()),
            ColumnType::Integer => integer(i32::MIN.into(), i32::MAX.into()),
            ColumnType::BigInteger => integer(i64::MIN, i64::MAX),
            ColumnType::TinyUnsigned => integer(0, u8::MAX.into()),
            ColumnType::SmallUnsigned => integer(0, u16::MAX.into()),
            ColumnType::Unsigned => integer(0, u32::MAX.into()),
            // Databases keep it as a signed integer.
            ColumnType::BigUnsigned => integer(0, i64::MAX),
            ColumnType::Float => Self::Number {
                max: f32::MAX.into(),
            },
            ColumnType::Double => Self::Number { max: f64::MAX },
            ColumnType::Decimal(size) | ColumnType::Money(size) => decimal(*size),
            ColumnType::Boolean => Self::Boolean,
            ColumnType::Uuid => Self::Uuid,
            ColumnType::Date => Self::Date,
            ColumnType::Time => Self::Time,
            ColumnType::DateTime | ColumnType::Timestamp => Self::DateTime,
            ColumnType::TimestampWithTimeZone => Self::Instant,
            ColumnType::Char(_)
            | ColumnType::String(_)
            | ColumnType::Text
            | ColumnType::Enum { .. } => Self::Text,
            _ => Self::Opaque,
        }
    }

    /// Whether its values have an order that clients may compare by.
    pub(super) fn is_ordered(self) -> bool {
        !matches!(self, Self::Boolean | Self::Uuid | Self::Opaque)
    }

    /// Whether `text` is written as the schema says; whether there is such a value (30 February) is another question.
    pub(super) fn check(self, text: &str) -> Result<(), Unreadable> {
        let good = match self {
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
            Self::Boolean => matches!(text, "true" | "false"),
            Self::Uuid => is_uuid(text),
            Self::Date => is_date(text),
            Self::Time => is_time(text),
            Self::DateTime => is_date_time(text),
            Self::Instant => is_instant(text),
            Self::Text => !text.contains('\0'),
            Self::Opaque => false,
        };
        if good {
            Ok(())
        } else {
            Err(Unreadable(self.to_string()))
        }
    }

    /// The JSON schema (2020-12) of what [`check`](Self::check) accepts.
    pub(super) fn schema(self) -> Value {
        let text = |pattern: &str| json!({"type": "string", "pattern": format!("^{pattern}$")});
        let known = |format: &str, pattern: &str| json!({"type": "string", "format": format, "pattern": format!("^{pattern}$")});
        match self {
            Self::Integer { min, max } => {
                json!({"type": "integer", "minimum": min, "maximum": max})
            }
            Self::Number { max } => json!({"type": "number", "minimum": -max, "maximum": max}),
            Self::Decimal { before, after } => {
                let whole = format!("(0|[1-9][0-9]{{0,{}}})", before.saturating_sub(1));
                let whole = if before == 0 { "0".to_owned() } else { whole };
                let fraction = match after {
                    0 => String::new(),
                    _ => format!(r"(\.[0-9]{{1,{after}}})?"),
                };
                text(&format!("-?{whole}{fraction}"))
            }
            Self::Boolean => json!({"type": "boolean"}),
            Self::Uuid => {
                json!({"type": "string", "format": "uuid", "pattern": format!("^{UUID}$")})
            }
            Self::Date => known("date", &format!("{YEAR}-{DAY}")),
            Self::Time => text(TIME),
            Self::DateTime => text(&format!("{YEAR}-{DAY}T{TIME}")),
            Self::Instant => known("date-time", &format!("{YEAR}-{DAY}T{TIME}{OFFSET}")),
            Self::Text => text(r"[^\u0000]*"),
            // No value is one.
            Self::Opaque => json!(false),
        }
    }
}

// Without look-ahead, which some validators do not know.
const YEAR: &str = "([0-9]{3}[1-9]|[0-9]{2}[1-9][0-9]|[0-9][1-9][0-9]{2}|[1-9][0-9]{3})";
const DAY: &str = "(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])";
const TIME: &str = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?";
const OFFSET: &str = "(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";
const UUID: &str = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";

/// What a value must be.
impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Integer { min, max } => write!(f, "an integer between {min} and {max}"),
            Self::Number { max } => write!(f, "a number between -{max:.1e} and {max:.1e}"),
            Self::Decimal { before, after } => write!(
                f,
                "a decimal number such as `3.50`, of at most {before} digits before the point and {after} after it"
            ),
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

/// A few digits more than a column keeps can be compared with its values, too.
fn decimal(size: Option<(u32, u32)>) -> Format {
    const MORE: u32 = 6;
    let (precision, after) = size.unwrap_or((DECIMAL_DIGITS, 10));
    let after = after.min(DECIMAL_DIGITS);
    let before = precision.min(DECIMAL_DIGITS).saturating_sub(after);
    let after = after.max(MORE.min(DECIMAL_DIGITS - before));
    Format::Decimal {
        before: DECIMAL_DIGITS - after,
        after,
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// As JSON writes it: no zeros in front.
fn is_natural(text: &str) -> bool {
    is_digits(text) && (text == "0" || !text.starts_with('0'))
}

/// As JSON writes it, except that there is no `-0`.
fn is_integer(text: &str) -> bool {
    text != "-0" && is_natural(text.strip_prefix('-').unwrap_or(text))
}

fn is_number(text: &str) -> bool {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    is_decimal(mantissa, u32::MAX, u32::MAX)
        && exponent
            .is_none_or(|digits| is_digits(digits.strip_prefix(['+', '-']).unwrap_or(digits)))
}

fn is_decimal(text: &str, before: u32, after: u32) -> bool {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let short =
        |digits: &str, most: u32| digits.len() <= usize::try_from(most).unwrap_or(usize::MAX);
    is_natural(digits)
        && short(digits, before.max(1))
        && (before > 0 || digits == "0")
        && fraction.is_none_or(|digits| is_digits(digits) && short(digits, after))
}

/// Whether `text` has the shape of `template`, in which `0` stands for any digit.
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

/// RFC 3339 `full-date`, of the years 1 to 9999: databases do not agree on others.
fn is_date(text: &str) -> bool {
    is_like(text, "0000-00-00")
        && &text[..4] != "0000"
        && ("01"..="12").contains(&&text[5..7])
        && ("01"..="31").contains(&&text[8..])
}

/// RFC 3339 `partial-time` without leap seconds, which databases do not know.
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

/// RFC 3339 `date-time`.
fn is_instant(text: &str) -> bool {
    let Some(at) = text.rfind(['Z', '+', '-']) else {
        return false;
    };
    let (local, offset) = text.split_at(at);
    let is_offset =
        || is_like(&offset[1..], "00:00") && &offset[1..3] <= "23" && &offset[4..] <= "59";
    (offset == "Z" || (!offset.starts_with('Z') && is_offset())) && is_date_time(local)
}
