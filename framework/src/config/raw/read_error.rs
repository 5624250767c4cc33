//! The error of a value that cannot be deserialized as the type of its setting.

use std::fmt;

use serde::de::{Error, Expected, Unexpected};

use super::value::Value;

/// The error of a value that cannot be deserialized as the type of its setting, with its path.
#[derive(Clone, Debug)]
pub(in crate::config) struct ReadError {
    /// The parts of the key. The second item of a list is `[1]`.
    pub(in crate::config) path: Vec<String>,
    pub(in crate::config) kind: Kind,
}

#[derive(Clone, Debug)]
pub(in crate::config) enum Kind {
    UnknownField(String, &'static [&'static str]),
    MissingField(&'static str),
    UnknownVariant(String, &'static [&'static str]),
    /// A value of another type: the value that was found, and a description of the expected type.
    Mismatch(Found, String),
    /// A message of the type itself.
    Message(String),
}

/// A value of another type than the expected one.
#[derive(Clone, Debug)]
pub(in crate::config) enum Found {
    Nothing,
    Boolean(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    Datetime(String),
    List,
    Table,
    Other(String),
}

impl ReadError {
    pub(in crate::config) fn new(kind: Kind) -> Self {
        Self {
            path: Vec::new(),
            kind,
        }
    }

    /// The same error as an error of the table or list that contains the value: `part` comes before its path.
    pub(in crate::config) fn below(mut self, part: impl Into<String>) -> Self {
        self.path.insert(0, part.into());
        self
    }

    /// Returns true if this error is deeper inside of a value, or at a later item of it, than `other`.
    pub(in crate::config) fn is_further_than(&self, other: &Self) -> bool {
        (self.path.len(), &self.path) > (other.path.len(), &other.path)
    }
}

impl From<&Value> for Found {
    fn from(value: &Value) -> Self {
        match value {
            Value::Nothing => Self::Nothing,
            Value::Boolean(value) => Self::Boolean(*value),
            Value::Integer(value) => Self::Integer(*value),
            Value::Float(value) => Self::Float(*value),
            Value::Text(text) => Self::Text(text.clone()),
            Value::Datetime(text) => Self::Datetime(text.clone()),
            Value::List(_) => Self::List,
            Value::Table(_) => Self::Table,
        }
    }
}

impl From<Unexpected<'_>> for Found {
    fn from(unexpected: Unexpected<'_>) -> Self {
        match unexpected {
            Unexpected::Bool(value) => Self::Boolean(value),
            Unexpected::Unsigned(value) => Self::Integer(value.into()),
            Unexpected::Signed(value) => Self::Integer(value.into()),
            Unexpected::Float(value) => Self::Float(value),
            Unexpected::Char(value) => Self::Text(value.into()),
            Unexpected::Str(text) => Self::Text(text.to_owned()),
            Unexpected::Unit | Unexpected::Option => Self::Nothing,
            Unexpected::Seq => Self::List,
            Unexpected::Map => Self::Table,
            other => Self::Other(other.to_string()),
        }
    }
}

impl Error for ReadError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Kind::Message(message.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(Kind::Mismatch(found.into(), expected.to_string()))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(Kind::UnknownVariant(variant.to_owned(), expected))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(Kind::UnknownField(field.to_owned(), expected))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(Kind::MissingField(field))
    }
}

impl std::error::Error for ReadError {}

/// Required by serde; messages for people come from [`ConfigProblem`](crate::config::ConfigProblem).
impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` cannot be read", self.path.join("."))
    }
}
