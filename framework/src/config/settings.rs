//! The app's own settings: the table `[app]`.

use figment::{
    Figment,
    error::{Actual, Kind},
    value::{Dict, Empty},
};
use serde::de::DeserializeOwned;

use super::{
    Config, ConfigError,
    describe::Reference,
    error::Problem,
    reader::read,
    setting::{Layer, Setting, merged},
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
        let mut attempts: Vec<_> = self.loaded.app_variables.iter().map(Attempt::new).collect();
        loop {
            let table = self.app_table(&attempts);
            let error = match read_table::<T>(&table) {
                Ok(settings) => return Ok(settings),
                Err(error) => *error,
            };
            let mut concerned = attempts
                .iter_mut()
                .filter(|attempt| attempt.concerns(&error));
            if concerned.any(|attempt| attempt.try_next(&error)) {
                continue;
            }
            let first = attempts.iter().find(|attempt| attempt.concerns(&error));
            let error = first
                .and_then(|attempt| attempt.first_error.clone())
                .unwrap_or(error);
            return Err(self.settings_problem(error, &table).into());
        }
    }

    fn app_table(&self, attempts: &[Attempt<'_>]) -> Dict {
        let base = Figment::from(Layer(self.loaded.values.clone()));
        let layers = attempts
            .iter()
            .fold(base, |figment, attempt| figment.merge(attempt.layer()));
        merged(&layers, "app")
    }

    fn settings_problem(&self, error: figment::Error, table: &Dict) -> Problem {
        let takes_nothing =
            matches!(&error.kind, Kind::InvalidType(Actual::Map, unit) if unit == "unit");
        let error = match table.keys().next() {
            // The app's type of settings is `()`.
            Some(key) if takes_nothing => {
                figment::Error::from(Kind::UnknownField(key.clone(), &[])).with_path(key)
            }
            _ => error,
        };
        let key = format!("app.{}", error.path.join("."));
        let origin = self.loaded.origin(key.trim_end_matches('.'));
        Reference::new(Dict::new()).problem(error, "app.", origin)
    }
}

/// A table as a `T`; an empty one also as `()`.
fn read_table<T: DeserializeOwned>(table: &Dict) -> Result<T, Box<figment::Error>> {
    read(&table.clone().into()).or_else(|error| {
        let nothing = table.is_empty().then(|| read(&Empty::Unit.into()).ok());
        nothing.flatten().ok_or(error)
    })
}

/// A variable, and which of its meanings is tried now.
struct Attempt<'a> {
    setting: &'a Setting,
    meaning: usize,
    first_error: Option<figment::Error>,
}

impl<'a> Attempt<'a> {
    fn new(setting: &'a Setting) -> Self {
        Self {
            setting,
            meaning: 0,
            first_error: None,
        }
    }

    fn layer(&self) -> Layer {
        Layer(self.setting.table(&self.setting.meanings[self.meaning]))
    }

    /// Whether another meaning could mend the error: it is about this value or something that contains it.
    fn concerns(&self, error: &figment::Error) -> bool {
        let inside_app = self.setting.path.get(1..).unwrap_or_default();
        let about_the_value = !matches!(error.kind, Kind::MissingField(_) | Kind::UnknownField(..));
        let related = inside_app.starts_with(&error.path) || error.path.starts_with(inside_app);
        about_the_value && related
    }

    /// Goes on to the next meaning. False if there is none.
    fn try_next(&mut self, error: &figment::Error) -> bool {
        self.first_error.get_or_insert_with(|| error.clone());
        let more = self.meaning + 1 < self.setting.meanings.len();
        self.meaning += usize::from(more);
        more
    }
}
