//! Decimal numbers as values of statements: exact on every database.
//!
//! A `Decimal` does not say how many digits its column has, so a number for a column `NUMERIC(10, 2)` is bound as a text with all of them,
//! `00000012.50`, of the type `numeric`, which PostgreSQL reads. SQLite has no such type; there it is stored as
//!
//! - an integer, for up to 18 digits: the number in units of its last digit, `1250`. SQL compares and sums them exactly;
//! - a text, for more digits, whose order is that of the numbers: the same text. That of a number below zero is `-` and a letter for
//!   each digit, from `a` for 9 to `j` for 0, since more comes before less there.

use std::sync::LazyLock;

use rust_decimal::Decimal;
use sea_orm::{
    DbBackend, DbErr, Value,
    sea_query::{Enum, EnumTypeName, OptionEnum},
};

/// The type of decimals, as PostgreSQL calls it.
pub(crate) const NUMERIC: &str = "numeric";

/// The most digits of a number that SQLite keeps as an integer: any number of so many digits fits into 64 bits.
pub(crate) const INTEGER_DIGITS: u32 = 18;

/// The value of a number for a column with so many digits, `scale` of them after the point. A number that does not fit keeps its
/// digits, and the database refuses it.
pub(crate) fn value(number: Decimal, precision: u32, scale: u32) -> Value {
    static TYPE_NAME: LazyLock<EnumTypeName> = LazyLock::new(|| NUMERIC.into());

    Value::Enum(OptionEnum::Some(Box::new(Enum {
        type_name: TYPE_NAME.clone(),
        value: text(number, precision, scale).into(),
    })))
}

/// The value that SQLite stores for a number in a column with so many digits.
pub(crate) fn for_sqlite(number: Decimal, precision: u32, scale: u32) -> Value {
    stored(text(number, precision, scale))
}

/// The value of no number.
pub(crate) fn null() -> Value {
    Value::Enum(OptionEnum::None(NUMERIC.into()))
}

/// The number that a value of a statement is; `None` for other values.
pub(crate) fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::Enum(OptionEnum::Some(value)) if &*value.type_name == NUMERIC => read(&value.value),
        Value::Decimal(number) => *number,
        _ => None,
    }
}

/// Puts a value in the form that the database takes.
pub(super) fn settle(value: &mut Value, backend: DbBackend) -> Result<(), DbErr> {
    let stored = match value {
        Value::Enum(OptionEnum::Some(number)) if &*number.type_name == NUMERIC => match backend {
            DbBackend::Sqlite => stored(std::mem::take(&mut number.value).into_owned()),
            // SQL that was written by hand says no types.
            _ => Value::Decimal(read(&number.value)),
        },
        Value::Enum(OptionEnum::None(name)) if &**name == NUMERIC => Value::Decimal(None),
        Value::Decimal(Some(number)) if backend == DbBackend::Sqlite => {
            return Err(DbErr::Type(format!(
                "the decimal number {number} does not say how many digits its column has, which SQLite has to know\n\
                 hint: give the column a `Numeric`, as `Numeric::<10, 2>::try_from(number)?`"
            )));
        }
        _ => return Ok(()),
    };
    *value = stored;
    Ok(())
}

/// All digits that the column has: `00000012.50`; no `0` before the point where there is no digit.
fn text(mut number: Decimal, precision: u32, scale: u32) -> String {
    number.rescale(scale);
    let mut digits = [b'0'; 40];
    let mut first = digits.len();
    let mut put = |digit: u8| {
        first -= 1;
        digits[first] += digit;
    };
    let mut units = number.mantissa().unsigned_abs();
    // Most numbers have 64 bits, which are divided several times as fast.
    let mut low = loop {
        match u64::try_from(units) {
            Ok(low) => break low,
            Err(_) => put(u8::try_from(units % 10).unwrap_or_default()),
        }
        units /= 10;
    };
    while low > 0 {
        put(u8::try_from(low % 10).unwrap_or_default());
        low /= 10;
    }
    let point = digits.len() - number.scale() as usize;
    let first = first
        .min(digits.len().saturating_sub(precision as usize))
        .min(point);
    let mut text = String::with_capacity(digits.len() - first + 2);
    if number.is_sign_negative() && !number.is_zero() {
        text.push('-');
    }
    // Digits are text.
    text += str::from_utf8(&digits[first..point]).unwrap_or_default();
    text.push('.');
    text += str::from_utf8(&digits[point..]).unwrap_or_default();
    text
}

