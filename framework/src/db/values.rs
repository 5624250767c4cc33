//! The stored form of values: each value has one, whatever the type that a statement binds it as.
//!
//! PostgreSQL has types for times. SQLite has text, which it compares as text, so equal times must be written alike: as its own
//! date functions write them, `2026-11-21 09:30:00`, with a fraction (`.25`) only where there is one. A time with an offset is in UTC
//! and ends in `+00:00`: the driver reads that several times as fast as a time without an offset. The order of such texts is the order
//! of the times. Decimals are in `decimal`.

use chrono::{Datelike, NaiveDateTime, NaiveTime, Timelike};
use sea_orm::{DbBackend, DbErr, Statement, Value};

use super::decimal;

/// A statement with its values in their stored form: times to the microsecond (what is finer is cut off), on SQLite as text; no `-0`.
///
/// # Errors
///
/// When a value cannot be stored exactly, as a `Decimal` on SQLite.
pub(super) fn stored(backend: DbBackend, mut statement: Statement) -> Result<Statement, DbErr> {
    if let Some(values) = &mut statement.values {
        for value in &mut values.0 {
            settle(value, backend)?;
        }
    }
    Ok(statement)
}

fn settle(value: &mut Value, backend: DbBackend) -> Result<(), DbErr> {
    match value {
        // The comparison is also true for -0.0.
        Value::Float(Some(number)) if *number == 0.0 => *number = 0.0,
        Value::Double(Some(number)) if *number == 0.0 => *number = 0.0,
        Value::ChronoTime(Some(time)) => {
            *time = to_microseconds(*time);
            if backend == DbBackend::Sqlite {
                *value = text(|text| write_time(text, *time));
            }
        }
        Value::ChronoDateTime(Some(time)) => {
            *time = to_microseconds(*time);
            if backend == DbBackend::Sqlite {
                *value = text(|text| write_date_time(text, *time));
            }
        }
        Value::ChronoDateTimeUtc(Some(time)) => {
            *time = to_microseconds(*time);
            if backend == DbBackend::Sqlite {
                *value = text(|text| write_instant(text, time.naive_utc()));
            }
        }
        Value::ChronoDateTimeWithTimeZone(Some(time)) => {
            *time = to_microseconds(*time);
            if backend == DbBackend::Sqlite {
                *value = text(|text| write_instant(text, time.naive_utc()));
            }
        }
        Value::ChronoDateTimeLocal(Some(time)) => {
            *time = to_microseconds(*time);
            if backend == DbBackend::Sqlite {
                *value = text(|text| write_instant(text, time.naive_utc()));
            }
        }
        #[cfg(feature = "postgres")]
        Value::Array(_, Some(items)) => {
            for item in items.iter_mut() {
                settle(item, backend)?;
            }
        }
        Value::Decimal(_) | Value::Enum(_) => decimal::settle(value, backend)?,
        _ => {}
    }
    Ok(())
}

/// Truncates a time to microseconds. A leap second, which databases do not know, becomes the end of the second before.
fn to_microseconds<T: Timelike + Copy>(time: T) -> T {
    let microseconds = microsecond(&time);
    time.with_nanosecond(microseconds * 1_000).unwrap_or(time)
}

fn microsecond<T: Timelike>(time: &T) -> u32 {
    (time.nanosecond() / 1_000).min(999_999)
}

fn text(write: impl FnOnce(&mut String)) -> Value {
    let mut text = String::with_capacity("2026-11-21 09:30:00.123456+00:00".len());
    write(&mut text);
    text.into()
}

fn write_instant(text: &mut String, time: NaiveDateTime) {
    write_date_time(text, time);
    text.push_str("+00:00");
}

fn write_date_time(text: &mut String, time: NaiveDateTime) {
    let date = time.date();
    match u32::try_from(date.year()) {
        Ok(year @ 0..=9999) => {
            push_digits(text, year, 4);
            text.push('-');
            push_digits(text, date.month(), 2);
            text.push('-');
            push_digits(text, date.day(), 2);
        }
        // It has a sign.
        _ => text.push_str(&date.to_string()),
    }
    text.push(' ');
    write_time(text, time.time());
}

