//! The provenance of a configuration: its merged values with their origins.

use std::{collections::BTreeMap, fmt};

use super::{
    Origin,
    setting::Setting,
    value::{Table, Value},
};

/// The merged values with their origins, for the app's own settings and for reports. `Debug` shows none of them, since they
/// include the secrets.
#[derive(Clone)]
pub(in crate::config) struct Provenance {
    pub(in crate::config) values: Value,
    pub(in crate::config) origins: BTreeMap<String, Origin>,
    /// The settings of `[app]` that come from variables: their texts are interpreted once their type is known.
    pub(in crate::config) app_variables: Vec<Setting>,
}

/// The provenance of a configuration that was not loaded.
impl Default for Provenance {
    fn default() -> Self {
        Self {
            values: Value::Table(Table::new()),
            origins: BTreeMap::new(),
            app_variables: Vec::new(),
        }
    }
}

impl Provenance {
    /// The origin of a key, or else of one below or above it.
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
