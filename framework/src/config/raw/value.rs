//! The value of a setting before it is deserialized.

use std::collections::BTreeMap;

/// A value of a setting, of any type of TOML.
#[derive(Clone, PartialEq)]
pub(in crate::config) enum Value {
    /// An optional setting that is not set.
    Nothing,
    Boolean(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    /// A date or time of TOML, as it is written.
    Datetime(String),
    List(Vec<Value>),
    Table(Table),
}

/// A table: values by name.
pub(in crate::config) type Table = BTreeMap<String, Value>;

impl Value {
    /// Merges a value over this one: tables are merged, everything else is replaced.
    pub(in crate::config) fn merge(&mut self, above: Self) {
        match (self, above) {
            (Self::Table(below), Self::Table(above)) => {
                for (key, value) in above {
                    match below.get_mut(&key) {
                        Some(present) => present.merge(value),
                        None => {
                            below.insert(key, value);
                        }
                    }
                }
            }
            (below, above) => *below = above,
        }
    }

    /// Calls `each` with the dotted key and the value of every leaf of this table: a value that is no table, or an empty table.
    pub(in crate::config) fn flatten(&self, each: &mut impl FnMut(String, &Self)) {
        self.flatten_below("", each);
    }

    fn flatten_below(&self, prefix: &str, each: &mut impl FnMut(String, &Self)) {
        let Self::Table(table) = self else {
            return;
        };
        for (name, value) in table {
            let key = format!("{prefix}{name}");
            match value {
                Self::Table(inner) if !inner.is_empty() => {
                    value.flatten_below(&format!("{key}."), each);
                }
                value => each(key, value),
            }
        }
    }

    /// The value of a dotted key.
    pub(in crate::config) fn find(&self, key: &str) -> Option<&Self> {
        key.split('.').try_fold(self, |value, part| match value {
            Self::Table(table) => table.get(part),
            _ => None,
        })
    }

    /// The value in TOML. Values that TOML cannot express are left out.
    pub(in crate::config) fn toml(&self) -> String {
        self.as_toml()
            .map_or_else(String::new, |value| value.to_string())
    }

    fn as_toml(&self) -> Option<toml::Value> {
        Some(match self {
            Self::Nothing => return None,
            Self::Boolean(value) => (*value).into(),
            Self::Integer(value) => i64::try_from(*value).ok()?.into(),
            Self::Float(value) => (*value).into(),
            Self::Text(text) => text.as_str().into(),
            Self::Datetime(text) => toml::Value::Datetime(text.parse().ok()?),
            Self::List(items) => {
                toml::Value::Array(items.iter().filter_map(Self::as_toml).collect())
            }
            Self::Table(table) => table
                .iter()
                .filter_map(|(key, value)| Some((key.clone(), value.as_toml()?)))
                .collect::<toml::Table>()
                .into(),
        })
    }
}

/// Converts the defaults, as serde serializes them.
impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Self {
        use serde_json::Value as Json;

        match value {
            Json::Null => Self::Nothing,
            Json::Bool(value) => Self::Boolean(value),
            Json::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(number), _) => Self::Integer(number.into()),
                (None, Some(number)) => Self::Integer(number.into()),
                (None, None) => Self::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Json::String(text) => Self::Text(text),
            Json::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Json::Object(table) => Self::Table(
                table
                    .into_iter()
                    .map(|(key, value)| (key, value.into()))
                    .collect(),
            ),
        }
    }
}
