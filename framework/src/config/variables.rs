//! Variables: those of the process and those in `.env`.

use std::{ffi::OsString, fs, io, path::Path};

use figment::value::{Dict, Value};

use super::{Origin, error::Problem, setting::Setting};

/// The variable that chooses the environment.
pub(super) const ENVIRONMENT: &str = "FW_ENV";

/// The variables of one place that mean something to the configuration.
#[derive(Default)]
pub(super) struct Variables {
    /// `FW_ENV`, with its place.
    pub(super) environment: Option<(String, Origin)>,
    /// The others. Where two name the same key, the last one counts.
    pub(super) settings: Vec<Setting>,
}

impl Variables {
    /// Those of the process.
    pub(super) fn of_process(vars: Vec<(OsString, OsString)>, problems: &mut Vec<Problem>) -> Self {
        let ours = vars.into_iter().filter_map(|(name, value)| {
            let name = name.into_string().ok().filter(|name| is_ours(name))?;
            let Ok(value) = value.into_string() else {
                problems.push(Problem::NotUnicode { variable: name });
                return None;
            };
            Some((name, value))
        });
        Self::collect(ours.collect(), |variable| Origin::Environment { variable })
    }

    /// Those in `.env`, if there is one. They never enter the environment of the process.
    pub(super) fn of_dot_env(root: &Path, problems: &mut Vec<Problem>) -> Self {
        let source = match fs::read_to_string(root.join(".env")) {
            Ok(source) => source,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Self::default(),
            Err(source) => {
                problems.push(Problem::Unreadable {
                    file: ".env".to_owned(),
                    source,
                });
                return Self::default();
            }
        };
        let source = source.trim_start_matches('\u{feff}');
        let mut ours = Vec::new();
        for entry in dotenvy::from_read_iter(source.as_bytes()) {
            match entry {
                Ok((name, value)) if is_ours(&name) => ours.push((name, value)),
                Ok(_) => {}
                Err(dotenvy::Error::LineParse(text, _)) => {
                    let at = source.find(text.trim()).unwrap_or(0);
                    let line = source[..at].matches('\n').count() + 1;
                    problems.push(Problem::MalformedDotEnv { line });
                }
                // Reading from memory cannot fail otherwise.
                Err(_) => problems.push(Problem::MalformedDotEnv { line: 1 }),
            }
        }
        Self::collect(ours, |variable| Origin::DotEnv { variable })
    }

    fn collect(mut ours: Vec<(String, String)>, origin: impl Fn(String) -> Origin) -> Self {
        // The order decides between two names of one key: `FW_DATABASE__URL` over `DATABASE_URL`, `FW_LOG` over
        // `FW_LOGGER__LEVEL`.
        ours.sort_by_key(|(name, _)| (name == "FW_LOG", name.clone()));
        let mut found = Self::default();
        for (name, value) in ours {
            let origin = origin(name.clone());
            match path(&name) {
                Some(path) => found.settings.push(Setting {
                    path,
                    meanings: meanings(&value),
                    origin,
                }),
                None => found.environment = Some((value, origin)),
            }
        }
        found
    }
}

/// The variable that sets a key: `FW_SERVER__PORT`.
pub(super) fn name_of(key: &str) -> String {
    match key {
        "database.url" => "DATABASE_URL".to_owned(),
        _ => format!("FW_{}", key.to_ascii_uppercase().replace('.', "__")),
    }
}

fn is_ours(name: &str) -> bool {
    name == "DATABASE_URL" || name.starts_with("FW_")
}

/// The key that a variable sets; nothing for `FW_ENV`.
fn path(name: &str) -> Option<Vec<String>> {
    let key = match name {
        ENVIRONMENT => return None,
        "DATABASE_URL" => "DATABASE__URL",
        "FW_LOG" => "LOGGER__LEVEL",
        _ => name.trim_start_matches("FW_"),
    };
    Some(key.split("__").map(str::to_ascii_lowercase).collect())
}

/// What a text may mean. Text comes first, so that a password of digits stays a text.
fn meanings(text: &str) -> Vec<Value> {
    let toml = toml_value(text);
    let mut meanings = vec![Value::from(text)];
    if text.starts_with('[') {
        meanings.extend(toml);
    } else {
        meanings.extend(toml.filter(|value| matches!(value, Value::Bool(..) | Value::Num(..))));
        let items = text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty());
        meanings.push(items.collect::<Vec<_>>().into());
    }
    meanings
}

/// Reads a text as the right side of `key = value`.
fn toml_value(text: &str) -> Option<Value> {
    let mut table: Dict = toml::from_str(&format!("value = {text}")).ok()?;
    // A text with a line break could hold more keys.
    if table.len() == 1 {
        table.remove("value")
    } else {
        None
    }
}
