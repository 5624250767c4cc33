//! Descriptions of serde's errors for people: the problem, with a suggestion.

use super::{
    ConfigProblem, Hint, mask,
    suggest::{suggest, suggest_key},
    wording,
};
use crate::config::raw::{Found, Kind, Origin, ReadError, Value};

/// The reference of all keys with their defaults, for suggestions and examples.
pub(in crate::config) struct Reference {
    defaults: Value,
    keys: Vec<String>,
}

impl Reference {
    /// A reference of the keys in a tree of tables.
    pub(in crate::config) fn new(defaults: Value) -> Self {
        let mut keys = vec!["database.url".to_owned()];
        defaults.flatten(&mut |key, _| keys.push(key));
        Self { defaults, keys }
    }

    /// Converts an error of serde to a problem. `inside` is the prefix of the table that was read, with a dot at its end, or empty.
    pub(in crate::config) fn problem(
        &self,
        error: ReadError,
        inside: &str,
        origin: Origin,
    ) -> ConfigProblem {
        let key = format!("{inside}{}", dotted(&error.path));
        let wrong = |expected: String, found: &Found| ConfigProblem::WrongValue {
            hint: self
                .example(&key, &origin)
                .or_else(|| correction(&key, &expected, found))
                .into(),
            found: match found {
                Found::List | Found::Table => wording::found(found, &origin),
                _ if mask::is_secret(&key) => "a value that is not shown".to_owned(),
                _ => wording::found(found, &origin),
            },
            origin: origin.clone(),
            key: without_last_dot(&key),
            expected,
        };
        match error.kind {
            Kind::UnknownField(name, siblings) => {
                let hint = self.suggestion(&key, &name, siblings, &origin).into();
                ConfigProblem::UnknownKey { origin, key, hint }
            }
            Kind::MissingField(name) => {
                let dot = if key.is_empty() || key.ends_with('.') {
                    ""
                } else {
                    "."
                };
                missing(format!("{key}{dot}{name}"))
            }
            Kind::UnknownVariant(name, variants) => {
                wrong(wording::one_of(variants), &Found::Text(name))
            }
            Kind::Mismatch(found, expected) => wrong(wording::expected(&expected), &found),
            Kind::Message(message) => ConfigProblem::Refused {
                hint: self.example(&key, &origin).into(),
                origin,
                key: without_last_dot(&key),
                message: if mask::is_secret(&key) {
                    "its type refuses the value".to_owned()
                } else {
                    message
                },
            },
        }
    }

    /// An example of a right value for a key, in the syntax of its origin.
    pub(in crate::config) fn example(&self, key: &str, origin: &Origin) -> Option<String> {
        let key = key.split('[').next().unwrap_or(key);
        let default = self.defaults.find(key)?;
        let example = match (default, origin.variable()) {
            (Value::Nothing, _) => return None,
            (Value::List(items), _) if items.is_empty() => return None,
            (Value::Table(_), Some(_)) => {
                let inner = self
                    .keys
                    .iter()
                    .find(|known| known.starts_with(&format!("{key}.")))?;
                return Some(format!(
                    "set a key of this table, such as `{}`",
                    variable_of(inner)
                ));
            }
            (Value::Table(_), None) => format!("[{key}]"),
            (value, Some(variable)) => format!("{variable}={}", wording::plain(value)),
            (value, None) => {
                let name = key.rsplit('.').next().unwrap_or(key);
                format!("{name} = {}", value.toml())
            }
        };
        Some(format!("for example `{example}`"))
    }

    /// A suggestion for a key that does not exist.
    fn suggestion(
        &self,
        key: &str,
        name: &str,
        siblings: &[&str],
        origin: &Origin,
    ) -> Option<String> {
        let table = key.strip_suffix(name).unwrap_or_default();
        let all = || self.keys.iter().map(String::as_str);
        let ending = format!(".{name}");
        let namesakes: Vec<_> = all().filter(|known| known.ends_with(&ending)).collect();
        let similar = all()
            .find(|known| known.replace('.', "_") == key)
            .map(str::to_owned)
            .or_else(|| {
                suggest(name, siblings.iter().copied()).map(|sibling| format!("{table}{sibling}"))
            })
            .or_else(|| (namesakes.len() == 1).then(|| namesakes[0].to_owned()))
            .or_else(|| suggest_key(key, all()).map(str::to_owned));
        let in_syntax_of_origin = |key: &str| match origin.variable() {
            Some(_) => variable_of(key),
            None => key.to_owned(),
        };
        match similar {
            Some(similar) => Some(format!("did you mean `{}`?", in_syntax_of_origin(&similar))),
            None if key == "environment" => {
                Some("the variable `FW_ENV` chooses the environment".to_owned())
            }
            None if table.is_empty() => Some(format!(
                "settings of your own belong in `{}`",
                origin.variable().map_or("[app]", |_| "FW_APP__…")
            )),
            None if siblings.is_empty() => None,
            None => Some(format!(
                "`{}` has {}",
                without_last_dot(table),
                wording::list(siblings)
            )),
        }
    }
}

/// The problem of a required setting of the app that is not set.
fn missing(key: String) -> ConfigProblem {
    let name = key.rsplit('.').next().unwrap_or(&key);
    let table = key
        .strip_suffix(name)
        .unwrap_or_default()
        .trim_end_matches('.');
    let variable = variable_of(&key);
    let hint = format!(
        "set `{name}` in `[{table}]` of `config/default.toml`, or the variable `{variable}`"
    );
    ConfigProblem::Missing {
        hint: Some(hint).into(),
        key,
        expected: "the app cannot start without it".to_owned(),
    }
}

/// A suggestion for a value of the wrong type: a single text as a list, a date as a text.
fn correction(key: &str, expected: &str, found: &Found) -> Option<String> {
    let name = key.rsplit('.').next().unwrap_or(key);
    match (found, expected) {
        (Found::Text(text), "a list") if !mask::is_secret(key) && !mask::has_password(text) => {
            Some(format!("for example `{name} = [{text:?}]`"))
        }
        (Found::Datetime(_), "a text") => Some("put it in quotes".to_owned()),
        _ => None,
    }
}

/// The dotted key of a path. The second item of a list is `paths[1]`.
pub(in crate::config) fn dotted(path: &[String]) -> String {
    path.iter().fold(String::new(), |key, part| {
        let dot = if key.is_empty() || part.starts_with('[') {
            ""
        } else {
            "."
        };
        format!("{key}{dot}{part}")
    })
}

fn without_last_dot(key: &str) -> String {
    key.trim_end_matches('.').to_owned()
}

impl Hint {
    /// The hint `did you mean …?` with the most similar candidate, if one is similar enough.
    pub(in crate::config) fn did_you_mean<'a>(
        word: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        suggest(word, candidates)
            .map(|similar| format!("did you mean `{similar}`?"))
            .into()
    }
}

/// The variable that sets a key: `FW_SERVER__PORT`.
fn variable_of(key: &str) -> String {
    match key {
        "database.url" => "DATABASE_URL".to_owned(),
        "signing.keys" => "FW_KEYS".to_owned(),
        _ => format!("FW_{}", key.to_ascii_uppercase().replace('.', "__")),
    }
}
