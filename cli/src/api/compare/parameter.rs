//! Compares requests: parameters and bodies.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    change::Changes,
    keywords::deprecation,
    location::Location,
    pair::{Both, Pair, entries, resolve},
    schema::{self, Direction},
};

type Parameters<'a> = BTreeMap<(&'a str, String), &'a Value>;

/// Keywords for the serialization of a parameter; OpenAPI defines the defaults.
const STYLE: [&str; 3] = ["style", "explode", "allowReserved"];

/// Compares the parameters of an operation, those of its path included.
pub(super) fn parameters(pair: &Pair<'_>, location: &Location, changes: &mut Changes) {
    let mut old = collect(pair.both.old, pair.old);
    let new = collect(pair.both.new, pair.new);
    for (before, after) in &pair.renamed {
        changes.compatible(
            location,
            format_args!("path parameter `{before}` is called `{after}`"),
        );
        if let Some(parameter) = old.remove(&("path", (*before).to_owned())) {
            old.insert(("path", (*after).to_owned()), parameter);
        }
    }
    for (key, old) in &old {
        let here = location.part(name(key));
        match new.get(key) {
            None => changes.breaking(&here, "is gone"),
            Some(new) => {
                match (required(old), required(new)) {
                    (false, true) => changes.breaking(&here, "is required now"),
                    (true, false) => changes.compatible(&here, "is not required any more"),
                    _ => {}
                }
                deprecation(old, new, &here, changes);
                for keyword in STYLE {
                    if old.get(keyword) != new.get(keyword) {
                        changes.breaking(&here, format_args!("has another `{keyword}`"));
                    }
                }
                let schemas = [schema_of(old), schema_of(new)];
                schema::compare(pair.both, schemas, Direction::Request, &here, changes);
            }
        }
    }
    for (key, parameter) in &new {
        let here = location.part(name(key));
        match (old.contains_key(key), required(parameter)) {
            (true, _) => {}
            (false, true) => changes.breaking(&here, "is new and required"),
            (false, false) => changes.compatible(&here, "is new"),
        }
    }
}

/// The parameters of an operation; its own win over those of its path item.
fn collect<'a>(document: &'a Value, (item, operation): (&'a Value, &'a Value)) -> Parameters<'a> {
    [item, operation]
        .into_iter()
        .filter_map(|level| level["parameters"].as_array())
        .flatten()
        .map(|parameter| resolve(document, parameter))
        .filter_map(|parameter| {
            let location = parameter["in"].as_str()?;
            let name = parameter["name"].as_str()?;
            // Headers are the same in any case.
            let name = if location == "header" {
                name.to_lowercase()
            } else {
                name.to_owned()
            };
            Some(((location, name), parameter))
        })
        .collect()
}

fn name((location, name): &(&str, String)) -> String {
    match *location {
        "header" => format!("header `{name}`"),
        "cookie" => format!("cookie `{name}`"),
        location => format!("{location} parameter `{name}`"),
    }
}

/// The schema of a parameter, also where it stands below a media type.
fn schema_of(parameter: &Value) -> &Value {
    let content = entries(&parameter["content"]).next();
    content.map_or(&parameter["schema"], |(_, content)| &content["schema"])
}

fn required(value: &Value) -> bool {
    value["required"].as_bool().unwrap_or_default()
}

/// Compares the body that an operation takes.
pub(super) fn body(
    both: Both<'_>,
    [old, new]: [&Value; 2],
    location: &Location,
    changes: &mut Changes,
) {
    let here = location.part("body");
    let body = |document, operation: &'_ Value| operation.get("requestBody").map(|_| document);
    let bodies = (
        body(both.old, old).map(|document| resolve(document, &old["requestBody"])),
        body(both.new, new).map(|document| resolve(document, &new["requestBody"])),
    );
    match bodies {
        (None, None) => {}
        (Some(_), None) => changes.breaking(&here, "is gone"),
        (None, Some(new)) if required(new) => changes.breaking(&here, "is new and required"),
        (None, Some(_)) => changes.compatible(&here, "is new"),
        (Some(old), Some(new)) => {
            match (required(old), required(new)) {
                (false, true) => changes.breaking(&here, "is required now"),
                (true, false) => changes.compatible(&here, "is not required any more"),
                _ => {}
            }
            content(both, [old, new], Direction::Request, &here, changes);
        }
    }
}

/// Compares the media types of a body, and the schema of each.
pub(super) fn content(
    both: Both<'_>,
    [old, new]: [&Value; 2],
    direction: Direction,
    location: &Location,
    changes: &mut Changes,
) {
    let (old, new) = (&old["content"], &new["content"]);
    for (media_type, before) in entries(old) {
        match new.get(media_type) {
            Some(after) => {
                let schemas = [&before["schema"], &after["schema"]];
                schema::compare(both, schemas, direction, location, changes);
            }
            None => changes.breaking(location, format_args!("`{media_type}` is gone")),
        }
    }
    for (media_type, _) in entries(new) {
        if old.get(media_type).is_none() {
            changes.compatible(location, format_args!("`{media_type}` is new"));
        }
    }
}
