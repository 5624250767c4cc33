//! How a decoding pass ends early: with what it found, and where.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use super::{
    problem::Problem,
    tree::{Content, Located, MAX_ATTEMPTS, Mark, Node},
    wording,
};

/// The error of the [decoder](super::decoder).
#[derive(Debug)]
pub(super) enum Failure {
    /// Reported by a type; where is known one level further up.
    Found(Found),
    /// To be noted on the tree before the next pass.
    Located(Box<Located>),
    /// A consequence of made-up values: says nothing about the request.
    GivenUp,
}

/// What a type complains about.
#[derive(Debug)]
pub(super) enum Found {
    Type {
        null: bool,
        expected: String,
    },
    Value {
        expected: String,
    },
    OneOf(&'static [&'static str]),
    Unknown(&'static [&'static str]),
    Missing(&'static str),
    Repeated,
    Custom {
        message: String,
        expected: Option<String>,
    },
}

impl From<Mark> for Failure {
    fn from(mark: Mark) -> Self {
        Self::Located(Box::new(Located {
            path: Vec::new(),
            mark,
        }))
    }
}

impl Failure {
    /// Adds what the visitor wanted to a message of its own.
    pub(super) fn expecting(self, wanted: &str) -> Self {
        match self {
            Self::Found(Found::Custom {
                message,
                expected: None,
            }) => Self::Found(Found::Custom {
                message,
                expected: Some(wanted.to_owned()),
            }),
            other => other,
        }
    }

    /// Attributes the failure to the value that was being decoded.
    pub(super) fn at(self, node: &Node) -> Self {
        let Self::Found(found) = self else {
            return self;
        };
        if let Some(attempt) = node.filler {
            let exhausted = attempt >= MAX_ATTEMPTS;
            return if exhausted {
                Self::GivenUp
            } else {
                Mark::Retry.into()
            };
        }
        let is_object = matches!(node.content, Content::Object(_));
        match found {
            Found::Missing(name) if is_object && node.child(name).is_none() => {
                Mark::Missing(vec![name]).into()
            }
            Found::Unknown(fields) if node.has_unknown(fields) => Mark::Unknown(fields).into(),
            Found::Missing(_) | Found::Unknown(_) => Self::GivenUp,
            _ if node.is_patched() => Self::GivenUp,
            found => Mark::Problem(problem(found)).into(),
        }
    }

    /// Adds the step that leads from the parent to the value at fault.
    pub(super) fn under(mut self, step: usize) -> Self {
        if let Self::Located(located) = &mut self {
            located.path.push(step);
        }
        self
    }
}

fn problem(found: Found) -> Problem {
    match found {
        Found::Type { null: true, .. } => Problem::new("null", "must not be null"),
        Found::Type { expected, .. } => wording::wrong_type(&expected),
        Found::Value { expected } => wording::wrong_value(&expected),
        Found::OneOf(names) => wording::not_one_of(names.iter().copied()),
        Found::Custom { message, expected } => wording::refused(&message, expected.as_deref()),
        Found::Missing(_) => Problem::required(),
        Found::Unknown(_) => Problem::new("unknown_field", "has a field that is not known"),
        Found::Repeated => Problem::repeated(),
    }
}

impl de::Error for Failure {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Found(Found::Custom {
            message: message.to_string(),
            expected: None,
        })
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let null = matches!(unexpected, Unexpected::Unit);
        let expected = expected.to_string();
        // JSON integers beyond 64 bits arrive as floats.
        let huge = matches!(unexpected, Unexpected::Float(number) if number.abs() >= 9e15);
        Self::Found(if huge && wording::is_integer(&expected) {
            Found::Value { expected }
        } else {
            Found::Type { null, expected }
        })
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Found(Found::Value {
            expected: expected.to_string(),
        })
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::Found(Found::Value {
            expected: expected.to_string(),
        })
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::Found(Found::OneOf(expected))
    }

    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Self {
        Self::Found(Found::Unknown(expected))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Found(Found::Missing(field))
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self::Found(Found::Repeated)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request is not acceptable")
    }
}

impl std::error::Error for Failure {}
