//! Why a field could not be read, with a caret under the character that is wrong.

use std::fmt;

use crate::error::CliError;

/// A field that is not acceptable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct FieldError {
    /// The field as it was typed.
    pub input: String,
    /// The place of the mistake, in characters from its start; the length of the input for something missing at its end.
    pub at: usize,
    /// The mistake.
    pub problem: String,
    /// A proposal of another word.
    pub hint: Option<String>,
}

impl FieldError {
    /// A problem at byte `at` of `input`.
    pub(super) fn new(input: &str, at: usize, problem: impl Into<String>) -> Self {
        Self {
            input: input.to_owned(),
            at: input.get(..at).unwrap_or(input).chars().count(),
            problem: problem.into(),
            hint: None,
        }
    }

    /// Adds what to write instead.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { input, problem, .. } = self;
        write!(
            f,
            "{problem}\n\n  {input}\n  {:>width$}\n",
            '^',
            width = self.at + 1
        )
    }
}

impl From<FieldError> for CliError {
    fn from(error: FieldError) -> Self {
        let cli = Self::usage(error.to_string());
        match error.hint {
            Some(hint) => cli.hint(hint),
            None => cli,
        }
    }
}
