//! A problem of a request: a code for programs and a message for people.

use std::{borrow::Cow, fmt::Display};

use crate::error::FieldError;

/// The most problems that one response reports.
pub(crate) const MAX_PROBLEMS: usize = 100;

/// A problem at one place of a request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Problem {
    pub(crate) code: Cow<'static, str>,
    pub(crate) message: String,
    /// The values in the message.
    pub(super) parameters: Vec<(Cow<'static, str>, String)>,
}

impl Problem {
    pub(crate) fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            parameters: Vec::new(),
        }
    }

    /// Adds a value that the message has.
    pub(super) fn with(mut self, name: impl Into<Cow<'static, str>>, value: &dyn Display) -> Self {
        self.parameters.push((name.into(), value.to_string()));
        self
    }

    pub(super) fn required() -> Self {
        Self::new("required", "must be given")
    }

    pub(crate) fn repeated() -> Self {
        Self::new("duplicate_field", "must be given only once")
    }

    pub(super) fn too_precise() -> Self {
        Self::new(
            "too_precise",
            "must have fewer digits: not all of them can be kept",
        )
    }

    /// The problem of a name that is none of the `known` ones.
    pub(crate) fn unknown(name: &str, known: &[&str]) -> Self {
        Self::new("unknown_field", unknown(name, known))
    }

    /// The problem in the form that clients get.
    pub(crate) fn at(self, pointer: impl Into<String>) -> FieldError {
        let mut error = FieldError::new(pointer, self.code, self.message);
        error.parameters = self.parameters;
        error
    }
}

/// The message for an unknown name, with a suggestion from the declared ones.
fn unknown(name: &str, known: &[&str]) -> String {
    let nearest = known
        .iter()
        // The distance of long texts is costly and means nothing.
        .filter(|_| name.len() <= 64)
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .min_by_key(|(distance, _)| *distance);
    match nearest {
        Some((_, candidate)) => format!("is not known, did you mean `{candidate}`?"),
        None => "is not known".to_owned(),
    }
}