fn write_time(text: &mut String, time: NaiveTime) {
    push_digits(text, time.hour(), 2);
    text.push(':');
    push_digits(text, time.minute(), 2);
    text.push(':');
    push_digits(text, time.second(), 2);
    let fraction = microsecond(&time);
    if fraction > 0 {
        text.push('.');
        push_digits(text, fraction, 6);
        text.truncate(text.trim_end_matches('0').len());
    }
}

/// Appends the last digits of a number. `write!` takes several times as long, and each row that is written has two times.
fn push_digits(text: &mut String, number: u32, digits: u32) {
    let digit = |power| char::from_digit(number / 10_u32.pow(power) % 10, 10);
    text.extend((0..digits).rev().filter_map(digit));
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, FixedOffset, NaiveDate, Utc};

    use super::*;

    fn of(backend: DbBackend, value: impl Into<Value>) -> Value {
        let statement = Statement::from_sql_and_values(backend, "SELECT ?", [value.into()]);
        let values = stored(backend, statement)
            .expect("a value")
            .values
            .expect("one");
        values.0.into_iter().next().expect("one")
    }

    #[test]
    fn equal_times_are_written_alike_and_in_their_order() {
        let written = |text: &str| {
            let time = DateTime::parse_from_rfc3339(text).expect("a time");
            let as_utc = of(DbBackend::Sqlite, time.to_utc());
            assert_eq!(of(DbBackend::Sqlite, time), as_utc);
            let (Value::String(Some(instant)), Value::String(Some(local))) =
                (as_utc, of(DbBackend::Sqlite, time.naive_utc()))
            else {
                panic!("a text")
            };
            assert_eq!(instant, format!("{local}+00:00"));
            instant
        };
        let ordered = [
            ("0001-01-01T00:00:00Z", "0001-01-01 00:00:00+00:00"),
            (
                "2026-11-21T09:29:59.9999999Z",
                "2026-11-21 09:29:59.999999+00:00",
            ),
            (
                "2026-11-21T09:30:00.000000999Z",
                "2026-11-21 09:30:00+00:00",
            ),
            (
                "2026-11-21T10:30:00.000001+01:00",
                "2026-11-21 09:30:00.000001+00:00",
            ),
            ("2026-11-21T09:30:00.25Z", "2026-11-21 09:30:00.25+00:00"),
            ("2026-11-21T09:30:00.255Z", "2026-11-21 09:30:00.255+00:00"),
            ("2026-11-21T09:30:00.500Z", "2026-11-21 09:30:00.5+00:00"),
            ("2026-11-21T09:30:60.5Z", "2026-11-21 09:30:59.999999+00:00"),
            ("2026-11-21T09:31:00Z", "2026-11-21 09:31:00+00:00"),
        ];
        for (time, text) in ordered {
            assert_eq!(written(time), text);
        }
        assert!(ordered.is_sorted_by_key(|(_, text)| text));
    }

    #[test]
    fn finer_fractions_than_microseconds_are_truncated_before_1970_too() {
        let day = NaiveDate::from_ymd_opt(1966, 1, 1).expect("a day");
        let time = |nanoseconds| day.and_hms_nano_opt(10, 0, 0, nanoseconds).expect("a time");
        let (fine, coarse) = (time(123_456_789), time(123_456_000));
        for backend in [DbBackend::Postgres, DbBackend::Sqlite] {
            assert_eq!(of(backend, fine), of(backend, coarse));
            assert_eq!(of(backend, fine.and_utc()), of(backend, coarse.and_utc()));
            assert_eq!(of(backend, fine.time()), of(backend, coarse.time()));
        }
        assert_eq!(of(DbBackend::Postgres, fine), coarse.into());
    }

    #[test]
    fn nothing_stays_nothing() {
        for value in [
            Value::from(None::<DateTime<Utc>>),
            None::<DateTime<FixedOffset>>.into(),
            None::<NaiveTime>.into(),
        ] {
            assert_eq!(of(DbBackend::Sqlite, value.clone()), value);
        }
        assert_eq!(of(DbBackend::Sqlite, 7_i64), 7_i64.into());
        let Value::Double(Some(zero)) = of(DbBackend::Postgres, -0.0) else {
            panic!("a number")
        };
        assert!(zero.is_sign_positive());
    }
}
