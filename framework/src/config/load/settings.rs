//! The app's own settings: the table `[app]`.

use serde::de::DeserializeOwned;

use super::reader::read;
use crate::config::{
    Config, ConfigError, ConfigProblem,
    raw::{Found, Kind, ReadError, Setting, Table, Value, most_specific},
    report::{Reference, dotted},
};

impl Config {
    /// The app's own settings: `[app]` in the files and `FW_APP__…` in the environment.
    ///
    /// ```
    /// use fw::config::Loader;
    ///
    /// #[derive(serde::Deserialize)]
    /// #[serde(deny_unknown_fields)]
    /// struct Settings {
    ///     page_size: u32,
    /// }
    ///
    /// let config = Loader::new("/nowhere")
    ///     .vars([("DATABASE_URL", "sqlite::memory:"), ("FW_APP__PAGE_SIZE", "50")])
    ///     .load()?;
    /// assert_eq!(config.settings::<Settings>()?.page_size, 50);
    /// # Ok::<(), fw::config::ConfigError>(())
    /// ```
    ///
    /// Give the struct `deny_unknown_fields`, and a misspelt key is an error. An app without settings uses `()`.
    ///
    /// # Errors
    ///
    /// The first key that is missing, unknown or of another type, with the place where it was written.
    pub fn settings<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        let mut attempts: Vec<_> = self
            .provenance
            .app_variables
            .iter()
            .map(Attempt::new)
            .collect();
        loop {
            let table = self.app_table(&attempts);
            let error = match read_or_nothing::<T>(&table) {
                Ok(settings) => return Ok(settings),
                Err(error) => error,
            };
            let mut concerned = attempts
                .iter_mut()
                .filter(|attempt| attempt.concerns(&error));
            if concerned.any(|attempt| attempt.try_next(&error)) {
                continue;
            }
            let first = attempts.iter().find(|attempt| attempt.concerns(&error));
            let error = first
                .and_then(|attempt| attempt.error.clone())
                .unwrap_or(error);
            return Err(self.settings_problem(error, &table).into());
        }
    }

    fn app_table(&self, attempts: &[Attempt<'_>]) -> Value {
        let mut values = self.provenance.values.clone();
        for attempt in attempts {
            values.merge(attempt.table());
        }
        match values.find("app") {
            Some(app) => app.clone(),
            None => Value::Table(Table::new()),
        }
    }

    fn settings_problem(&self, error: ReadError, table: &Value) -> ConfigProblem {
        let takes_nothing =
            matches!(&error.kind, Kind::Mismatch(Found::Table, unit) if unit == "unit");
        let first_key = match table {
            Value::Table(table) if takes_nothing => table.keys().next(),
            _ => None,
        };
        let error = match first_key {
            // The app's type of settings is `()`.
            Some(key) => ReadError::new(Kind::UnknownField(key.clone(), &[])).below(key),
            None => error,
        };
        let key = format!("app.{}", dotted(&error.path));
        let origin = self.provenance.origin(key.trim_end_matches('.'));
        Reference::new(Value::Table(Table::new())).problem(error, "app.", origin)
    }
}

/// Deserializes a table as a `T`; an empty one also as `()`.
fn read_or_nothing<T: DeserializeOwned>(table: &Value) -> Result<T, ReadError> {
    read(table).or_else(|error| match table {
        Value::Table(table) if table.is_empty() => read(&Value::Nothing).map_err(|_| error),
        _ => Err(error),
    })
}

/// A variable with the interpretation of its text that is being tried.
struct Attempt<'a> {
    setting: &'a Setting,
    interpretation: usize,
    /// The most specific error so far.
    error: Option<ReadError>,
}

impl<'a> Attempt<'a> {
    fn new(setting: &'a Setting) -> Self {
        Self {
            setting,
            interpretation: 0,
            error: None,
        }
    }

    fn table(&self) -> Value {
        self.setting
            .table(&self.setting.interpretations[self.interpretation])
    }

    /// Returns true if another interpretation could resolve the error: it is about this value or a table or list that contains it.
    fn concerns(&self, error: &ReadError) -> bool {
        let inside_app = self.setting.path.get(1..).unwrap_or_default();
        let about_the_value = !matches!(error.kind, Kind::MissingField(_) | Kind::UnknownField(..));
        let related = inside_app.starts_with(&error.path) || error.path.starts_with(inside_app);
        about_the_value && related
    }

    /// Moves on to the next interpretation. Returns false if there is none.
    fn try_next(&mut self, error: &ReadError) -> bool {
        self.error = Some(most_specific(self.error.take(), error.clone()));
        let more = self.interpretation + 1 < self.setting.interpretations.len();
        self.interpretation += usize::from(more);
        more
    }
}
