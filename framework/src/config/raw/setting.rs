//! One value as it was written, before anybody knows whether it is right.

use super::{
    Origin,
    read_error::ReadError,
    value::{Table, Value},
};

/// One value as it was written, with its key and its place.
#[derive(Clone)]
pub(in crate::config) struct Setting {
    /// The parts of the key: `server`, `port`.
    pub(in crate::config) path: Vec<String>,
    /// What the value may mean, likeliest first; never empty. A value in TOML means one thing; the text of a variable may
    /// be a text, a number or a list, and only the type of the setting can tell.
    pub(in crate::config) meanings: Vec<Value>,
    /// Where it is written.
    pub(in crate::config) origin: Origin,
}

impl Setting {
    /// The key with dots.
    pub(in crate::config) fn key(&self) -> String {
        self.path.join(".")
    }

    /// The tables that hold nothing but this value, in one of its meanings.
    pub(in crate::config) fn table(&self, meaning: &Value) -> Value {
        self.path.iter().rev().fold(meaning.clone(), |inner, part| {
            Value::Table(Table::from([(part.clone(), inner)]))
        })
    }
}

/// The error that tells most of a value that is wrong in each of its meanings, the one furthest inside: `[1, 2]` for a list of
/// texts is a list whose first item is wrong, rather than a text that is not a list.
pub(in crate::config) fn most_telling(first: Option<ReadError>, next: ReadError) -> ReadError {
    match first {
        Some(first) if !next.is_further_than(&first) => first,
        _ => next,
    }
}
