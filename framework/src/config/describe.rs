//! Turns what serde says about a value into what a person needs to know.

use figment::{
    error::{Actual, Kind},
    value::{Dict, Value},
};

use super::{
    Origin, document,
    error::{Hint, Problem},
    mask,
    nearest::nearest,
    variables,
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
            hint: self.example(&key, &origin).into(),
            found: if mask::is_secret(&key) {
                "another".to_owned()
            } else {
                show(found, &origin)
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
            Kind::UnknownVariant(name, variants) => wrong(one_of(variants), &Actual::Str(name)),
            Kind::InvalidType(found, expected) | Kind::InvalidValue(found, expected) => {
                wrong(in_words(&expected), &found)
            }
            kind => Problem::Refused {
                hint: self.example(&key, &origin).into(),
                origin,
                key: without_last_dot(&key),
                message: kind.to_string(),
            },
        }
    }

    /// A right value for a key, as it would be written in the same place.
    pub(super) fn example(&self, key: &str, origin: &Origin) -> Option<String> {
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
            (value, Some(_)) => format!("{}={}", variables::name_of(key), plain(value)),
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
        let namesakes = || {
            let ending = format!(".{name}");
            self.keys
                .iter()
                .map(String::as_str)
                .filter(move |known| known.ends_with(&ending))
        };
        let meant = nearest(name, siblings.iter().copied())
            .map(|sibling| format!("{table}{sibling}"))
            .or_else(|| nearest(key, self.keys.iter().map(String::as_str)).map(str::to_owned))
            .or_else(|| {
                namesakes()
                    .next()
                    .filter(|_| namesakes().count() == 1)
                    .map(str::to_owned)
            });
        let spell = |key: &str| match origin.variable() {
            Some(_) => variables::name_of(key),
            None => key.to_owned(),
        };
        match meant {
            Some(meant) => Some(format!("did you mean `{}`?", spell(&meant))),
            None if table.is_empty() => Some(format!(
                "settings of your own belong in `{}`",
                origin.variable().map_or("[app]", |_| "FW_APP__…")
            )),
            None if siblings.is_empty() => None,
            None => Some(format!(
                "`{}` has {}",
                without_last_dot(table),
                list(siblings)
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

/// What serde expected, without the names of Rust.
fn in_words(expected: &str) -> String {
    let whole = |min: &dyn std::fmt::Display, max: &dyn std::fmt::Display| {
        format!("a whole number from {min} to {max}")
    };
    match expected {
        "u8" => whole(&u8::MIN, &u8::MAX),
        "u16" => whole(&u16::MIN, &u16::MAX),
        "u32" => whole(&u32::MIN, &u32::MAX),
        "i8" => whole(&i8::MIN, &i8::MAX),
        "i16" => whole(&i16::MIN, &i16::MAX),
        "i32" => whole(&i32::MIN, &i32::MAX),
        "u64" | "usize" | "u128" => "a whole number, 0 or larger".to_owned(),
        "i64" | "isize" | "i128" => "a whole number".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a boolean" => "`true` or `false`".to_owned(),
        "a string" | "path string" | "string or map" => "a text".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "a table".to_owned(),
        _ if expected.starts_with("struct ") => "a table".to_owned(),
        _ => expected.to_owned(),
    }
}

/// What was found, as it was written.
fn show(found: &Actual, origin: &Origin) -> String {
    match found {
        Actual::Str(text) if text.is_empty() => "an empty text".to_owned(),
        Actual::Str(text) => {
            let short: String = text.chars().take(60).collect();
            let short = if short == *text {
                short
            } else {
                format!("{short}…")
            };
            if origin.variable().is_some() {
                format!("`{short}`")
            } else {
                format!("`{short:?}`")
            }
        }
        Actual::Bool(value) => format!("`{value}`"),
        Actual::Unsigned(value) => format!("`{value}`"),
        Actual::Signed(value) => format!("`{value}`"),
        Actual::Float(value) => format!("`{value:?}`"),
        Actual::Seq => "a list".to_owned(),
        Actual::Map => "a table".to_owned(),
        Actual::Option | Actual::Unit => "nothing".to_owned(),
        other => other.to_string(),
    }
}

/// A value as the text of a variable.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(_, text) => text.clone(),
        Value::Empty(..) => String::new(),
        Value::Array(_, items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        value => {
            toml::Value::try_from(value).map_or_else(|_| String::new(), |value| value.to_string())
        }
    }
}

fn one_of(variants: &[&str]) -> String {
    match variants {
        [only] => format!("`{only}`"),
        _ => format!("one of {}", list(variants)),
    }
}

fn list(words: &[&str]) -> String {
    words
        .iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

impl Hint {
    /// What was meant by a word, if something is near.
    pub(super) fn meant<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Self {
        nearest(word, candidates)
            .map(|meant| format!("did you mean `{meant}`?"))
            .into()
    }
}
