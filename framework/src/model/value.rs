//! Values of columns as text, and back: for cursors and filters.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Utc};
use sea_orm::{
    ColumnType, Value,
    prelude::{Decimal, Uuid},
    sea_query::OptionEnum,
};

use super::format::Format;

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

/// Reads a value of a column: whatever [`write`] has written, and what [`Format::check`] has let through.
pub(super) fn read(column_type: &ColumnType, text: &str) -> Result<Value, Unreadable> {
    fn parse<T: std::str::FromStr + Into<Value>>(text: &str) -> Option<Value> {
        text.parse::<T>().ok().map(Into::into)
    }
    let value = match column_type {
        ColumnType::TinyInteger => parse::<i8>(text),
        ColumnType::SmallInteger => parse::<i16>(text),
        ColumnType::Integer => parse::<i32>(text),
        ColumnType::BigInteger => parse::<i64>(text),
        ColumnType::TinyUnsigned => parse::<u8>(text),
        ColumnType::SmallUnsigned => parse::<u16>(text),
        ColumnType::Unsigned => parse::<u32>(text),
        ColumnType::BigUnsigned => unsigned(text),
        ColumnType::Float => parse::<f32>(text).filter(is_finite),
        ColumnType::Double => parse::<f64>(text).filter(is_finite),
        ColumnType::Decimal(_) | ColumnType::Money(_) => parse::<Decimal>(text),
        ColumnType::Boolean => parse::<bool>(text),
        ColumnType::Uuid => parse::<Uuid>(text),
        ColumnType::Date => parse::<NaiveDate>(text),
        ColumnType::Time => parse::<NaiveTime>(text),
        ColumnType::DateTime | ColumnType::Timestamp => parse::<NaiveDateTime>(text),
        ColumnType::TimestampWithTimeZone => {
            let time = DateTime::parse_from_rfc3339(text).ok();
            time.map(|time| time.to_utc().into())
        }
        ColumnType::Char(_)
        | ColumnType::String(_)
        | ColumnType::Text
        | ColumnType::Enum { .. } => {
            // PostgreSQL cannot even compare with U+0000.
            (!text.contains('\0')).then(|| text.into())
        }
        _ => None,
    };
    let value = value.ok_or_else(|| Unreadable(Format::of(column_type).to_string()))?;
    common_era(value)
}

fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Databases keep it as a signed integer.
fn unsigned(text: &str) -> Option<Value> {
    let number = text.parse::<u64>().ok()?;
    i64::try_from(number).is_ok().then(|| number.into())
}

fn is_finite(value: &Value) -> bool {
    match value {
        Value::Float(Some(number)) => number.is_finite(),
        Value::Double(Some(number)) => number.is_finite(),
        _ => true,
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
