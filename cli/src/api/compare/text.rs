//! Counts the changes of texts for people, and finds what no other rule has found.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{change::Changes, location::Location, pair::Both};

/// Keywords whose value is for people or for other tools.
const TEXTS: [&str; 12] = [
    "title",
    "summary",
    "description",
    "example",
    "examples",
    "externalDocs",
    "info",
    "tags",
    "$comment",
    "$schema",
    "$id",
    "xml",
];

/// Keywords whose value maps names to things, so that a field called `title` is no title.
const NAMES: [&str; 18] = [
    "$defs",
    "callbacks",
    "content",
    "definitions",
    "dependentSchemas",
    "encoding",
    "headers",
    "links",
    "parameters",
    "pathItems",
    "paths",
    "patternProperties",
    "properties",
    "requestBodies",
    "responses",
    "schemas",
    "securitySchemes",
    "webhooks",
];

/// Keywords whose value is data.
const DATA: [&str; 5] = ["const", "default", "enum", "mapping", "required"];

/// Returns whether a keyword has no meaning for clients.
pub(super) fn is_text(keyword: &str) -> bool {
    TEXTS.contains(&keyword) || keyword.starts_with("x-")
}

/// A value without its texts.
pub(super) fn without(value: &Value) -> Value {
    match value {
        Value::Object(entries) => entries
            .iter()
            .filter(|(keyword, _)| !is_text(keyword))
            .map(|(keyword, value)| (keyword.clone(), without(value)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// Counts the texts that differ, and reports differences that no other rule has found.
pub(super) fn rest(both: Both<'_>, changes: &mut Changes) {
    let nowhere = Location::default();
    if both.old.get("servers") != both.new.get("servers") {
        changes.compatible(&nowhere, "the servers differ");
    }
    if both.old.get("webhooks") != both.new.get("webhooks") {
        changes.compatible(&nowhere, "the webhooks differ");
    }
    changes.texts = count(both.old, both.new, false);
    if changes.is_empty() && both.old != both.new {
        let what = "it is arranged in another way: names or places of shared parts, or the version of OpenAPI";
        changes.compatible(&nowhere, what);
    }
}

/// The number of texts that differ between two values; below `names` no key is a keyword.
fn count(old: &Value, new: &Value, names: bool) -> usize {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
            keys.into_iter()
                .map(|key| match (old.get(key), new.get(key)) {
                    (old, new) if !names && is_text(key) => usize::from(old != new),
                    (Some(_), Some(_)) if !names && DATA.contains(&key.as_str()) => 0,
                    (Some(old), Some(new)) => {
                        count(old, new, !names && NAMES.contains(&key.as_str()))
                    }
                    _ => 0,
                })
                .sum()
        }
        (Value::Array(old), Value::Array(new)) => old
            .iter()
            .enumerate()
            .filter_map(|(position, old)| Some((old, partner(old, position, new)?)))
            .map(|(old, new)| count(old, new, false))
            .sum(),
        _ => 0,
    }
}

/// The item of the other list that is meant to be the same: parameters by their name, others by their position.
fn partner<'a>(item: &Value, position: usize, others: &'a [Value]) -> Option<&'a Value> {
    match item.get("name") {
        Some(name) => others
            .iter()
            .find(|other| other.get("name") == Some(name) && other.get("in") == item.get("in")),
        None => others.get(position),
    }
}
