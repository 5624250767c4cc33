//! The error of a configuration.

use std::{fmt, io};

use crate::config::Origin;

/// The error of a configuration: every problem that was found, not only the first.
///
/// Each problem is a line that names the file or variable, the key, what was expected and what was found; then, where
/// there is a suggestion, a line `hint: …`. Values of keys that look secret are not shown.
///
/// ```
/// use fw::config::{ConfigProblem, Loader};
///
/// let error = Loader::new("/nowhere")
///     .vars([("DATABASE_URL", "sqlite::memory:"), ("FW_SERVER__PROT", "8080"), ("FW_SERVER__PORT", "many")])
///     .load()
///     .unwrap_err();
/// assert_eq!(error.problems().len(), 2);
/// for problem in error.problems() {
///     if let ConfigProblem::UnknownKey { key, origin, hint } = problem {
///         assert_eq!(key, "server.prot");
///         assert_eq!(origin.variable(), Some("FW_SERVER__PROT"));
///         assert!(hint.to_string().contains("did you mean `FW_SERVER__PORT`?"));
///     }
/// }
/// ```
#[derive(Debug)]
pub struct ConfigError {
    problems: Vec<ConfigProblem>,
}

/// One problem of a configuration. See [`ConfigError`] for an example.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigProblem {
    /// A file is there but cannot be read.
    #[error("{file}: cannot be read: {source}")]
    Unreadable {
        /// The path of the file, relative to the app's root.
        file: String,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file is not TOML.
    #[error("{file}:{line}:{column}: malformed TOML: {message}")]
    MalformedToml {
        /// The path of the file, relative to the app's root.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1, in characters.
        column: usize,
        /// The message of the parser.
        message: String,
    },
    /// A line of `.env` cannot be understood. It is not shown, since it may hold a secret.
    #[error(".env:{line}: {message}\n  hint: {hint}")]
    MalformedDotEnv {
        /// The line, from 1.
        line: usize,
        /// The mistake.
        message: &'static str,
        /// A suggestion.
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
        /// The origin of the variable.
        origin: Origin,
        /// The mistake in the name.
        message: &'static str,
        /// A suggestion.
        hint: String,
    },
    /// Two variables of the same place that set the same key to different values.
    #[error(
        "{origin}: sets `{key}`, and so does {other}, differently\n  hint: remove one of the two"
    )]
    Contradiction {
        /// The origin of the first variable.
        origin: Origin,
        /// The dotted key, or the table that one of them is in.
        key: String,
        /// The origin of the second variable.
        other: Origin,
    },
    /// A variable is not text.
    #[error("environment variable `{variable}`: not valid UTF-8")]
    NotUnicode {
        /// The variable's name.
        variable: String,
    },
    /// A key that does not exist.
    #[error("{origin}: unknown key `{key}`{hint}")]
    UnknownKey {
        /// The origin of the value.
        origin: Origin,
        /// The dotted key.
        key: String,
        /// The most similar key.
        hint: Hint,
    },
    /// A value of another type, or out of its range.
    #[error("{origin}: `{key}` must be {expected}, found {found}{hint}")]
    WrongValue {
        /// The origin of the value.
        origin: Origin,
        /// The dotted key.
        key: String,
        /// A description of the right values.
        expected: String,
        /// The value that was found.
        found: String,
        /// An example.
        hint: Hint,
    },
    /// A value that the type of the setting refuses with its own message.
    #[error("{origin}: `{key}`: {message}{hint}")]
    Refused {
        /// The origin of the value.
        origin: Origin,
        /// The dotted key.
        key: String,
        /// The message of the type.
        message: String,
        /// An example.
        hint: Hint,
    },
    /// A required value that is not set.
    #[error("missing `{key}`: {expected}{hint}")]
    Missing {
        /// The dotted key.
        key: String,
        /// A description of the value.
        expected: String,
        /// The way to set it.
        hint: Hint,
    },
    /// A setting that needs a Cargo feature which is not compiled in.
    #[error(
        "{origin}: `{key}` needs the feature `{feature}`, which this application is built without\n  hint: add `{feature}` to the features of `framewright` in `Cargo.toml`, or remove the setting"
    )]
    MissingFeature {
        /// The origin of the value.
        origin: Origin,
        /// The dotted key.
        key: String,
        /// The Cargo feature of `framewright`.
        feature: &'static str,
    },
    /// A password or a key in a file that is committed.
    #[error(
        "{origin}: `{key}` holds a secret, and the environment is `{environment}`\n  hint: take it out of the file and set the variable `{variable}`"
    )]
    SecretInFile {
        /// The origin of the value.
        origin: Origin,
        /// The dotted key.
        key: String,
        /// The environment's name.
        environment: String,
        /// The variable to set instead.
        variable: &'static str,
    },
    /// `FW_ENV` is not the name of an environment.
    #[error("{origin}: {source}{hint}")]
    InvalidEnvironment {
        /// The origin of the value.
        origin: Origin,
        /// The cause.
        source: crate::env::InvalidEnvironment,
        /// The most similar environment.
        hint: Hint,
    },
    /// A custom environment without a file: most often a typing error.
    #[error(
        "there is no `config/{name}.toml`, so `{name}` is not an environment of this app{hint}"
    )]
    UnknownEnvironment {
        /// The environment's name.
        name: String,
        /// The most similar environment.
        hint: Hint,
    },
}

/// A suggestion for a problem, on a line of its own; empty if there is none. See [`ConfigError`] for an example.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint(Option<String>);

impl ConfigError {
    /// The problems, in the order of the layers.
    pub fn problems(&self) -> &[ConfigProblem] {
        &self.problems
    }

    pub(in crate::config) fn all(problems: Vec<ConfigProblem>) -> Self {
        Self { problems }
    }

    pub(in crate::config) fn into_problems(self) -> Vec<ConfigProblem> {
        self.problems
    }
}

impl ConfigProblem {
    /// The dotted key at fault, if the problem is one of a key.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::UnknownKey { key, .. }
            | Self::WrongValue { key, .. }
            | Self::Refused { key, .. }
            | Self::Missing { key, .. }
            | Self::SecretInFile { key, .. }
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

impl From<ConfigProblem> for ConfigError {
    fn from(problem: ConfigProblem) -> Self {
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
