//! The wording of values and types in messages.

use super::mask;
use crate::config::raw::{Found, Origin, Value};

/// A description of the type that serde expected, without the names of Rust.
pub(super) fn expected(serde: &str) -> String {
    let whole_number = |min: &dyn std::fmt::Display, max: &dyn std::fmt::Display| {
        format!("a whole number from {min} to {max}")
    };
    match serde {
        "u8" => whole_number(&u8::MIN, &u8::MAX),
        "u16" => whole_number(&u16::MIN, &u16::MAX),
        "u32" => whole_number(&u32::MIN, &u32::MAX),
        "i8" => whole_number(&i8::MIN, &i8::MAX),
        "i16" => whole_number(&i16::MIN, &i16::MAX),
        "i32" => whole_number(&i32::MIN, &i32::MAX),
        "u64" | "usize" | "u128" => "a whole number, 0 or larger".to_owned(),
        "i64" | "isize" | "i128" => "a whole number".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a boolean" => "`true` or `false`".to_owned(),
        "a string" | "path string" | "string or map" => "a text".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "a table".to_owned(),
        _ if serde.starts_with("struct ") => "a table".to_owned(),
        _ => serde.to_owned(),
    }
}

/// A description of the value that was found, as it was written.
pub(super) fn found(found: &Found, origin: &Origin) -> String {
    match found {
        Found::Text(text) if text.is_empty() => "an empty text".to_owned(),
        Found::Text(text) => {
            let text = mask::value("", text);
            let short: String = text.chars().take(60).collect();
            let short = if short == text {
                short
            } else {
                format!("{short}…")
            };
            if origin.variable().is_some() {
                format!("`{short}`")
            } else {
                format!("`{short:?}`")
            }
        }
        Found::Boolean(value) => format!("`{value}`"),
        Found::Integer(value) => format!("`{value}`"),
        Found::Float(value) => format!("`{value:?}`"),
        Found::Datetime(text) => format!("the date `{text}`"),
        Found::List => "a list".to_owned(),
        Found::Table => "a table".to_owned(),
        Found::Nothing => "nothing".to_owned(),
        Found::Other(other) => other.clone(),
    }
}

/// A value as the text of a variable.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::List(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        value => value.toml(),
    }
}

/// A list of alternatives: "one of …".
pub(in crate::config) fn one_of(variants: &[&str]) -> String {
    match variants {
        [only] => format!("`{only}`"),
        _ => format!("one of {}", list(variants)),
    }
}

/// A list of words, each in backticks.
pub(super) fn list(words: &[&str]) -> String {
    words
        .iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ")
}
