//! Environment variables: those of the process and those in `.env`.

use std::{collections::BTreeMap, ffi::OsString, fs, io, path::Path};

use super::{
    document, dot_env, secret_files,
    variable::{Variable, is_ours},
};
use crate::config::{
    ConfigProblem, Origin,
    raw::{Setting, Value},
};

/// The name of the variable that selects the environment.
const ENVIRONMENT: &str = "FW_ENV";

/// The variables of one place, the process or `.env`, that belong to the configuration.
#[derive(Default)]
pub(super) struct Variables {
    /// The value of `FW_ENV`, with its origin.
    pub(super) environment: Option<(String, Origin)>,
    /// The settings of the other variables.
    pub(super) settings: Vec<Setting>,
}

impl Variables {
    /// Collects the variables of the process, and the credentials that systemd has given to it.
    pub(super) fn of_process(
        root: &Path,
        vars: Vec<(OsString, OsString)>,
        problems: &mut Vec<ConfigProblem>,
    ) -> Self {
        let mut ours = Vec::new();
        for (name, value) in vars {
            if name == secret_files::CREDENTIALS {
                ours.extend(secret_files::credentials(Path::new(&value), problems));
                continue;
            }
            if !is_ours(&name.to_string_lossy()) {
                continue;
            }
            match (name.into_string(), value.into_string()) {
                (Ok(name), Ok(value)) => {
                    let origin = Origin::Environment {
                        variable: name.clone(),
                    };
                    ours.push(Variable {
                        name,
                        value,
                        origin,
                    });
                }
                (name, _) => problems.push(ConfigProblem::NotUnicode {
                    variable: name.unwrap_or_else(|name| name.to_string_lossy().into_owned()),
                }),
            }
        }
        Self::collect(root, ours, problems)
    }

    /// Reads the variables in `.env`, if there is one. They never enter the environment of the process.
    pub(super) fn of_dot_env(root: &Path, problems: &mut Vec<ConfigProblem>) -> Self {
        let source = match fs::read(root.join(".env")) {
            Ok(source) => source,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Self::default(),
            Err(source) => {
                let file = ".env".to_owned();
                problems.push(ConfigProblem::Unreadable { file, source });
                return Self::default();
            }
        };
        let source = match std::str::from_utf8(&source) {
            Ok(source) => source,
            Err(error) => {
                let lines = source[..error.valid_up_to()].split(|byte| *byte == b'\n');
                problems.push(ConfigProblem::MalformedDotEnv {
                    line: lines.count(),
                    message: "not valid UTF-8",
                    hint: "save the file as UTF-8",
                });
                return Self::default();
            }
        };
        let (entries, malformed) = dot_env::parse(source);
        problems.extend(
            malformed
                .into_iter()
                .map(|one| ConfigProblem::MalformedDotEnv {
                    line: one.line,
                    message: one.message,
                    hint: one.hint,
                }),
        );
        let mut lines = BTreeMap::new();
        let mut ours = Vec::new();
        for entry in entries.into_iter().filter(|entry| is_ours(entry.name)) {
            let first = *lines.entry(entry.name).or_insert(entry.line);
            if first == entry.line {
                let name = entry.name.to_owned();
                ours.push(Variable {
                    origin: Origin::DotEnv {
                        variable: name.clone(),
                    },
                    name,
                    value: entry.value,
                });
            } else {
                problems.push(ConfigProblem::RepeatedVariable {
                    variable: entry.name.to_owned(),
                    line: entry.line,
                    first,
                });
            }
        }
        Self::collect(root, ours, problems)
    }

    fn collect(root: &Path, ours: Vec<Variable>, problems: &mut Vec<ConfigProblem>) -> Self {
        let mut ours: Vec<Variable> = ours
            .into_iter()
            .filter_map(|variable| secret_files::resolve(root, variable, problems))
            .collect();
        ours.sort_by(|one, other| (&one.name, &one.value).cmp(&(&other.name, &other.value)));
        ours.dedup_by(|one, other| one.name == other.name && one.value == other.value);
        let mut found = Self::default();
        let mut values: Vec<(Vec<String>, Origin, String)> = Vec::new();
        for Variable {
            name,
            value,
            origin,
        } in ours
        {
            let path = match key_of(&name) {
                Ok(Some(path)) => path,
                Ok(None) => {
                    found.environment = Some((value, origin));
                    continue;
                }
                Err((message, hint)) => {
                    problems.push(ConfigProblem::InvalidVariable {
                        origin,
                        message,
                        hint,
                    });
                    continue;
                }
            };
            let conflict = values.iter().find(|(other, _, text)| {
                are_in_conflict(other, &path) && !(*other == path && *text == value)
            });
            if let Some((other, conflict, _)) = conflict {
                problems.push(ConfigProblem::Contradiction {
                    origin: origin.clone(),
                    key: path[..path.len().min(other.len())].join("."),
                    other: conflict.clone(),
                });
            }
            found.settings.push(Setting {
                path: path.clone(),
                interpretations: interpretations(&value),
                origin: origin.clone(),
            });
            values.push((path, origin, value));
        }
        found
    }
}

/// Returns true if two variables set the same key, or one a table and the other a key in it.
fn are_in_conflict(one: &[String], other: &[String]) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

/// The key that a variable sets; `None` for `FW_ENV`. The error is the mistake in the name, with a hint.
fn key_of(name: &str) -> Result<Option<Vec<String>>, (&'static str, String)> {
    let capitals = name.to_ascii_uppercase();
    if name != capitals {
        return Err((
            "the names of variables are in capitals",
            format!("did you mean `{capitals}`?"),
        ));
    }
    let key = match name {
        ENVIRONMENT => return Ok(None),
        "DATABASE_URL" => "DATABASE__URL",
        "FW_LOG" => "LOGGER__LEVEL",
        "FW_KEYS" => "SIGNING__KEYS",
        _ => name.strip_prefix("FW_").unwrap_or(name),
    };
    let parts: Vec<String> = key.split("__").map(str::to_ascii_lowercase).collect();
    if parts.iter().any(String::is_empty) {
        return Err((
            "a part of the name is empty",
            "write the section and the key with `__` between them: `FW_SERVER__PORT`".to_owned(),
        ));
    }
    Ok(Some(parts))
}

/// The possible interpretations of a text. Text comes first, so that a password of digits stays a text.
fn interpretations(text: &str) -> Vec<Value> {
    let toml = document::read_value(text);
    let mut interpretations = vec![Value::Text(text.to_owned())];
    if text.trim_start().starts_with('[') {
        interpretations.extend(toml);
        return interpretations;
    }
    interpretations.extend(toml.filter(is_plain));
    let items: Vec<&str> = match text {
        "" => Vec::new(),
        _ => text.split(',').map(str::trim).collect(),
    };
    // A list with an empty item is not guessed at: an item may be missing, or there is a comma too many.
    if !items.contains(&"") {
        let texts = items.iter().map(|&item| Value::Text(item.to_owned()));
        interpretations.push(Value::List(texts.collect()));
        let typed: Vec<Value> = items
            .iter()
            .map(|item| match document::read_value(item).filter(is_plain) {
                Some(value) => value,
                None => Value::Text((*item).to_owned()),
            })
            .collect();
        if typed.iter().any(is_plain) {
            interpretations.push(Value::List(typed));
        }
    }
    interpretations
}

fn is_plain(value: &Value) -> bool {
    matches!(
        value,
        Value::Boolean(_) | Value::Integer(_) | Value::Float(_)
    )
}
