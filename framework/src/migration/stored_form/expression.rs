//! SQL expressions of SQLite that check the stored form of a value and convert a value to it.
//!
//! They avoid functions that old versions lack (`unhex`): a trigger runs in any program that opens the file. SQLite's date functions
//! round to milliseconds, so fractions are cut off before and appended after.

use super::decimal::Size;

/// The kinds of columns whose values can be written in several ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A time in UTC.
    Instant,
    /// A date and time without an offset.
    DateTime,
    Date,
    Time,
    Uuid,
    Decimal(Size),
    /// A decimal that is kept as a float, which takes no values any more until a migration has made it exact. Its digits are not known
    /// where none were declared.
    Float(Option<Size>),
}

impl Kind {
    /// The kind of a column, by the type that sea-query declares for it, or [`Size::declared`] for an exact decimal.
    pub(super) fn of(declared: &str) -> Option<Self> {
        let declared = declared.to_ascii_lowercase();
        if let Some(size) = Size::of_exact(&declared) {
            return Some(Self::Decimal(size));
        }
        if let Some(size) = Size::of_float(&declared) {
            return Some(Self::Float(Some(size)));
        }
        Some(match declared.as_str() {
            "timestamp_with_timezone_text" => Self::Instant,
            "datetime_text" | "timestamp_text" => Self::DateTime,
            "date_text" => Self::Date,
            "time_text" => Self::Time,
            "uuid_text" => Self::Uuid,
            "real_decimal" | "real_money" => Self::Float(None),
            _ => return None,
        })
    }

    /// A description of the stored form, for messages.
    pub(super) fn description(self) -> String {
        match self {
            Self::Instant => "a UTC time such as 2026-11-21 09:30:00+00:00".to_owned(),
            Self::DateTime => "a date and time such as 2026-11-21 09:30:00".to_owned(),
            Self::Date => "a date such as 2026-11-21".to_owned(),
            Self::Time => "a time such as 09:30:00".to_owned(),
            Self::Uuid => "a UUID such as 67e55044-10b1-426f-9247-bb680e5fe0c8".to_owned(),
            Self::Decimal(size) => size.description(),
            Self::Float(_) => "made exact by a migration, with `exact_decimals`".to_owned(),
        }
    }

    /// The condition that `value` is neither NULL nor in its stored form.
    pub(super) fn is_not_stored_form(self, value: &str) -> String {
        format!(
            "({value} IS NOT NULL AND NOT ({}))",
            self.is_stored_form(value)
        )
    }

    /// The condition that `value` is in its stored form. It is NULL only if the value is.
    fn is_stored_form(self, value: &str) -> String {
        // No digits but those of a fraction after the first `seconds` characters, and no zeros at its end.
        let fraction = |seconds: usize| {
            format!(
                "(length({value}) = {seconds} OR (length({value}) < {} AND substr({value}, {}) GLOB '.*[1-9]' \
                 AND substr({value}, {}) NOT GLOB '*[^0-9]*'))",
                seconds + 8,
                seconds + 1,
                seconds + 2
            )
        };
        match self {
            // The first two calls accept almost every value: one of this framework, with all digits of its fraction. Each call costs an
            // insertion some thousand instructions. The date function parses the whole value, so it has checked the digits.
            Self::Instant => format!(
                "{value} >= '0001' AND (coalesce({value} GLOB datetime({value}, '+0 days') || '.?????[1-9]+00:00', 0) \
                 OR (substr({value}, 1, 19) IS datetime(substr({value}, 1, 19), '+0 days') AND \
                 (substr({value}, 20) = '+00:00' OR (length({value}) < 33 AND {value} GLOB '*.*[1-9]+00:00' \
                 AND substr({value}, 20, 1) = '.' AND substr({value}, 21, length({value}) - 26) NOT GLOB '*[^0-9]*'))))"
            ),
            Self::DateTime => format!(
                "{value} >= '0001' AND substr({value}, 1, 19) IS datetime(substr({value}, 1, 19), '+0 days') AND {}",
                fraction(19)
            ),
            Self::Date => format!("{value} >= '0001' AND {value} IS date({value}, '+0 days')"),
            Self::Time => format!(
                "substr({value}, 1, 8) IS time(substr({value}, 1, 8), '+0 days') AND {}",
                fraction(8)
            ),
            Self::Uuid => format!("typeof({value}) = 'blob' AND length({value}) = 16"),
            Self::Decimal(size) => size.is_stored_form(value),
            Self::Float(_) => "0".to_owned(),
        }
    }

