//! The one error that every command ends with: what went wrong, a hint on what to do, and the exit code.

use std::{fmt::Display, io, path::Path};

/// A command that failed.
///
/// `Display` gives the message alone; [`report`](CliError::report) adds the hint as people see it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct CliError {
    message: String,
    hint: Option<String>,
    exit_code: u8,
}

impl CliError {
    /// The command was understood but could not be done: exit code 1.
    pub fn failed(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            exit_code: 1,
        }
    }

    /// The command itself is wrong: exit code 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            exit_code: 2,
            ..Self::failed(message)
        }
    }

    /// A file that could not be read or written, with its path: exit code 1.
    pub fn io(what: &str, path: &Path, error: &io::Error) -> Self {
        Self::failed(format!("{what} `{}`: {error}", path.display()))
    }

    /// Adds what the user can do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    /// Adds what the user can do about it, unless that is said already.
    #[must_use]
    pub fn or_hint(self, hint: impl Display) -> Self {
        if self.hint.is_some() {
            self
        } else {
            self.hint(hint)
        }
    }

    /// What the process exits with.
    pub fn exit_code(&self) -> u8 {
        self.exit_code
    }

    /// The whole text for a terminal: `error: …` and, where there is one, a line `hint: …`.
    pub fn report(&self) -> String {
        match &self.hint {
            Some(hint) => format!("error: {}\nhint: {hint}", self.message),
            None => format!("error: {}", self.message),
        }
    }
}
