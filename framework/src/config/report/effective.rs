//! The effective configuration, with secrets masked.

use serde::Serialize;

use super::{mask, wording};
use crate::config::{Config, Origin, raw::Value};

/// One value of the effective configuration, masked if it is secret.
///
/// ```
/// use fw::config::Loader;
///
/// let config = Loader::new("/nowhere")
///     .vars([("DATABASE_URL", "sqlite::memory:"), ("FW_APP__API_KEY", "hunter2")])
///     .load()?;
/// let all = config.effective();
/// let key = all.iter().find(|one| one.key == "app.api_key").unwrap();
/// assert_eq!(key.value, "***");
/// assert_eq!(key.source, "environment variable FW_APP__API_KEY");
/// # Ok::<(), fw::config::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Effective {
    /// The dotted key, such as `server.port`.
    pub key: String,
    /// The value as in TOML, but texts without quotes; `none` if it is not set. Secrets are `***`.
    pub value: String,
    /// The source of the value: `default`, the file, `.env`, or the variable of the process.
    pub source: String,
}

impl Config {
    /// Returns whether an environment variable sets this key, `.env` and files of secrets included.
    pub(crate) fn is_set_by_variable(&self, key: &str) -> bool {
        let origin = self.provenance.origins.get(key);
        origin.is_some_and(|origin| origin.variable().is_some())
    }

    /// The effective configuration: every key with its value, secrets masked, and its source, sorted by key.
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

/// A value with its secrets masked.
fn masked(key: &str, value: &Value) -> Value {
    match value {
        // A switch is no secret: `allow_credentials`.
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
        // Nothing is no secret.
        Value::List(items) if items.is_empty() => value.clone(),
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
