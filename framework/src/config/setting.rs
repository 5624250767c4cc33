//! One value as it was written, before anybody knows whether it is right.

use figment::{
    Figment, Metadata, Profile, Provider,
    value::{Dict, Map, Value},
};

use super::Origin;

/// One value as it was written, with its key and its place.
#[derive(Clone)]
pub(super) struct Setting {
    /// The parts of the key: `server`, `port`.
    pub(super) path: Vec<String>,
    /// What the value may mean, likeliest first; never empty. A value in TOML means one thing; the text of a variable may
    /// be a text, a number or a list, and only the type of the setting can tell.
    pub(super) meanings: Vec<Value>,
    /// Where it is written.
    pub(super) origin: Origin,
}

impl Setting {
    /// The key with dots.
    pub(super) fn key(&self) -> String {
        self.path.join(".")
    }

    /// The tables that hold nothing but this value, in one of its meanings.
    pub(super) fn table(&self, meaning: &Value) -> Dict {
        let mut parts = self.path.iter().rev();
        let last = parts.next().cloned().unwrap_or_default();
        parts.fold(Dict::from([(last, meaning.clone())]), |inner, part| {
            Dict::from([(part.clone(), inner.into())])
        })
    }
}

/// The table `key` of all layers together; all of it for an empty `key`.
pub(super) fn merged(layers: &Figment, key: &str) -> Dict {
    let value = layers.find_value(key).ok();
    value.and_then(Value::into_dict).unwrap_or_default()
}

/// A layer of a single value, so that the layers above and below stay as they are.
pub(super) struct Layer(pub(super) Dict);

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named("setting")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.0.clone()))
    }
}
