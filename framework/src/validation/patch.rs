//! A field of a partial update: absent, or with a value.

use garde::{error::NoKey, rules::inner::Inner};
use serde::{Deserialize, Deserializer};

/// A field that a client may leave out of a change.
///
/// `Patch<String>` refuses `null`; `Patch<Option<String>>` takes it for `Value(None)`. The struct around it needs
/// `#[serde(default)]`. Rules go into `inner`: `#[garde(inner(length(chars, max = 80)))]`.
///
/// ```
/// use fw::validation::Patch;
///
/// #[derive(Default, serde::Deserialize)]
/// #[serde(default)]
/// struct BookPatch {
///     title: Patch<String>,
///     subtitle: Patch<Option<String>>,
///     pages: Patch<u32>,
/// }
///
/// let patch: BookPatch = serde_json::from_str(r#"{"title": "Dune", "subtitle": null}"#).unwrap();
/// assert_eq!(patch.title, Patch::Value("Dune".to_owned()));
/// assert_eq!(patch.subtitle, Patch::Value(None));
/// assert_eq!(patch.pages, Patch::Absent);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// The field was not given: what is stored stays.
    #[default]
    Absent,
    /// The field was given.
    Value(T),
}

impl<T> Patch<T> {
    /// The value, if one was given.
    pub fn value(self) -> Option<T> {
        match self {
            Self::Absent => None,
            Self::Value(value) => Some(value),
        }
    }

    /// Whether the field was left out.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Changes the value, if one was given.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Patch<U> {
        match self {
            Self::Absent => Patch::Absent,
            Self::Value(value) => Patch::Value(change(value)),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::Value)
    }
}

impl<T> Inner<T> for Patch<T> {
    type Key = NoKey;

    fn validate_inner<F: FnMut(&T, &NoKey)>(&self, mut check: F) {
        if let Self::Value(value) = self {
            check(value, &NoKey::default());
        }
    }
}
