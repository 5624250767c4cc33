//! The layers while they are put on top of each other.

use std::collections::{BTreeMap, BTreeSet};

use figment::{Figment, providers::Serialized, value::Dict};

use super::{
    Checks, Config, ConfigError, Origin,
    checks::Violation,
    describe::Reference,
    error::{Hint, Problem},
    loaded::Loaded,
    mask,
    reader::read,
    setting::{Layer, Setting, merged},
};
use crate::env::Environment;

/// A configuration in the making. Wrong settings are left out, so that everything else can be checked as well.
pub(super) struct Draft {
    environment: Environment,
    reference: Reference,
    merged: Figment,
    origins: BTreeMap<String, Origin>,
    app_variables: BTreeMap<String, Setting>,
    problems: Vec<Problem>,
    /// The keys at fault, with their places: a table that does not exist is one problem, however much it holds.
    at_fault: BTreeSet<String>,
}

impl Draft {
    /// The built-in defaults of an environment. `problems` are those found before.
    pub(super) fn new(environment: Environment, problems: Vec<Problem>) -> Self {
        let defaults = Figment::from(Serialized::defaults(Config::defaults(environment.clone())));
        Self {
            reference: Reference::new(merged(&defaults, "")),
            merged: defaults,
            environment,
            origins: BTreeMap::new(),
            app_variables: BTreeMap::new(),
            problems,
            at_fault: BTreeSet::new(),
        }
    }

    /// Notes the problems of a whole file.
    pub(super) fn reject(&mut self, error: ConfigError) {
        self.problems.extend(error.into_problems());
    }

    /// Puts settings on top of those that are there.
    pub(super) fn add(&mut self, settings: Vec<Setting>) {
        for setting in settings {
            match judge(&setting) {
                Ok(table) => self.accept(setting, table),
                Err(error) => self.refuse(*error, &setting),
            }
        }
    }

    /// The configuration, if nothing was wrong.
    pub(super) fn finish(mut self) -> Result<Config, ConfigError> {
        let values = merged(&self.merged, "");
        match read::<Config>(&values.clone().into()) {
            Ok(config) => {
                let mut checks = Checks::default();
                config.check(&mut checks);
                checks
                    .into_violations()
                    .into_iter()
                    .for_each(|violation| self.note(violation));
                self.complete(config, values)
            }
            Err(error) => {
                let problem = self.reference.problem(*error, "", Origin::Default);
                self.problems.push(problem);
                Err(ConfigError::all(self.problems))
            }
        }
    }

    fn complete(self, mut config: Config, values: Dict) -> Result<Config, ConfigError> {
        if !self.problems.is_empty() {
            return Err(ConfigError::all(self.problems));
        }
        let loaded = Loaded {
            values,
            origins: self.origins,
            app_variables: self.app_variables.into_values().collect(),
        };
        config.environment = self.environment;
        config.loaded = loaded;
        Ok(config)
    }

    fn accept(&mut self, setting: Setting, table: Dict) {
        let key = setting.key();
        let in_file = setting.origin.variable().is_none();
        if key == "database.url" && in_file && self.environment.is_production() {
            let text = setting.meanings[0].as_str().unwrap_or_default();
            if mask::has_password(text) {
                let environment = self.environment.to_string();
                let (origin, key) = (setting.origin.clone(), key.clone());
                self.problems.push(Problem::PasswordInFile {
                    origin,
                    key,
                    environment,
                });
            }
        }
        let merged = std::mem::take(&mut self.merged);
        self.merged = merged.merge(Layer(table));
        self.origins.insert(key.clone(), setting.origin.clone());
        if key.starts_with("app.") {
            if in_file {
                self.app_variables.remove(&key);
            } else {
                self.app_variables.insert(key, setting);
            }
        }
    }

    fn refuse(&mut self, error: figment::Error, setting: &Setting) {
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

    fn note(&mut self, violation: Violation) {
        let Violation {
            key,
            expected,
            found,
            hint,
        } = violation;
        if self.at_fault.contains(key) {
            return;
        }
        let origin = self.origins.get(key).cloned().unwrap_or(Origin::Default);
        let hint = Hint::from(hint.or_else(|| self.reference.example(key, &origin)));
        let key = key.to_owned();
        self.problems.push(match found {
            Some(found) => Problem::WrongValue {
                origin,
                key,
                expected,
                found,
                hint,
            },
            None => Problem::Missing {
                key,
                expected,
                hint,
            },
        });
    }
}

/// The tables with nothing but this setting, in its first meaning that its type accepts. Alone, so that an error is
/// about nothing else.
fn judge(setting: &Setting) -> Result<Dict, Box<figment::Error>> {
    let mut first_error = None;
    for meaning in &setting.meanings {
        let table = setting.table(meaning);
        match read::<Config>(&table.clone().into()) {
            Ok(_) => return Ok(table),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    Err(first_error.unwrap_or_else(|| Box::new("there is no value".into())))
}
