//! Turns what serde says about a value into what a person needs to know.

use figment::{
    error::{Actual, Kind},
    value::{Dict, Value},
};

use super::{
    Origin, document,
    error::{Hint, Problem},
    mask,
    nearest::{nearest, nearest_key},
    variables, words,
};

/// Every key that exists with its default: for proposals and examples.
pub(super) struct Reference {
    defaults: Value,
    keys: Vec<String>,
}

impl Reference {
    /// The keys of a tree of tables.
    pub(super) fn new(defaults: Dict) -> Self {
        let mut keys = vec!["database.url".to_owned()];
        document::flatten(defaults.clone(), &mut Vec::new(), &mut |path, _| {
            keys.push(path.join("."));
        });
        Self {
            defaults: defaults.into(),
            keys,
        }
    }

    /// The problem behind an error of serde. `inside` is the table that was read, with a dot at its end, or empty.
    pub(super) fn problem(&self, error: figment::Error, inside: &str, origin: Origin) -> Problem {
        let key = format!("{inside}{}", dotted(&error.path));
        let wrong = |expected: String, found: &Actual| Problem::WrongValue {
            hint: self
                .example(&key, &origin)
                .or_else(|| as_list(&key, &expected, found))
                .into(),
            found: match found {
                Actual::Seq | Actual::Map => words::found(found, &origin),
                _ if mask::is_secret(&key) => "a value that is not shown".to_owned(),
                _ => words::found(found, &origin),
            },
            origin: origin.clone(),
            key: without_last_dot(&key),
            expected,
        };
        match error.kind {
            Kind::UnknownField(name, siblings) => {
                let hint = self.instead_of(&key, &name, siblings, &origin).into();
                Problem::UnknownKey { origin, key, hint }
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
                wrong(words::one_of(variants), &Actual::Str(name))
            }
            Kind::InvalidType(found, expected) | Kind::InvalidValue(found, expected) => {
                wrong(words::expected(&expected), &found)
            }
            kind => Problem::Refused {
                hint: self.example(&key, &origin).into(),
                origin,
                key: without_last_dot(&key),
                message: if mask::is_secret(&key) {
                    "its type refuses the value".to_owned()
                } else {
                    kind.to_string()
                },
            },
        }
    }

    /// A right value for a key, as it would be written in the same place.
    pub(super) fn example(&self, key: &str, origin: &Origin) -> Option<String> {
        let key = key.split('[').next().unwrap_or(key);
        let default = self.defaults.find_ref(key)?;
        let example = match (default, origin.variable()) {
            (Value::Empty(..), _) => return None,
            (Value::Array(_, items), _) if items.is_empty() => return None,
            (Value::Dict(..), Some(_)) => {
                let inner = self
                    .keys
                    .iter()
                    .find(|known| known.starts_with(&format!("{key}.")))?;
                return Some(format!(
                    "set a key of this table, such as `{}`",
                    variables::name_of(inner)
                ));
            }
            (Value::Dict(..), None) => format!("[{key}]"),
            (value, Some(variable)) => format!("{variable}={}", words::plain(value)),
            (value, None) => {
                let name = key.rsplit('.').next().unwrap_or(key);
                format!("{name} = {}", toml::Value::try_from(value).ok()?)
            }
        };
        Some(format!("for example `{example}`"))
    }

    /// What was meant by a key that does not exist.
    fn instead_of(
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
        let meant = nearest(name, siblings.iter().copied())
            .map(|sibling| format!("{table}{sibling}"))
            .or_else(|| (namesakes.len() == 1).then(|| namesakes[0].to_owned()))
            .or_else(|| nearest_key(key, all()).map(str::to_owned));
        let spell = |key: &str| match origin.variable() {
            Some(_) => variables::name_of(key),
            None => key.to_owned(),
        };
        match meant {
            Some(meant) => Some(format!("did you mean `{}`?", spell(&meant))),
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
                words::list(siblings)
            )),
        }
    }
}

/// The problem of a setting of the app that has no default and is not set.
fn missing(key: String) -> Problem {
    let name = key.rsplit('.').next().unwrap_or(&key);
    let table = key
        .strip_suffix(name)
        .unwrap_or_default()
        .trim_end_matches('.');
    let variable = variables::name_of(&key);
    let hint = format!(
        "set `{name}` in `[{table}]` of `config/default.toml`, or the variable `{variable}`"
    );
    Problem::Missing {
        hint: Some(hint).into(),
        key,
        expected: "the app cannot start without it".to_owned(),
    }
}

/// How a single text becomes the list that it should be.
fn as_list(key: &str, expected: &str, found: &Actual) -> Option<String> {
    let Actual::Str(text) = found else {
        return None;
    };
    let name = key.rsplit('.').next().unwrap_or(key);
    let shown = expected == "a list" && !mask::is_secret(key) && !mask::has_password(text);
    shown.then(|| format!("for example `{name} = [{text:?}]`"))
}

/// `paths.1` is the second of a list: `paths[1]`.
fn dotted(path: &[String]) -> String {
    path.iter().fold(String::new(), |key, part| {
        if key.is_empty() {
            part.clone()
        } else if part.bytes().all(|byte| byte.is_ascii_digit()) {
            format!("{key}[{part}]")
        } else {
            format!("{key}.{part}")
        }
    })
}

fn without_last_dot(key: &str) -> String {
    key.trim_end_matches('.').to_owned()
}

impl Hint {
    /// What was meant by a word, if something is near.
    pub(super) fn meant<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Self {
        nearest(word, candidates)
            .map(|meant| format!("did you mean `{meant}`?"))
            .into()
    }
}
