//! The error type of all commands: a message, a hint and an exit code.

use std::{fmt::Display, io, path::Path};

/// The error of a command.
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
    /// An error of a valid command that could not be carried out: exit code 1.
    pub fn failed(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            exit_code: 1,
        }
    }

    /// An error in the command line: exit code 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            exit_code: 2,
            ..Self::failed(message)
        }
    }

    /// An error of reading or writing a file, with its path: exit code 1.
    pub fn io(what: &str, path: &Path, error: &io::Error) -> Self {
        Self::failed(format!("{what} `{}`: {error}", path.display()))
    }

    /// Adds a hint: what the user can do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    /// Adds a hint, unless there is one already.
    #[must_use]
    pub fn or_hint(self, hint: impl Display) -> Self {
        if self.hint.is_some() {
            self
        } else {
            self.hint(hint)
        }
    }

    /// The exit code of the process.
    pub fn exit_code(&self) -> u8 {
        self.exit_code
    }

    /// The text for a terminal: `error: …` and, if there is one, a line `hint: …`.
    pub fn report(&self) -> String {
        match &self.hint {
            Some(hint) => format!("error: {}\nhint: {hint}", self.message),
            None => format!("error: {}", self.message),
        }
    }
}
