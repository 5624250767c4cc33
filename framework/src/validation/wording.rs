//! The wording of problems for clients: names of Rust types never get out.

use std::borrow::Cow;

use super::{codes, format::Format, problem::Problem};

/// The problem of a value of another JSON type.
pub(super) fn wrong_type(expected: &str) -> Problem {
    Problem::new("invalid_type", format!("must be {}", in_words(expected)))
}

/// The problem of a value of the right JSON type that cannot be taken.
pub(super) fn wrong_value(expected: &str) -> Problem {
    const CODE: &str = "invalid_value";

    match bounds(expected) {
        Some((min, max)) => Problem::new(CODE, format!("must be between {min} and {max}"))
            .with("min", &min)
            .with("max", &max),
        None => Problem::new(CODE, format!("must be {}", in_words(expected))),
    }
}

/// The problem of a value that is none of these names.
pub(crate) fn not_one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> Problem {
    let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    Problem::new(
        "invalid_value",
        format!("must be one of {}", names.join(", ")),
    )
}

/// The problem with a type's own message, unless that is a parser's and less helpful than the expectation.
pub(super) fn refused(message: &str, expected: Option<&str>) -> Problem {
    if let Some(problem) = codes::parse(message) {
        return problem;
    }
    match expected {
        Some(expected) if is_parsed_text(expected) => wrong_value(expected),
        _ if message.contains("untagged enum") => {
            Problem::new("invalid_value", "must have one of the accepted shapes")
        }
        _ => Problem::new("invalid_value", message),
    }
}

/// Returns whether an integer type is expected.
pub(super) fn is_integer(expected: &str) -> bool {
    bounds(expected).is_some() || expected.starts_with("a nonzero")
}

/// The expectation of a type that takes a number only in quotes.
pub(super) fn quoted(expected: String) -> String {
    if expected.contains("Decimal") {
        QUOTED_DECIMAL.to_owned()
    } else {
        expected
    }
}

pub(super) const QUOTED_DECIMAL: &str = "a Decimal in quotes";

/// Returns whether text is expected that a library's parser reads.
fn is_parsed_text(expected: &str) -> bool {
    ["date", "time", "UUID", "Decimal"]
        .iter()
        .any(|word| expected.contains(word))
}

fn in_words(expected: &str) -> Cow<'static, str> {
    if bounds(expected).is_some() {
        return "an integer".into();
    }
    if let Some(format) = Format::expected(expected) {
        return format.to_string().into();
    }
    let words = match expected {
        "f32" | "f64" => "a number",
        "a boolean" => "`true` or `false`",
        "a string" | "a borrowed string" | "string" => "a string",
        "a character" => "a single character",
        "a sequence" => "an array",
        "a map" => "an object",
        "unit" => "null",
        "option" => "a value",
        QUOTED_DECIMAL => "a decimal number in quotes, such as `\"3.50\"`",
        _ if expected.contains("UUID") || expected.contains("16 byte array") => "a UUID",
        _ if expected.contains("Decimal") => "a decimal number such as `3.50`",
        _ if expected.contains("nonzero") => "an integer other than 0",
        _ if expected.contains("tagged enum ") => "an object",
        _ if expected.contains("enum ") => "one of the accepted shapes",
        "unit variant" => "the name alone, without content",
        _ if expected.ends_with(" variant") => "an object with the name as its only key",
        _ if expected.contains("tuple") || expected.starts_with("an array of length") => {
            "an array of the right length"
        }
        _ if expected.contains("struct ") => "an object",
        _ => return expected.to_owned().into(),
    };
    words.into()
}

fn bounds(expected: &str) -> Option<(i128, u128)> {
    Some(match expected {
        "i8" => (i8::MIN.into(), i8::MAX as u128),
        "i16" => (i16::MIN.into(), i16::MAX as u128),
        "i32" => (i32::MIN.into(), i32::MAX as u128),
        "i64" | "isize" => (i64::MIN.into(), i64::MAX as u128),
        "u8" => (0, u8::MAX.into()),
        "u16" => (0, u16::MAX.into()),
        "u32" => (0, u32::MAX.into()),
        "u64" | "usize" => (0, u64::MAX.into()),
        "i128" => (i128::MIN, i128::MAX.unsigned_abs()),
        "u128" => (0, u128::MAX),
        _ => return None,
    })
}