/// The value that SQLite stores for a [`text`].
fn stored(text: String) -> Value {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.as_str()),
    };
    // All but the point.
    if digits.len() <= INTEGER_DIGITS as usize + 1 {
        let units = digits.bytes().filter(u8::is_ascii_digit);
        let units = units.fold(0, |units, digit| units * 10 + i64::from(digit - b'0'));
        return Value::BigInt(Some(if negative { -units } else { units }));
    }
    Value::String(Some(if negative { turned(text) } else { text }))
}

/// A text with letters for digits, whose order is the other way round, and back.
fn turned(text: String) -> String {
    let turn = |byte| match byte {
        b'0'..=b'9' => b'j' - (byte - b'0'),
        b'a'..=b'j' => b'0' + (b'j' - byte),
        _ => byte,
    };
    let mut bytes = text.into_bytes();
    for byte in &mut bytes {
        *byte = turn(*byte);
    }
    // It is still text, as ASCII has become ASCII.
    String::from_utf8(bytes).unwrap_or_default()
}

/// The number of a [`text`], of a text that SQLite has stored, or of any other text that is a number.
fn read(text: &str) -> Option<Decimal> {
    let turned_back;
    let mut number = text;
    if let Some(letters) = text.strip_prefix('-')
        && letters
            .trim_start_matches('.')
            .starts_with(|c| matches!(c, 'a'..='j'))
    {
        turned_back = turned(text.to_owned());
        number = &turned_back;
    }
    number.trim_end_matches('.').parse().ok()
}

/// A number of a row of SQLite; `None` for NULL.
///
/// # Errors
///
/// When there is no such column, or no number in it.
#[cfg(feature = "sqlite")]
pub(crate) fn of_sqlite(
    row: &sqlx::sqlite::SqliteRow,
    index: &impl sqlx::ColumnIndex<sqlx::sqlite::SqliteRow>,
    scale: u32,
) -> Result<Option<Decimal>, DbErr> {
    use sea_orm::RuntimeErr;
    use sqlx::{Column, Decode, Row, Sqlite, TypeInfo, ValueRef};

    let failed = |error: sqlx::Error| DbErr::Query(RuntimeErr::SqlxError(error.into()));
    let undecodable =
        |error: sqlx::error::BoxDynError| failed(sqlx::Error::Decode(error.to_string().into()));
    let index = index.index(row).map_err(failed)?;
    let value = row.try_get_raw(index).map_err(failed)?;
    let type_info = value.type_info().into_owned();
    match type_info.name() {
        _ if value.is_null() => Ok(None),
        "INTEGER" => {
            let units = <i64 as Decode<Sqlite>>::decode(value).map_err(undecodable)?;
            Ok(Some(Decimal::from_i128_with_scale(units.into(), scale)))
        }
        "TEXT" => {
            let text = <&str as Decode<Sqlite>>::decode(value).map_err(undecodable)?;
            let number = read(text);
            let explained = || DbErr::Type(format!("`{text}` is no decimal number"));
            number.map(Some).ok_or_else(explained)
        }
        // A column that was made before decimals were exact. The average of integers is such a value, too, but of no column.
        "REAL" if row.try_column(index).map_err(failed)?.type_info().name() == "REAL" => {
            let float = <f64 as Decode<Sqlite>>::decode(value).map_err(undecodable)?;
            let explained = || DbErr::Type(format!("{float} is no decimal number"));
            of_float(float, scale).map(Some).ok_or_else(explained)
        }
        other => Err(DbErr::Type(format!(
            "a decimal number cannot be read from a value of the type {other} that is not of a column\n\
             hint: `avg` of a decimal column is none; read its `sum` and its `count`"
        ))),
    }
}

