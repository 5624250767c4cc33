//! Compares paths and the operations in them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    change::Changes,
    keywords::deprecation,
    location::Location,
    pair::{Both, Pair, entries, resolve},
    parameter, response, security,
};

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Compares all operations.
pub(super) fn paths(both: Both<'_>, changes: &mut Changes) {
    let (old, new) = (by_shape(both.old), by_shape(both.new));
    for (shape, (path, old_item)) in &old {
        let Some((new_path, new_item)) = new.get(shape) else {
            for (method, _) in operations(old_item) {
                changes.breaking(&Location::of(method, path), "is gone");
            }
            continue;
        };
        for (method, old_operation) in operations(old_item) {
            let location = Location::of(method, new_path);
            match new_item.get(method) {
                Some(new_operation) => {
                    let pair = Pair {
                        both,
                        old: (old_item, old_operation),
                        new: (new_item, new_operation),
                        renamed: renamed(path, new_path),
                    };
                    compare(&pair, &location, changes);
                }
                None => changes.breaking(&Location::of(method, path), "is gone"),
            }
        }
    }
    for (shape, (path, item)) in &new {
        for (method, _) in operations(item) {
            if old
                .get(shape)
                .is_none_or(|(_, old)| old.get(method).is_none())
            {
                changes.compatible(&Location::of(method, path), "is new");
            }
        }
    }
}

/// The paths without the names of their parameters: `/posts/{id}` and `/posts/{post_id}` are one.
fn by_shape(document: &Value) -> BTreeMap<String, (&str, &Value)> {
    entries(&document["paths"])
        .map(|(path, item)| {
            let shape: Vec<_> = path
                .split('/')
                .map(|segment| {
                    if segment.starts_with('{') {
                        "{}"
                    } else {
                        segment
                    }
                })
                .collect();
            (shape.join("/"), (path.as_str(), resolve(document, item)))
        })
        .collect()
}

/// The path parameters that were renamed: the old name of each with the new one.
fn renamed<'a>(old: &'a str, new: &'a str) -> Vec<(&'a str, &'a str)> {
    let name = |segment: &'a str| segment.trim_matches(['{', '}']);
    old.split('/')
        .zip(new.split('/'))
        .filter(|(old, new)| old != new)
        .map(|(old, new)| (name(old), name(new)))
        .collect()
}

fn operations(item: &Value) -> impl Iterator<Item = (&'static str, &Value)> {
    METHODS
        .into_iter()
        .filter_map(|method| Some((method, item.get(method)?)))
}

fn compare(pair: &Pair<'_>, location: &Location, changes: &mut Changes) {
    let (old, new) = (pair.old.1, pair.new.1);
    name(old, new, location, changes);
    deprecation(old, new, location, changes);
    security::operation(pair.both, old, new, location, changes);
    parameter::parameters(pair, location, changes);
    parameter::body(pair.both, [old, new], location, changes);
    response::responses(pair.both, [old, new], location, changes);
    for keyword in ["callbacks", "servers"] {
        if old.get(keyword) != new.get(keyword) {
            changes.compatible(location, format_args!("has other {keyword}"));
        }
    }
}

fn name(old: &Value, new: &Value, location: &Location, changes: &mut Changes) {
    match (old["operationId"].as_str(), new["operationId"].as_str()) {
        (Some(old), Some(new)) if old != new => {
            changes.breaking(location, format_args!("is called `{new}`, and not `{old}`"));
        }
        (Some(old), None) => {
            changes.breaking(
                location,
                format_args!("has no name any more (`operationId` was `{old}`)"),
            );
        }
        (None, Some(new)) => changes.compatible(location, format_args!("is called `{new}`")),
        _ => {}
    }
}
