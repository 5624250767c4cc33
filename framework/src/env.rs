//! The environment that an application runs in, such as `production`, and its own commands there.

use std::{fmt, str::FromStr};

use serde::{Serialize, Serializer};

/// A command of the application, as it is typed where this process was started: `cargo fw db migrate` where cargo is at hand, and
/// with the program itself, such as `./blog db migrate`, where there is nothing else.
pub(crate) fn command(arguments: &str) -> String {
    let program = by_cargo()
        .map(str::to_owned)
        .or_else(|| Some(std::env::args_os().next()?.to_string_lossy().into_owned()))
        .unwrap_or_else(|| BY_CARGO.to_owned());
    format!("{program} {arguments}")
}

/// The words that stand for the program, where cargo is at hand.
pub(crate) fn by_cargo() -> Option<&'static str> {
    std::env::var_os("CARGO").map(|_| BY_CARGO)
}

const BY_CARGO: &str = "cargo fw";

/// The environment that an application runs in. It selects `config/{environment}.toml` and how strict the app is.
///
/// It comes from the variable `FW_ENV`; the default is [`Development`](Self::Development).
///
/// ```
/// use fw::env::Environment;
///
/// let staging: Environment = "staging".parse().unwrap();
/// assert!(staging.is_production(), "an environment of your own is as strict as production");
/// assert!("Staging 2".parse::<Environment>().is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Environment {
    /// Development, on a developer's machine: errors are shown in full.
    #[default]
    Development,
    /// Tests.
    Test,
    /// Production.
    Production,
    /// A custom environment, such as `staging`: as strict as production. Made by parsing, so the name is always valid.
    Custom(String),
}

impl Environment {
    /// The name, as in `FW_ENV` and in `config/{name}.toml`.
    pub fn name(&self) -> &str {
        match self {
            Self::Development => "development",
            Self::Test => "test",
            Self::Production => "production",
            Self::Custom(name) => name,
        }
    }

    /// Returns true in production and in every custom environment, where the strict rules hold.
    pub fn is_production(&self) -> bool {
        matches!(self, Self::Production | Self::Custom(_))
    }

    /// Returns true if this is [`Development`](Self::Development).
    pub fn is_development(&self) -> bool {
        *self == Self::Development
    }

    /// Returns true if this is [`Test`](Self::Test).
    pub fn is_test(&self) -> bool {
        *self == Self::Test
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Environment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl FromStr for Environment {
    type Err = InvalidEnvironment;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "development" => Ok(Self::Development),
            "test" => Ok(Self::Test),
            "production" => Ok(Self::Production),
            // `config/default.toml` holds for every environment.
            "default" => Err(InvalidEnvironment(name.to_owned())),
            _ if is_file_name(name) => Ok(Self::Custom(name.to_owned())),
            _ => Err(InvalidEnvironment(name.to_owned())),
        }
    }
}

/// The error of an invalid name of an environment. See [`Environment`] for an example.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not the name of an environment: lower-case letters, digits and `_`, starting with a letter, and not `default`"
)]
pub struct InvalidEnvironment(String);

fn is_file_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}
