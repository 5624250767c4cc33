//! The loader of the configuration.

use std::{env, ffi::OsString, path::PathBuf};

use super::{builder::Builder, document, variables::Variables};
use crate::{
    config::{Config, ConfigError, ConfigProblem, Hint, Origin},
    env::Environment,
};

/// The loader of a [`Config`]. It merges the built-in defaults and, each layer over the one before,
///
/// 1. `config/default.toml`,
/// 2. `config/{environment}.toml`,
/// 3. `config/{environment}.local.toml`, for one machine and not committed (not read in the environment `test`),
/// 4. `.env`,
/// 5. the variables of the process: `DATABASE_URL` for `database.url`, `FW_LOG` for `logger.level`, `FW_KEYS` for
///    `signing.keys`, and `FW_SERVER__PORT` for `server.port`: `FW_`, capitals, and `__` for the dot. `DATABASE_URL_FILE` names a file with the value of
///    `DATABASE_URL`, and so does every other name with this ending; systemd's credentials are read by the same names.
///
/// Every file may be absent. Only `database.url` must be given.
///
/// The text of a variable becomes what the setting needs: a number, `true`, or a list, either separated by commas or as
/// in TOML. A setting that is a text stays one, also if it has only digits, and keeps its text as it is written: `$NAME` is
/// not substituted.
///
/// ```
/// use fw::config::{Environment, Loader};
///
/// let config = Loader::new("/srv/blog")
///     .environment(Environment::Test)
///     .vars([("DATABASE_URL", "sqlite://data/test.db"), ("FW_SERVER__DRAIN_TIMEOUT", "5s")])
///     .load()?;
/// assert!(config.environment.is_test());
/// assert_eq!(config.server.drain_timeout.as_secs(), 5);
/// # Ok::<(), fw::config::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Loader {
    root: PathBuf,
    environment: Option<Environment>,
    vars: Vars,
    needs_database: bool,
}

/// The variables to read. `Debug` does not show them.
#[derive(Clone)]
struct Vars(Option<Vec<(OsString, OsString)>>);

impl Loader {
    /// A loader for the app in the folder `root`, which has `config/` in it.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            environment: None,
            vars: Vars(None),
            needs_database: true,
        }
    }

    /// Sets the environment. Otherwise it is `FW_ENV` of the process or of `.env`, or development.
    #[must_use]
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = Some(environment);
        self
    }

    /// Accepts a missing `database.url`, for commands that only inspect the configuration; it is then a placeholder.
    #[must_use]
    pub fn without_database(mut self) -> Self {
        self.needs_database = false;
        self
    }

    /// Uses these variables instead of those of the process.
    #[must_use]
    pub fn vars<K: Into<OsString>, V: Into<OsString>>(
        mut self,
        vars: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.vars = Vars(Some(
            vars.into_iter()
                .map(|(k, v)| (k.into(), v.into()))
                .collect(),
        ));
        self
    }

    /// Reads, merges and checks all layers.
    ///
    /// # Errors
    ///
    /// Every problem at once: files that cannot be read, malformed TOML or `.env`, variables that contradict each other,
    /// unknown keys, values of a wrong type or out of range, settings that need a Cargo feature which is off, a missing
    /// `database.url`, in production a password or a key in a TOML file.
    pub fn load(self) -> Result<Config, ConfigError> {
        let mut problems = Vec::new();
        let vars = self.vars.0.unwrap_or_else(|| env::vars_os().collect());
        let process = Variables::of_process(&self.root, vars, &mut problems);
        let dot_env = Variables::of_dot_env(&self.root, &mut problems);
        let environment = match self.environment {
            Some(environment) => environment,
            None => environment(process.environment.or(dot_env.environment))?,
        };

        let mut builder = Builder::new(environment.clone(), problems);
        if !self.needs_database {
            builder.assume_database();
        }
        for file in files(&environment) {
            match document::read(&self.root, &file) {
                Ok(Some(settings)) => builder.add(settings),
                Ok(None) if is_required(&file, &environment) => {
                    return Err(unknown(&environment).into());
                }
                Ok(None) => {}
                Err(error) => builder.reject(error),
            }
        }
        builder.add(dot_env.settings);
        builder.add(process.settings);
        builder.finish()
    }
}

impl std::fmt::Debug for Vars {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() {
            "given"
        } else {
            "of the process"
        })
    }
}

const BUILT_IN: [&str; 3] = ["development", "test", "production"];

fn environment(variable: Option<(String, Origin)>) -> Result<Environment, ConfigError> {
    let Some((name, origin)) = variable else {
        return Ok(Environment::default());
    };
    name.parse().map_err(|source| {
        let hint = Hint::did_you_mean(&name.to_ascii_lowercase(), BUILT_IN);
        ConfigProblem::InvalidEnvironment {
            origin,
            source,
            hint,
        }
        .into()
    })
}

fn files(environment: &Environment) -> Vec<String> {
    let mut files = vec![
        "config/default.toml".to_owned(),
        format!("config/{environment}.toml"),
    ];
    // Tests give the same result on every machine.
    if !environment.is_test() {
        files.push(format!("config/{environment}.local.toml"));
    }
    files
}

/// Returns true for the file of a custom environment, which exists by having one: `FW_ENV=prod` must not start with mere defaults.
fn is_required(file: &str, environment: &Environment) -> bool {
    matches!(environment, Environment::Custom(name) if file == format!("config/{name}.toml"))
}

fn unknown(environment: &Environment) -> ConfigProblem {
    let name = environment.to_string();
    ConfigProblem::UnknownEnvironment {
        hint: Hint::did_you_mean(&name, BUILT_IN),
        name,
    }
}
