//! The error of a decoding pass, with its location.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use super::{
    problem::Problem,
    tree::{Content, Located, MAX_ATTEMPTS, Node, NodeChange},
    wording,
};

/// The error of the [decoder](super::decoder).
#[derive(Debug)]
pub(super) enum Failure {
    /// A problem reported by a type. Its location is added one level further up.
    Reported(DecodeError),
    /// A change to make on the tree before the next pass.
    Located(Box<Located>),
    /// A consequence of placeholders, which says nothing about the request.
    Inconclusive,
}

/// A problem that a type reports, without its location.
#[derive(Debug)]
pub(super) enum DecodeError {
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

impl From<NodeChange> for Failure {
    fn from(change: NodeChange) -> Self {
        Self::Located(Box::new(Located {
            path: Vec::new(),
            change,
        }))
    }
}

impl Failure {
    /// Adds the expectation of the visitor to a custom message.
    pub(super) fn expecting(self, wanted: &str) -> Self {
        match self {
            Self::Reported(DecodeError::Custom {
                message,
                expected: None,
            }) => Self::Reported(DecodeError::Custom {
                message,
                expected: Some(wanted.to_owned()),
            }),
            other => other,
        }
    }

    /// Attributes the failure to the value that was being decoded.
    pub(super) fn at(self, node: &Node) -> Self {
        let Self::Reported(found) = self else {
            return self;
        };
        if let Some(attempt) = node.placeholder {
            let exhausted = attempt >= MAX_ATTEMPTS;
            return if exhausted {
                Self::Inconclusive
            } else {
                NodeChange::Retry.into()
            };
        }
        let is_object = matches!(node.content, Content::Object(_));
        match found {
            // What is missing depends on the tag.
            DecodeError::Missing(_) if node.is_tagged.get() && node.is_patched() => {
                Self::Inconclusive
            }
            DecodeError::Missing(name) if is_object && node.child(name).is_none() => {
                NodeChange::Missing(vec![name]).into()
            }
            DecodeError::Unknown(fields) if node.has_unknown(fields) => {
                NodeChange::Unknown(fields).into()
            }
            DecodeError::Missing(_) | DecodeError::Unknown(_) => Self::Inconclusive,
            // Serde may have read the placeholders from a copy.
            _ if node.has_placeholders() => NodeChange::RetryBelow.into(),
            _ if node.is_patched() => Self::Inconclusive,
            found => NodeChange::Problem(problem(found)).into(),
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

fn problem(found: DecodeError) -> Problem {
    match found {
        DecodeError::Type { null: true, .. } => Problem::new("null", "must not be null"),
        DecodeError::Type { expected, .. } => wording::wrong_type(&expected),
        DecodeError::Value { expected } => wording::wrong_value(&expected),
        DecodeError::OneOf(names) => wording::not_one_of(names.iter().copied()),
        DecodeError::Custom { message, expected } => {
            wording::refused(&message, expected.as_deref())
        }
        DecodeError::Missing(_) => Problem::required(),
        DecodeError::Unknown(_) => Problem::new("unknown_field", "has a field that is not known"),
        DecodeError::Repeated => Problem::repeated(),
    }
}

impl de::Error for Failure {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Reported(DecodeError::Custom {
            message: message.to_string(),
            expected: None,
        })
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let null = matches!(unexpected, Unexpected::Unit);
        let expected = expected.to_string();
        // JSON integers beyond 64 bits arrive as floats.
        let huge = matches!(unexpected, Unexpected::Float(number) if number.abs() >= 9e15);
        Self::Reported(if huge && wording::is_integer(&expected) {
            DecodeError::Value { expected }
        } else {
            DecodeError::Type { null, expected }
        })
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Reported(DecodeError::Value {
            expected: expected.to_string(),
        })
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::Reported(DecodeError::Value {
            expected: expected.to_string(),
        })
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::Reported(DecodeError::OneOf(expected))
    }

    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Self {
        Self::Reported(DecodeError::Unknown(expected))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Reported(DecodeError::Missing(field))
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self::Reported(DecodeError::Repeated)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request is not acceptable")
    }
}

impl std::error::Error for Failure {}
