//! Values of columns as text, and back: for cursors and filters.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Utc};
use sea_orm::{
    ColumnType, Value,
    prelude::{Decimal, Uuid},
    sea_query::OptionEnum,
};

/// A text is not a value of a column's type; says what it must be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be {0}")]
pub struct Unreadable(pub String);

/// A value as text that [`read`] reads back exactly; `None` for NULL.
pub(super) fn write(value: &Value) -> Option<String> {
    match value {
        Value::Bool(value) => value.map(|value| value.to_string()),
        Value::TinyInt(value) => value.map(|value| value.to_string()),
        Value::SmallInt(value) => value.map(|value| value.to_string()),
        Value::Int(value) => value.map(|value| value.to_string()),
        Value::BigInt(value) => value.map(|value| value.to_string()),
        Value::TinyUnsigned(value) => value.map(|value| value.to_string()),
        Value::SmallUnsigned(value) => value.map(|value| value.to_string()),
        Value::Unsigned(value) => value.map(|value| value.to_string()),
        Value::BigUnsigned(value) => value.map(|value| value.to_string()),
        Value::Float(value) => value.map(|value| value.to_string()),
        Value::Double(value) => value.map(|value| value.to_string()),
        Value::Decimal(value) => value.map(|value| value.to_string()),
        Value::Uuid(value) => value.map(|value| value.to_string()),
        Value::Char(value) => value.map(|value| value.to_string()),
        Value::String(value) => value.clone(),
        Value::Enum(OptionEnum::Some(value)) => Some(value.value.to_string()),
        Value::ChronoDate(value) => value.map(|value| value.to_string()),
        Value::ChronoTime(value) => value.map(|value| value.to_string()),
        Value::ChronoDateTime(value) => value.map(|value| format!("{value:?}")),
        Value::ChronoDateTimeUtc(value) => value.map(rfc3339),
        Value::ChronoDateTimeWithTimeZone(value) => value.map(|value| rfc3339(value.to_utc())),
        Value::ChronoDateTimeLocal(value) => value.map(|value| rfc3339(value.to_utc())),
        _ => None,
    }
}

/// Reads a value of a column.
pub(super) fn read(column_type: &ColumnType, text: &str) -> Result<Value, Unreadable> {
    fn parse<T: std::str::FromStr + Into<Value>>(
        text: &str,
        expected: &str,
    ) -> Result<Value, Unreadable> {
        text.parse::<T>()
            .map(Into::into)
            .map_err(|_| Unreadable(expected.to_owned()))
    }
    // PostgreSQL cannot even compare with it.
    if text.contains('\0') {
        return Err(Unreadable("text without the character U+0000".to_owned()));
    }
    match column_type {
        ColumnType::TinyInteger => parse::<i8>(text, "an integer of 8 bits"),
        ColumnType::SmallInteger => parse::<i16>(text, "an integer of 16 bits"),
        ColumnType::Integer => parse::<i32>(text, "an integer of 32 bits"),
        ColumnType::BigInteger => parse::<i64>(text, "an integer of 64 bits"),
        ColumnType::TinyUnsigned => parse::<u8>(text, "an integer between 0 and 255"),
        ColumnType::SmallUnsigned => parse::<u16>(text, "an integer between 0 and 65535"),
        ColumnType::Unsigned => parse::<u32>(text, "an integer between 0 and 4294967295"),
        ColumnType::BigUnsigned => unsigned(text),
        ColumnType::Float => finite(parse::<f32>(text, "a number")?),
        ColumnType::Double => finite(parse::<f64>(text, "a number")?),
        ColumnType::Decimal(_) | ColumnType::Money(_) => {
            parse::<Decimal>(text, "a decimal number such as `3.50`")
        }
        ColumnType::Boolean => parse::<bool>(text, "`true` or `false`"),
        ColumnType::Uuid => parse::<Uuid>(text, "a UUID"),
        ColumnType::Date => {
            parse::<NaiveDate>(text, "a date such as `2026-11-21`").and_then(common_era)
        }
        ColumnType::Time => parse::<NaiveTime>(text, "a time such as `09:30:00`"),
        ColumnType::DateTime | ColumnType::Timestamp => {
            parse::<NaiveDateTime>(text, "a date and time such as `2026-11-21T09:30:00`")
                .and_then(common_era)
        }
        ColumnType::TimestampWithTimeZone => {
            let expected = "a date and time with its offset, such as `2026-11-21T09:30:00Z`";
            parse::<DateTime<Utc>>(text, expected).and_then(common_era)
        }
        ColumnType::Char(_)
        | ColumnType::String(_)
        | ColumnType::Text
        | ColumnType::Enum { .. } => Ok(text.into()),
        _ => Err(Unreadable(
            "a value of a type that can be compared".to_owned(),
        )),
    }
}

fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Databases keep it as a signed integer.
fn unsigned(text: &str) -> Result<Value, Unreadable> {
    let number = text
        .parse::<u64>()
        .ok()
        .filter(|number| i64::try_from(*number).is_ok());
    number
        .map(Value::from)
        .ok_or_else(|| Unreadable("an integer of at least 0".to_owned()))
}

fn finite(value: Value) -> Result<Value, Unreadable> {
    match value {
        Value::Float(Some(number)) if !number.is_finite() => Err(Unreadable("a number".to_owned())),
        Value::Double(Some(number)) if !number.is_finite() => {
            Err(Unreadable("a number".to_owned()))
        }
        value => Ok(value),
    }
}

/// Databases do not agree on years beyond four digits.
fn common_era(value: Value) -> Result<Value, Unreadable> {
    use chrono::Datelike;

    let year = match &value {
        Value::ChronoDate(Some(date)) => date.year(),
        Value::ChronoDateTime(Some(time)) => time.year(),
        Value::ChronoDateTimeUtc(Some(time)) => time.year(),
        _ => return Ok(value),
    };
    if (1..=9999).contains(&year) {
        Ok(value)
    } else {
        Err(Unreadable("a date in the years 1 to 9999".to_owned()))
    }
}
