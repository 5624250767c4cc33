//! Why a configuration is refused.

use std::{fmt, io};

use crate::config::Origin;

/// Why a configuration is refused: every problem that was found, not only the first.
///
/// Each problem is a line that names the file or variable, the key, what was expected and what was found; then, where
/// something can be proposed, a line `hint: …`. Values of keys that look secret are not shown.
#[derive(Debug)]
pub struct ConfigError {
    problems: Vec<Problem>,
}

/// One problem of a configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A file is there but cannot be read.
    #[error("{file}: cannot be read: {source}")]
    Unreadable {
        /// Relative to the app's root.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// A file is not TOML.
    #[error("{file}:{line}:{column}: malformed TOML: {message}")]
    MalformedToml {
        /// Relative to the app's root.
        file: String,
        /// From 1.
        line: usize,
        /// From 1, in characters.
        column: usize,
        /// What the parser says.
        message: String,
    },
    /// A line of `.env` cannot be understood. It is not shown, since it may hold a secret.
    #[error(".env:{line}: {message}\n  hint: {hint}")]
    MalformedDotEnv {
        /// From 1.
        line: usize,
        /// What is wrong with it.
        message: &'static str,
        /// How to write it.
        hint: &'static str,
    },
    /// A variable is in `.env` more than once.
    #[error(
        ".env:{line}: `{variable}` is set again, first in line {first}\n  hint: remove one of the two lines"
    )]
    RepeatedVariable {
        /// The variable's name.
        variable: String,
        /// The line of the repetition, from 1.
        line: usize,
        /// The line where it is first set, from 1.
        first: usize,
    },
    /// The name of a variable cannot be one of a key.
    #[error("{origin}: {message}\n  hint: {hint}")]
    InvalidVariable {
        /// Where it is set.
        origin: Origin,
        /// What is wrong with the name.
        message: &'static str,
        /// What was meant, perhaps.
        hint: String,
    },
    /// Two variables of the same place that set the same key to different values.
    #[error(
        "{origin}: sets `{key}`, and so does `{other}`, differently\n  hint: remove one of the two"
    )]
    Contradiction {
        /// The place of the one.
        origin: Origin,
        /// The key, or the table that one of them is in, with dots.
        key: String,
        /// The name of the other.
        other: String,
    },
    /// A variable is not text.
    #[error("environment variable `{variable}`: not valid UTF-8")]
    NotUnicode {
        /// The variable's name.
        variable: String,
    },
    /// A key that nobody reads.
    #[error("{origin}: unknown key `{key}`{hint}")]
    UnknownKey {
        /// Where it is written.
        origin: Origin,
        /// With dots.
        key: String,
        /// The nearest key.
        hint: Hint,
    },
    /// A value of another type, or out of its range.
    #[error("{origin}: `{key}` must be {expected}, found {found}{hint}")]
    WrongValue {
        /// Where it is written.
        origin: Origin,
        /// With dots.
        key: String,
        /// What would be right.
        expected: String,
        /// What is there.
        found: String,
        /// An example.
        hint: Hint,
    },
    /// A value that the type of the setting refuses in words of its own.
    #[error("{origin}: `{key}`: {message}{hint}")]
    Refused {
        /// Where it is written.
        origin: Origin,
        /// With dots.
        key: String,
        /// What the type says.
        message: String,
        /// An example.
        hint: Hint,
    },
    /// A value that must be given and is not.
    #[error("missing `{key}`: {expected}{hint}")]
    Missing {
        /// With dots.
        key: String,
        /// What it is.
        expected: String,
        /// How to give it.
        hint: Hint,
    },
    /// A setting of something that is not compiled in.
    #[error(
        "{origin}: `{key}` needs the feature `{feature}`, which this application is built without\n  hint: add `{feature}` to the features of `framewright` in `Cargo.toml`, or remove the setting"
    )]
    MissingFeature {
        /// Where it is written.
        origin: Origin,
        /// With dots.
        key: String,
        /// The Cargo feature of `framewright`.
        feature: &'static str,
    },
    /// A password in a file that people commit.
    #[error(
        "{origin}: `{key}` holds a password, and the environment is `{environment}`\n  hint: take it out of the file and set the variable `DATABASE_URL`"
    )]
    PasswordInFile {
        /// Where it is written.
        origin: Origin,
        /// With dots.
        key: String,
        /// The environment's name.
        environment: String,
    },
    /// `FW_ENV` holds what cannot be an environment.
    #[error("{origin}: {source}{hint}")]
    InvalidEnvironment {
        /// Where it is written.
        origin: Origin,
        /// What is wrong.
        source: crate::env::InvalidEnvironment,
        /// The nearest environment.
        hint: Hint,
    },
    /// An environment of one's own without a file: most often a typing error.
    #[error(
        "there is no `config/{name}.toml`, so `{name}` is not an environment of this app{hint}"
    )]
    UnknownEnvironment {
        /// The environment's name.
        name: String,
        /// The nearest environment.
        hint: Hint,
    },
}

/// What to do about a problem, if anything can be proposed: on a line of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint(Option<String>);

impl ConfigError {
    /// The problems, in the order of the layers.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    pub(in crate::config) fn all(problems: Vec<Problem>) -> Self {
        Self { problems }
    }

    pub(in crate::config) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }
}

impl Problem {
    /// The key at fault, if it is one.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::UnknownKey { key, .. }
            | Self::WrongValue { key, .. }
            | Self::Refused { key, .. }
            | Self::Missing { key, .. }
            | Self::PasswordInFile { key, .. }
            | Self::MissingFeature { key, .. } => Some(key),
            _ => None,
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

impl From<Problem> for ConfigError {
    fn from(problem: Problem) -> Self {
        Self {
            problems: vec![problem],
        }
    }
}

impl From<ConfigError> for crate::error::Error {
    fn from(error: ConfigError) -> Self {
        Self::internal(error)
    }
}

impl From<Option<String>> for Hint {
    fn from(text: Option<String>) -> Self {
        Self(text)
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(text) => write!(f, "\n  hint: {text}"),
            None => Ok(()),
        }
    }
}
