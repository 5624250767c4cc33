//! A raw setting.

use super::{
    Origin,
    read_error::ReadError,
    value::{Table, Value},
};

/// A raw setting: one value as it was written, with its key and its origin.
#[derive(Clone)]
pub(in crate::config) struct Setting {
    /// The parts of the key: `server`, `port`.
    pub(in crate::config) path: Vec<String>,
    /// The possible interpretations of the value, the most likely first; never empty. A value in TOML has one; the text of a
    /// variable may be a text, a number or a list, which only the type of the setting decides.
    pub(in crate::config) interpretations: Vec<Value>,
    /// The origin of the value.
    pub(in crate::config) origin: Origin,
}

impl Setting {
    /// The dotted key.
    pub(in crate::config) fn key(&self) -> String {
        self.path.join(".")
    }

    /// A tree of tables with only this setting, in one of its interpretations.
    pub(in crate::config) fn table(&self, value: &Value) -> Value {
        self.path.iter().rev().fold(value.clone(), |inner, part| {
            Value::Table(Table::from([(part.clone(), inner)]))
        })
    }
}

/// The most specific error of a value that is wrong in each of its interpretations, the deepest one: `[1, 2]` for a list of texts
/// is a list whose first item is wrong, rather than a text that is not a list.
pub(in crate::config) fn most_specific(first: Option<ReadError>, next: ReadError) -> ReadError {
    match first {
        Some(first) if !next.is_further_than(&first) => first,
        _ => next,
    }
}
