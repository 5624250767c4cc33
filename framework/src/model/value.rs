//! The text form of column values, for cursors and filters.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Utc};
use sea_orm::{
    ColumnType, Value,
    prelude::{Decimal, Uuid},
    sea_query::OptionEnum,
};

use crate::{db::decimal, validation::Format};

/// The number of digits that every decimal can have.
const DECIMAL_DIGITS: u32 = 28;

/// The error of a text that is not a value of a column's type, with the expectation, to be read after "must be".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be {0}")]
pub(crate) struct InvalidValue(pub(crate) String);

/// Writes a value as text that [`read_back`] reads exactly; `None` for NULL.
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
        Value::Decimal(_) => decimal::number(value).map(|value| value.to_string()),
        Value::Uuid(value) => value.map(|value| value.to_string()),
        Value::Char(value) => value.map(|value| value.to_string()),
        Value::String(value) => value.clone(),
        Value::Enum(OptionEnum::Some(text)) => Some(match decimal::number(value) {
            Some(number) => number.to_string(),
            None => text.value.to_string(),
        }),
        Value::ChronoDate(value) => value.map(|value| value.to_string()),
        Value::ChronoTime(value) => value.map(|value| value.to_string()),
        Value::ChronoDateTime(value) => value.map(|value| format!("{value:?}")),
        Value::ChronoDateTimeUtc(value) => value.map(rfc3339),
        Value::ChronoDateTimeWithTimeZone(value) => value.map(|value| rfc3339(value.to_utc())),
        Value::ChronoDateTimeLocal(value) => value.map(|value| rfc3339(value.to_utc())),
        _ => None,
    }
}

/// The text form of the values of a column.
pub(super) fn format(column_type: &ColumnType) -> Format {
    let integer = |min: i64, max: i64| Format::Integer { min, max };
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
        ColumnType::Float => Format::Number {
            max: f32::MAX.into(),
        },
        ColumnType::Double => Format::Number { max: f64::MAX },
        ColumnType::Decimal(size) | ColumnType::Money(size) => decimal(*size),
        ColumnType::Boolean => Format::Boolean,
        ColumnType::Uuid => Format::Uuid,
        ColumnType::Date => Format::Date,
        ColumnType::Time => Format::Time,
        ColumnType::DateTime | ColumnType::Timestamp => Format::DateTime,
        ColumnType::TimestampWithTimeZone => Format::Instant,
        ColumnType::Char(_)
        | ColumnType::String(_)
        | ColumnType::Text
        | ColumnType::Enum { .. } => Format::Text,
        _ => Format::Opaque,
    }
}

/// The format of a decimal column. It takes a few more digits than the column keeps, as they can be compared with its values.
fn decimal(size: Option<(u32, u32)>) -> Format {
    const MORE: u32 = 6;
    let Some((precision, after)) = size else {
        return Format::AnyDecimal;
    };
    let after = after.min(DECIMAL_DIGITS);
    let before = precision.min(DECIMAL_DIGITS).saturating_sub(after);
    let after = after.max(MORE.min(DECIMAL_DIGITS - before));
    Format::Decimal {
        before: DECIMAL_DIGITS - after,
        after,
    }
}

/// Parses the value that a client gives for a column.
pub(super) fn read(column_type: &ColumnType, text: &str) -> Result<Value, InvalidValue> {
    let format = format(column_type);
    format.check(text).map_err(|expected| {
        // A query is a form, in which `+` is a space.
        if text.contains(' ') && format.check(&text.replace(' ', "+")).is_ok() {
            InvalidValue(format!("{expected}, with `+` written as `%2B`"))
        } else {
            InvalidValue(expected)
        }
    })?;
    parse(column_type, text)
}

/// Parses a text that [`write`] has written for a column.
pub(super) fn read_back(column_type: &ColumnType, text: &str) -> Result<Value, InvalidValue> {
    match format(column_type) {
        // As many digits as the database has made of it.
        Format::Decimal { .. } | Format::AnyDecimal => parse(column_type, text),
        _ => read(column_type, text),
    }
}

fn parse(column_type: &ColumnType, text: &str) -> Result<Value, InvalidValue> {
    fn of<T: std::str::FromStr + Into<Value>>(text: &str) -> Option<Value> {
        text.parse::<T>().ok().map(Into::into)
    }
    let value = match column_type {
        ColumnType::TinyInteger => of::<i8>(text),
        ColumnType::SmallInteger => of::<i16>(text),
        ColumnType::Integer => of::<i32>(text),
        ColumnType::BigInteger => of::<i64>(text),
        ColumnType::TinyUnsigned => of::<u8>(text),
        ColumnType::SmallUnsigned => of::<u16>(text),
        ColumnType::Unsigned => of::<u32>(text),
        ColumnType::BigUnsigned => unsigned(text),
        ColumnType::Float => of::<f32>(text).filter(is_finite),
        ColumnType::Double => of::<f64>(text).filter(is_finite),
        ColumnType::Decimal(Some((precision, scale))) => {
            let number = text.parse().ok();
            number.map(|number| decimal::value(number, *precision, *scale))
        }
        ColumnType::Decimal(None) | ColumnType::Money(_) => of::<Decimal>(text),
        ColumnType::Boolean => of::<bool>(text),
        ColumnType::Uuid => of::<Uuid>(text),
        ColumnType::Date => of::<NaiveDate>(text),
        ColumnType::Time => of::<NaiveTime>(text),
        ColumnType::DateTime | ColumnType::Timestamp => of::<NaiveDateTime>(text),
        ColumnType::TimestampWithTimeZone => {
            let time = DateTime::parse_from_rfc3339(text).ok();
            time.map(|time| time.to_utc().into())
        }
        ColumnType::Char(_)
        | ColumnType::String(_)
        | ColumnType::Text
        | ColumnType::Enum { .. } => Some(text.into()),
        _ => None,
    };
    value.ok_or_else(|| InvalidValue(format(column_type).to_string()))
}

fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Parses an unsigned integer, which databases keep as a signed one.
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