    /// The expression for `value` in its stored form; NULL if it is not of this kind.
    pub(super) fn to_stored_form(self, value: &str) -> String {
        match self {
            // The column default `CURRENT_TIMESTAMP` is the usual case.
            Self::Instant => format!(
                "(CASE WHEN {value} >= '0001' AND {value} IS datetime({value}, '+0 days') THEN {value} ELSE {} END || '+00:00')",
                date_time(value)
            ),
            Self::DateTime => date_time(value),
            Self::Date => format!(
                "(SELECT CASE substr(s, 11) WHEN ' 00:00:00' THEN substr(s, 1, 10) END FROM (SELECT {} AS s))",
                date_time(value)
            ),
            Self::Time => format!(
                "(SELECT CASE WHEN v < '24' AND substr(v, 3, 1) = ':' AND length(w) IN (5, 8) \
                 AND coalesce(r, '') = '' THEN time(w) || f END FROM {})",
                split_fraction(value, 8)
            ),
            Self::Uuid => uuid(value),
            Self::Decimal(size) => size.to_stored_form(value),
            Self::Float(_) => "NULL".to_owned(),
        }
    }
}

/// A subquery that splits a value `v`, whose seconds end after `seconds` characters, into the rest after its fraction (`r`, NULL if
/// there is no fraction), the fraction of at most 6 digits with its point (`f`), and the value without it (`w`).
fn split_fraction(value: &str, seconds: usize) -> String {
    let (point, digits) = (seconds + 1, seconds + 2);
    format!(
        "(SELECT v, r, coalesce(substr(v, 1, {seconds}) || r, v) AS w, \
         coalesce(rtrim(rtrim(substr(v, {point}, min(7, length(v) - length(r) - {seconds})), '0'), '.'), '') AS f \
         FROM (SELECT v, CASE substr(v, {point}, 1) WHEN '.' THEN ltrim(substr(v, {digits}), '0123456789') END AS r \
         FROM (SELECT {value} AS v)))"
    )
}

/// The expression for a date and time in its stored form. The modifier `+0 days` makes SQLite reject 30 February and 24:00, which
/// it would otherwise return as they are.
fn date_time(value: &str) -> String {
    format!(
        "(SELECT CASE WHEN date(substr(v, 1, 10), '+0 days') = substr(v, 1, 10) AND datetime(w, '+0 days') >= '0001' \
         THEN datetime(w, '+0 days') || f END FROM {})",
        split_fraction(value, 19)
    )
}

/// The expression for a UUID as a blob: each pair of hexadecimal digits is looked up among all 256 bytes.
fn uuid(value: &str) -> String {
    use std::fmt::Write;

    let mut bytes = String::with_capacity(512);
    for byte in 0..=u8::MAX {
        // A string takes everything.
        let _ = write!(bytes, "{byte:02x}");
    }
    // `instr` gives 0 for the digit `0`.
    let byte = |at: usize| {
        format!(
            "substr(b, 16 * instr(d, substr(h, {at}, 1)) + instr(d, substr(h, {}, 1)) + 1, 1)",
            at + 1
        )
    };
    let text: Vec<_> = (1..32).step_by(2).map(byte).collect();
    format!(
        "(SELECT CASE WHEN typeof(v) = 'blob' AND length(v) = 16 THEN v \
         WHEN typeof(v) = 'text' AND length(h) = 32 AND h NOT GLOB '*[^0-9a-f]*' THEN CAST({} AS BLOB) END \
         FROM (SELECT v, lower(replace(v, '-', '')) AS h, '123456789abcdef' AS d, x'{bytes}' AS b FROM (SELECT {value} AS v)))",
        text.join(" || "),
    )
}

#[cfg(test)]
pub(super) mod tests;
