//! The TOML files of a configuration.

use std::{collections::BTreeMap, fs, io, path::Path};

use figment::value::{Dict, Value};
use toml::de::{DeTable, DeValue};

use super::{ConfigError, Origin, error::Problem, setting::Setting};

/// The settings in a file, or nothing if there is no such file.
pub(super) fn read(root: &Path, file: &str) -> Result<Option<Vec<Setting>>, ConfigError> {
    let source = match fs::read_to_string(root.join(file)) {
        Ok(source) => source,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            let file = file.to_owned();
            return Err(Problem::Unreadable { file, source }.into());
        }
    };
    let malformed = |error: &toml::de::Error| {
        let (line, column) = position(&source, error.span().map_or(0, |span| span.start));
        let message = error.message().replace('\n', ", ");
        let file = file.to_owned();
        ConfigError::from(Problem::MalformedToml {
            file,
            line,
            column,
            message,
        })
    };
    let table: Dict = toml::from_str(&source).map_err(|error| malformed(&error))?;
    let spans = DeTable::parse(&source).map_err(|error| malformed(&error))?;

    let mut lines = Lines {
        source: &source,
        of: BTreeMap::new(),
    };
    lines.note(spans.get_ref(), &mut Vec::new());
    let mut settings = Vec::new();
    flatten(table, &mut Vec::new(), &mut |path, value| {
        let line = lines.of.get(&path).copied().unwrap_or(1);
        let origin = Origin::File {
            path: file.to_owned(),
            line,
        };
        settings.push(Setting {
            path,
            meanings: vec![value],
            origin,
        });
    });
    settings.sort_by_key(|setting| lines.of.get(&setting.path).copied());
    Ok(Some(settings))
}

/// Calls `each` with every value that is not a table, and with every table that is empty.
pub(super) fn flatten(
    table: Dict,
    path: &mut Vec<String>,
    each: &mut impl FnMut(Vec<String>, Value),
) {
    for (key, value) in table {
        path.push(key);
        match value {
            Value::Dict(_, inner) if !inner.is_empty() => flatten(inner, path, each),
            value => each(path.clone(), value),
        }
        path.pop();
    }
}

/// The line of every key.
struct Lines<'a> {
    source: &'a str,
    of: BTreeMap<Vec<String>, usize>,
}

impl Lines<'_> {
    fn note(&mut self, table: &DeTable<'_>, path: &mut Vec<String>) {
        for (key, value) in table {
            path.push(key.get_ref().to_string());
            self.of
                .insert(path.clone(), position(self.source, key.span().start).0);
            if let DeValue::Table(inner) = value.get_ref() {
                self.note(inner, path);
            }
            path.pop();
        }
    }
}

/// The line and the column (in characters) of a place in a text, both from 1.
fn position(source: &str, offset: usize) -> (usize, usize) {
    let before = source.get(..offset).unwrap_or(source);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (
        before.matches('\n').count() + 1,
        before[line_start..].chars().count() + 1,
    )
}
