//! The TOML files of a configuration.

use std::{fs, io, path::Path};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::config::{
    ConfigError, ConfigProblem, Origin,
    raw::{Setting, Value},
};

/// Reads the settings of a file, in the order of their lines; `None` if there is no such file.
pub(super) fn read(root: &Path, file: &str) -> Result<Option<Vec<Setting>>, ConfigError> {
    let source = match fs::read_to_string(root.join(file)) {
        Ok(source) => source,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            let file = file.to_owned();
            return Err(ConfigProblem::Unreadable { file, source }.into());
        }
    };
    let document = Document {
        file,
        source: &source,
    };
    document.settings().map(Some)
}

/// Parses a text as a TOML value, the right side of `key = value`.
pub(super) fn read_value(text: &str) -> Option<Value> {
    let parsed = DeValue::parse(text).ok()?;
    let is_all = parsed.span() == (0..text.len());
    is_all.then(|| value(text, &parsed).ok()).flatten()
}

struct Document<'a> {
    file: &'a str,
    source: &'a str,
}

impl Document<'_> {
    fn settings(&self) -> Result<Vec<Setting>, ConfigError> {
        let table = DeTable::parse(self.source).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            self.malformed(at, error.message().replace('\n', ", "))
        })?;
        let mut settings = Vec::new();
        self.collect(table.get_ref(), &mut Vec::new(), &mut settings)?;
        settings.sort_by_key(|(line, _)| *line);
        Ok(settings.into_iter().map(|(_, setting)| setting).collect())
    }

    /// Collects every value that is not a table, and every table that is empty, with its line.
    fn collect(
        &self,
        table: &DeTable<'_>,
        path: &mut Vec<String>,
        settings: &mut Vec<(usize, Setting)>,
    ) -> Result<(), ConfigError> {
        for (key, found) in table {
            path.push(key.get_ref().to_string());
            match found.get_ref() {
                DeValue::Table(inner) if !inner.is_empty() => {
                    self.collect(inner, path, settings)?;
                }
                _ => {
                    let value = value(self.source, found)
                        .map_err(|at| self.malformed(at, "the number is too large".to_owned()))?;
                    let line = position(self.source, key.span().start).0;
                    let origin = Origin::File {
                        path: self.file.to_owned(),
                        line,
                    };
                    let setting = Setting {
                        path: path.clone(),
                        interpretations: vec![value],
                        origin,
                    };
                    settings.push((line, setting));
                }
            }
            path.pop();
        }
        Ok(())
    }

    fn malformed(&self, at: usize, message: String) -> ConfigError {
        let (line, column) = position(self.source, at);
        ConfigProblem::MalformedToml {
            file: self.file.to_owned(),
            line,
            column,
            message,
        }
        .into()
    }
}

/// Converts a value of a document. The error is the position of a number that is too large.
fn value(source: &str, found: &Spanned<DeValue<'_>>) -> Result<Value, usize> {
    let place = found.span();
    Ok(match found.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => Value::Integer(
            i128::from_str_radix(number.as_str(), number.radix()).map_err(|_| place.start)?,
        ),
        DeValue::Float(number) => match number.as_str().parse::<f64>() {
            Ok(float) if float.is_infinite() && !number.as_str().contains("inf") => {
                return Err(place.start);
            }
            Ok(float) => Value::Float(float),
            Err(_) => return Err(place.start),
        },
        DeValue::Boolean(value) => Value::Boolean(*value),
        DeValue::Datetime(datetime) => Value::Datetime(
            source
                .get(place)
                .map_or_else(|| datetime.to_string(), str::to_owned),
        ),
        DeValue::Array(items) => Value::List(
            items
                .iter()
                .map(|item| value(source, item))
                .collect::<Result<_, _>>()?,
        ),
        DeValue::Table(table) => Value::Table(
            table
                .iter()
                .map(|(key, item)| Ok((key.get_ref().to_string(), value(source, item)?)))
                .collect::<Result<_, usize>>()?,
        ),
    })
}

/// The line and the column (in characters) of an offset in a text, both from 1. A byte order mark is not a character.
fn position(source: &str, offset: usize) -> (usize, usize) {
    let before = source.get(..offset).unwrap_or(source);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before[line_start..].trim_start_matches('\u{feff}');
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}
