//! What was read, kept for the app's own settings and for showing.

use std::{collections::BTreeMap, fmt};

use figment::value::{Dict, Value};
use serde::Serialize;

use super::{Config, Origin, document, mask, setting::Setting, words};

/// The merged values with their places. `Debug` shows none of them, since they hold the secrets.
#[derive(Clone, Default)]
pub(super) struct Loaded {
    pub(super) values: Dict,
    pub(super) origins: BTreeMap<String, Origin>,
    /// The settings of `[app]` that come from variables: what their texts mean is known when their type is.
    pub(super) app_variables: Vec<Setting>,
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
        document::flatten(
            self.loaded.values.clone(),
            &mut Vec::new(),
            &mut |path, value| {
                let key = path.join(".");
                let value = match value {
                    // Whether something is on is no secret: `allow_credentials`.
                    Value::Bool(_, value) => value.to_string(),
                    value => mask::value(&key, &shown(&value)),
                };
                let source = self
                    .loaded
                    .origins
                    .get(&key)
                    .unwrap_or(&Origin::Default)
                    .label();
                all.push(Effective { key, value, source });
            },
        );
        all
    }
}

impl Loaded {
    /// Where a key, or something below or above it, was set.
    pub(super) fn origin(&self, key: &str) -> Origin {
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

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Loaded")
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Array(..) => {
            toml::Value::try_from(value).map_or_else(|_| String::new(), |value| value.to_string())
        }
        Value::Dict(..) => "{}".to_owned(),
        Value::Empty(..) => "none".to_owned(),
        value => words::plain(value),
    }
}
