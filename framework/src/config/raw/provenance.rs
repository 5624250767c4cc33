//! The values that were read with their places, kept for the app's own settings and for showing.

use std::{collections::BTreeMap, fmt};

use super::{
    Origin,
    setting::Setting,
    value::{Table, Value},
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
