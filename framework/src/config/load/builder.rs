//! The builder of a configuration, which merges the layers.

use std::collections::{BTreeMap, BTreeSet};

use super::reader::read;
use crate::{
    config::{
        Checks, Config, ConfigError, ConfigProblem, Hint, Origin,
        raw::{Provenance, ReadError, Setting, Table, Value, most_specific},
        report::{Reference, mask},
        sections::{Fault, Violation},
    },
    env::Environment,
};

/// A builder of a configuration. Wrong settings are left out, so that everything else can be checked as well.
pub(super) struct Builder {
    environment: Environment,
    reference: Reference,
    values: Value,
    origins: BTreeMap<String, Origin>,
    app_variables: BTreeMap<String, Setting>,
    problems: Vec<ConfigProblem>,
    /// The keys at fault, with their origins: a table that does not exist is one problem, whatever it contains.
    at_fault: BTreeSet<String>,
}

impl Builder {
    /// A builder with the built-in defaults of an environment. `problems` are those found before.
    pub(super) fn new(environment: Environment, problems: Vec<ConfigProblem>) -> Self {
        let defaults = serde_json::to_value(Config::defaults(environment.clone()));
        // Plain structs with string keys can always be written as JSON.
        let defaults = defaults.map_or(Value::Table(Table::new()), Value::from);
        Self {
            reference: Reference::new(defaults.clone()),
            values: defaults,
            environment,
            origins: BTreeMap::new(),
            app_variables: BTreeMap::new(),
            problems,
            at_fault: BTreeSet::new(),
        }
    }

    /// Sets a placeholder for a `database.url` that no layer sets.
    pub(super) fn assume_database(&mut self) {
        let url = if cfg!(feature = "sqlite") {
            "sqlite::memory:"
        } else {
            "postgres://localhost/none"
        };
        let section = Table::from([("url".to_owned(), Value::Text(url.to_owned()))]);
        let section = Table::from([("database".to_owned(), Value::Table(section))]);
        self.values.merge(Value::Table(section));
    }

    /// Adds the problems of a file that cannot be read.
    pub(super) fn reject(&mut self, error: ConfigError) {
        self.problems.extend(error.into_problems());
    }

    /// Merges a layer of settings over those that are there.
    pub(super) fn add(&mut self, settings: Vec<Setting>) {
        for setting in settings {
            match first_valid(&setting) {
                Ok(table) => self.accept(setting, table),
                Err(error) => self.refuse(error, &setting),
            }
        }
    }

    /// Builds the configuration. Fails if there are problems.
    pub(super) fn finish(mut self) -> Result<Config, ConfigError> {
        match read::<Config>(&self.values) {
            Ok(config) => {
                let mut checks = Checks::default();
                config.check(&mut checks);
                checks
                    .into_violations()
                    .into_iter()
                    .for_each(|violation| self.report(violation));
                self.complete(config)
            }
            Err(error) => {
                let problem = self.reference.problem(error, "", Origin::Default);
                self.problems.push(problem);
                Err(ConfigError::all(self.problems))
            }
        }
    }

    fn complete(self, mut config: Config) -> Result<Config, ConfigError> {
        if !self.problems.is_empty() {
            return Err(ConfigError::all(self.problems));
        }
        config.provenance = Provenance {
            values: self.values,
            origins: self.origins,
            app_variables: self.app_variables.into_values().collect(),
        };
        config.environment = self.environment;
        Ok(config)
    }

    fn accept(&mut self, setting: Setting, table: Value) {
        let key = setting.key();
        let in_file = setting.origin.variable().is_none();
        let variable = match key.as_str() {
            "database.url" => Some("DATABASE_URL"),
            "jobs.redis_url" => Some("FW_JOBS__REDIS_URL"),
            "middleware.rate_limit.redis_url" => Some("FW_MIDDLEWARE__RATE_LIMIT__REDIS_URL"),
            "signing.keys" => Some("FW_KEYS"),
            _ => None,
        };
        if let Some(variable) = variable
            && in_file
            && self.environment.is_production()
        {
            let is_secret = match &setting.interpretations[..] {
                [Value::Text(text), ..] => mask::has_password(text),
                [Value::List(keys), ..] => !keys.is_empty(),
                _ => false,
            };
            if is_secret {
                self.problems.push(ConfigProblem::SecretInFile {
                    origin: setting.origin.clone(),
                    key: key.clone(),
                    environment: self.environment.to_string(),
                    variable,
                });
            }
        }
        self.values.merge(table);
        self.origins.insert(key.clone(), setting.origin.clone());
        if key.starts_with("app.") {
            if in_file {
                self.app_variables.remove(&key);
            } else {
                self.app_variables.insert(key, setting);
            }
        }
    }

    fn refuse(&mut self, error: ReadError, setting: &Setting) {
        let problem = self.reference.problem(error, "", setting.origin.clone());
        let key = problem.key().unwrap_or_default().to_owned();
        if self
            .at_fault
            .insert(format!("{} {key}", setting.origin.label()))
        {
            self.at_fault.insert(key);
            self.problems.push(problem);
        }
    }

    fn report(&mut self, Violation { key, fault }: Violation) {
        if self.at_fault.contains(key) {
            return;
        }
        let origin = self.origins.get(key).cloned().unwrap_or(Origin::Default);
        let example = self.reference.example(key, &origin);
        let key = key.to_owned();
        self.problems.push(match fault {
            Fault::Wrong { expected, found } => ConfigProblem::WrongValue {
                origin,
                key,
                expected,
                found,
                hint: example.into(),
            },
            Fault::Missing { expected, hint } => ConfigProblem::Missing {
                key,
                expected,
                hint: Some(hint).into(),
            },
            Fault::Refused { message, hint } => ConfigProblem::Refused {
                origin,
                key,
                message,
                hint: Hint::from(hint),
            },
            Fault::Feature { feature } => ConfigProblem::MissingFeature {
                origin,
                key,
                feature,
            },
        });
    }
}

/// A tree of tables with only this setting, in the first interpretation that its type accepts. It is read alone, so that an error
/// is about this setting.
fn first_valid(setting: &Setting) -> Result<Value, ReadError> {
    let mut refused = None;
    for value in &setting.interpretations {
        let table = setting.table(value);
        match read::<Config>(&table) {
            Ok(_) => return Ok(table),
            Err(error) => refused = Some(most_specific(refused, error)),
        }
    }
    Err(refused.unwrap_or_else(|| serde::de::Error::custom("there is no value")))
}
