//! What was read, kept for the app's own settings and for showing.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use super::{Origin, mask, wording};
use crate::config::{
    Config,
    load::{Setting, Table, Value},
};

/// The merged values with their places. `Debug` shows none of them, since they hold the secrets.
#[derive(Clone)]
pub(in crate::config) struct Provenance {
    pub(in crate::config) values: Value,
    pub(in crate::config) origins: BTreeMap<String, Origin>,
    /// The settings of `[app]` that come from variables: what their texts mean is known when their type is.
    pub(in crate::config) app_variables: Vec<Setting>,
}

/// That of a configuration which was not loaded.
impl Default for Provenance {
    fn default() -> Self {
        Self {
            values: Value::Table(Table::new()),
            origins: BTreeMap::new(),
            app_variables: Vec::new(),
        }
    }
}

/// One value of the configuration as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Effective {
    /// With dots: `server.port`.
    pub key: String,
    /// As in TOML, but texts without quotes; `none` for what is not set. Secrets are `***`.
    pub value: String,
    /// `default`, the file, `.env`, or the variable of the process.
    pub source: String,
}

impl Config {
    /// Every key with its value, secrets masked, and where it was set, sorted by key.
    ///
    /// Masked are values whose key contains `password`, `passphrase`, `secret`, `token`, `key`, `credential` or `dsn`,
    /// and passwords in URLs. A configuration that was not loaded has none.
    pub fn effective(&self) -> Vec<Effective> {
        let mut all = Vec::new();
        self.provenance.values.flatten(&mut |key, value| {
            let value = shown(&masked(&key, value));
            let origin = self.provenance.origins.get(&key);
            let source = origin.unwrap_or(&Origin::Default).label();
            all.push(Effective { key, value, source });
        });
        all
    }
}

impl Provenance {
    /// Where a key, or something below or above it, was set.
    pub(in crate::config) fn origin(&self, key: &str) -> Origin {
        let below = format!("{key}.");
        self.origins
            .get(key)
            .or_else(|| {
                self.origins
                    .iter()
                    .find(|(set, _)| set.starts_with(&below))
                    .map(|(_, o)| o)
            })
            .cloned()
            .or_else(|| {
                key.rsplit_once(['.', '['])
                    .map(|(above, _)| self.origin(above))
            })
            .unwrap_or(Origin::Default)
    }
}

impl fmt::Debug for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Provenance")
    }
}

/// A value without what is secret in it.
fn masked(key: &str, value: &Value) -> Value {
    match value {
        // Whether something is on is no secret: `allow_credentials`.
        Value::Boolean(_) | Value::Nothing => value.clone(),
        Value::List(items) if !mask::is_secret(key) => {
            Value::List(items.iter().map(|item| masked(key, item)).collect())
        }
        Value::Table(table) => Value::Table(
            table
                .iter()
                .map(|(name, value)| (name.clone(), masked(name, value)))
                .collect(),
        ),
        Value::Text(text) => Value::Text(mask::value(key, text)),
        _ if mask::is_secret(key) => Value::Text(mask::value(key, "some")),
        _ => value.clone(),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::List(_) => value.toml(),
        Value::Table(_) => "{}".to_owned(),
        Value::Nothing => "none".to_owned(),
        value => wording::plain(value),
    }
}
