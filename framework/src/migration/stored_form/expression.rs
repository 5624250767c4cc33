//! SQL of SQLite that says of a value whether it is stored as it should be, and makes it so.
//!
//! It does not use what old versions lack (`unhex`): a trigger runs in whatever program opens the file. SQLite's date functions know
//! milliseconds only, and round to them, so fractions are cut off before and put back after.

/// The kinds of columns whose values can be written in several ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    DateTime,
    Date,
    Time,
    Uuid,
}

impl Kind {
    /// The kind of a column, by the type that sea-query declares for it.
    pub(super) fn of(declared: &str) -> Option<Self> {
        Some(match declared.to_ascii_lowercase().as_str() {
            "datetime_text" | "timestamp_text" | "timestamp_with_timezone_text" => Self::DateTime,
            "date_text" => Self::Date,
            "time_text" => Self::Time,
            "uuid_text" => Self::Uuid,
            _ => return None,
        })
    }

    /// What a value must be, for people.
    pub(super) fn wanted(self) -> &'static str {
        match self {
            Self::DateTime => "a UTC time such as 2026-11-21 09:30:00",
            Self::Date => "a date such as 2026-11-21",
            Self::Time => "a time such as 09:30:00",
            Self::Uuid => "a UUID such as 67e55044-10b1-426f-9247-bb680e5fe0c8",
        }
    }

    /// Whether `value` is there, but not in its stored form.
    pub(super) fn is_odd(self, value: &str) -> String {
        format!("({value} IS NOT NULL AND NOT ({}))", self.is_stored(value))
    }

    /// Never NULL, unless the value is.
    fn is_stored(self, value: &str) -> String {
        // No digits but those of a fraction after the first `seconds` characters, and no zeros at its end.
        let fraction = |seconds: usize| {
            let (point, first) = (seconds + 1, seconds + 2);
            format!(
                "(length({value}) = {seconds} OR (length({value}) BETWEEN {first} AND {} \
                 AND substr({value}, {point}) GLOB '.*[1-9]' AND substr({value}, {first}) NOT GLOB '*[^0-9]*'))",
                seconds + 7
            )
        };
        match self {
            Self::DateTime => format!(
                "typeof({value}) = 'text' AND {value} >= '0001' AND substr({value}, 1, 19) IS datetime(substr({value}, 1, 19), '+0 days') AND {}",
                fraction(19)
            ),
            Self::Date => {
                format!(
                    "typeof({value}) = 'text' AND {value} >= '0001' AND {value} IS date({value}, '+0 days')"
                )
            }
            Self::Time => format!(
                "typeof({value}) = 'text' AND substr({value}, 1, 8) IS time(substr({value}, 1, 8), '+0 days') AND {}",
                fraction(8)
            ),
            Self::Uuid => format!("typeof({value}) = 'blob' AND length({value}) = 16"),
        }
    }

    /// Whether `value` is there, but no such value in any form.
    pub(super) fn is_unreadable(self, value: &str) -> String {
        match self {
            // Much shorter than the conversion.
            Self::Uuid => format!(
                "({value} IS NOT NULL AND NOT ({} OR (typeof({value}) = 'text' AND length({}) = 32 AND {} NOT GLOB '*[^0-9a-f]*')))",
                self.is_stored(value),
                hexadecimal(value),
                hexadecimal(value),
            ),
            _ => format!("({value} IS NOT NULL AND {} IS NULL)", self.stored(value)),
        }
    }

    /// `value` in its stored form; NULL when it is no such value.
    pub(super) fn stored(self, value: &str) -> String {
        match self {
            Self::DateTime => date_time(value),
            Self::Date => format!(
                "(SELECT CASE WHEN substr(s, 11) = ' 00:00:00' THEN substr(s, 1, 10) END FROM (SELECT {} AS s))",
                date_time(value)
            ),
            Self::Time => format!(
                "(SELECT CASE WHEN v GLOB '[0-9][0-9]:[0-9][0-9]*' AND v < '24' \
                 AND ((d = 0 AND length(v) IN (5, 8)) OR (d = 9 AND r = '')) THEN time(w) || {FRACTION} END FROM {})",
                parts(value)
            ),
            Self::Uuid => uuid(value),
        }
    }
}

/// What is left of the digits of a fraction, with its point.
const FRACTION: &str = "rtrim(rtrim('.' || substr(f, 1, 6), '0'), '.')";

/// The value `v`, where its point is (`d`), what follows the digits after it (`r`), these digits (`f`), and the value without point
/// and digits (`w`).
fn parts(value: &str) -> String {
    format!(
        "(SELECT v, d, r, CASE d WHEN 0 THEN v ELSE substr(v, 1, d - 1) || r END AS w, \
         CASE d WHEN 0 THEN '' ELSE substr(v, d + 1, length(v) - d - length(r)) END AS f \
         FROM (SELECT v, d, ltrim(substr(v, d + 1), '0123456789') AS r \
         FROM (SELECT v, instr(v, '.') AS d FROM (SELECT {value} AS v))))"
    )
}

/// SQLite gives 30 February and 24:00 back as they are, unless it has to count.
fn date_time(value: &str) -> String {
    format!(
        "(SELECT CASE WHEN v GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' AND date(substr(v, 1, 10), '+0 days') = substr(v, 1, 10) \
         AND d IN (0, 20) AND datetime(w, '+0 days') >= '0001' THEN datetime(w, '+0 days') || {FRACTION} END FROM {})",
        parts(value)
    )
}

/// The digits of a UUID.
fn hexadecimal(value: &str) -> String {
    format!("lower(replace({value}, '-', ''))")
}

/// Each pair of hexadecimal digits is looked up among all 256 bytes.
fn uuid(value: &str) -> String {
    use std::fmt::Write;

    let mut bytes = String::with_capacity(512);
    for byte in 0..=u8::MAX {
        // A string takes everything.
        let _ = write!(bytes, "{byte:02x}");
    }
    // `instr` gives 0 for the digit `0`.
    let digit = |at: usize| format!("instr('123456789abcdef', substr(h, {at}, 1))");
    let byte = |at: usize| format!("substr(b, 16 * {} + {} + 1, 1)", digit(at), digit(at + 1));
    let text: Vec<_> = (1..32).step_by(2).map(byte).collect();
    format!(
        "(SELECT CASE WHEN typeof(v) = 'blob' AND length(v) = 16 THEN v \
         WHEN typeof(v) = 'text' AND length(h) = 32 AND h NOT GLOB '*[^0-9a-f]*' THEN CAST({} AS BLOB) END \
         FROM (SELECT v, {} AS h, x'{bytes}' AS b FROM (SELECT {value} AS v)))",
        text.join(" || "),
        hexadecimal("v"),
    )
}