/// The number that a float shows, with so many digits after the point.
#[cfg(feature = "sqlite")]
fn of_float(float: f64, scale: u32) -> Option<Decimal> {
    use rust_decimal::RoundingStrategy;

    // The fewest digits that are this float and no other.
    let shown: Decimal = float.to_string().parse().ok()?;
    let mut number = shown.round_dp_with_strategy(scale, RoundingStrategy::MidpointAwayFromZero);
    number.rescale(scale);
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(number: &str, precision: u32, scale: u32) -> (Value, Value) {
        let number: Decimal = number.parse().expect("a number");
        let given = value(number, precision, scale);
        assert_eq!(super::number(&given), Some(number), "{given:?}");
        let mut stored = given.clone();
        settle(&mut stored, DbBackend::Sqlite).expect("stored");
        if let Value::String(Some(text)) = &stored {
            assert_eq!(read(text), Some(number), "{text}");
        }
        let mut on_postgres = given.clone();
        settle(&mut on_postgres, DbBackend::Postgres).expect("stored");
        let Value::Decimal(Some(on_postgres)) = on_postgres else {
            panic!("a number")
        };
        assert_eq!((on_postgres, on_postgres.scale()), (number, scale));
        (given, stored)
    }

    #[test]
    fn up_to_18_digits_are_an_integer() {
        for (number, precision, scale, text, units) in [
            ("12.5", 10, 2, "00000012.50", 1_250_i64),
            ("-12.5", 10, 2, "-00000012.50", -1_250),
            ("0", 1, 0, "0.", 0),
            ("-0.0", 3, 2, "0.00", 0),
            ("-9", 1, 0, "-9.", -9),
            ("0.05", 2, 2, ".05", 5),
            (
                "-0.999999999999999999",
                18,
                18,
                "-.999999999999999999",
                -999_999_999_999_999_999,
            ),
            (
                "99999999999999.9999",
                18,
                4,
                "99999999999999.9999",
                999_999_999_999_999_999,
            ),
        ] {
            let (given, stored) = bound(number, precision, scale);
            let Value::Enum(OptionEnum::Some(given)) = given else {
                panic!("a text")
            };
            assert_eq!((&*given.value, &*given.type_name), (text, "numeric"));
            assert_eq!(stored, units.into());
        }
    }

    #[test]
    fn more_digits_are_a_text_in_the_order_of_the_numbers() {
        let ordered = [
            ("-999999999999999.9999", "-aaaaaaaaaaaaaaa.aaaa"),
            ("-10", "-jjjjjjjjjjjjjij.jjjj"),
            ("-5.5555", "-jjjjjjjjjjjjjje.eeee"),
            ("-1.0001", "-jjjjjjjjjjjjjji.jjji"),
            ("-1", "-jjjjjjjjjjjjjji.jjjj"),
            ("0", "000000000000000.0000"),
            ("0.0001", "000000000000000.0001"),
            ("9", "000000000000009.0000"),
            ("10", "000000000000010.0000"),
            ("999999999999999.9999", "999999999999999.9999"),
        ];
        for (number, text) in ordered {
            assert_eq!(bound(number, 19, 4).1, text.into());
        }
        assert!(ordered.is_sorted_by_key(|(_, text)| text));
        let nines = "9".repeat(28);
        assert_eq!(bound(&nines, 28, 0).1, format!("{nines}.").into());
        let fives = format!("-0.{}", "5".repeat(28));
        let letters = format!("-.{}", "e".repeat(28));
        assert_eq!(bound(&fives, 28, 28).1, letters.into());
    }

    #[test]
    fn a_decimal_without_a_column_is_refused_where_its_digits_matter() {
        let mut value = Value::from(Decimal::new(125, 1));
        let refused = settle(&mut value, DbBackend::Sqlite).expect_err("refused");
        assert!(refused.to_string().contains("12.5"), "{refused}");
        assert!(settle(&mut value, DbBackend::Postgres).is_ok());
        let mut nothing = Value::Decimal(None);
        assert!(settle(&mut nothing, DbBackend::Sqlite).is_ok());
        let mut nothing = null();
        settle(&mut nothing, DbBackend::Sqlite).expect("bound");
        assert_eq!(nothing, Value::Decimal(None));
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn floats_are_what_they_show() {
        let shown = |float, scale| of_float(float, scale).map(|number| number.to_string());
        for (float, scale, text) in [
            (0.1 + 0.2, 2, "0.30"),
            (12.345, 2, "12.35"),
            (-1.005, 2, "-1.01"),
            (123_456_789_012_345.67, 2, "123456789012345.67"),
            (0.1, 18, "0.100000000000000000"),
            (7.0, 0, "7"),
        ] {
            assert_eq!(shown(float, scale).as_deref(), Some(text));
        }
        assert_eq!(shown(1e300, 2), None);
        assert_eq!(shown(f64::NAN, 2), None);
    }
}
