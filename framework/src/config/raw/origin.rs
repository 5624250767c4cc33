//! The origin of a configuration value.

use std::fmt;

/// The origin of a configuration value: the file or variable that set it.
///
/// `Display` is for messages and has the line of a file; [`label`](Self::label) is for tables and has none.
///
/// ```
/// use fw::config::Origin;
///
/// let origin = Origin::File { path: "config/default.toml".to_owned(), line: 7 };
/// assert_eq!(origin.to_string(), "config/default.toml:7");
/// assert_eq!(origin.label(), "config/default.toml");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// The framework's own default.
    Default,
    /// A TOML file.
    File {
        /// The path relative to the app's root, such as `config/default.toml`.
        path: String,
        /// The line, from 1.
        line: usize,
    },
    /// A variable in `.env`.
    DotEnv {
        /// The variable's name.
        variable: String,
    },
    /// A variable of the process.
    Environment {
        /// The variable's name.
        variable: String,
    },
    /// A file that holds the value of a variable.
    SecretFile {
        /// The path of the file.
        path: String,
        /// The name of the variable whose value it holds.
        variable: String,
        /// The variable `…_FILE` that names the file; `None` for a credential of systemd.
        by: Option<String>,
    },
}

impl Origin {
    /// A short label: `default`, `config/default.toml`, `.env` or `environment variable FW_SERVER__PORT`.
    pub fn label(&self) -> String {
        match self {
            Self::Default => "default".to_owned(),
            Self::File { path, .. } | Self::SecretFile { path, .. } => path.clone(),
            Self::DotEnv { .. } => ".env".to_owned(),
            Self::Environment { variable } => format!("environment variable {variable}"),
        }
    }

    /// The name of the variable, if the value comes from one.
    pub fn variable(&self) -> Option<&str> {
        match self {
            Self::DotEnv { variable }
            | Self::Environment { variable }
            | Self::SecretFile { variable, .. } => Some(variable),
            Self::Default | Self::File { .. } => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{path}:{line}"),
            Self::DotEnv { variable } => write!(f, ".env: variable `{variable}`"),
            Self::Environment { variable } => write!(f, "environment variable `{variable}`"),
            Self::SecretFile {
                path, by: Some(by), ..
            } => write!(f, "{path}, which `{by}` names"),
            Self::SecretFile { path, variable, .. } => {
                write!(f, "{path}, the credential `{variable}`")
            }
        }
    }
}
