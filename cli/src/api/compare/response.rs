//! Compares the responses of an operation: statuses, headers, bodies.

use serde_json::Value;

use super::{
    change::Changes,
    keywords::deprecation,
    location::Location,
    pair::{Both, entries, resolve},
    parameter,
    schema::{self, Direction},
};

/// Compares the responses of an operation.
pub(super) fn responses(
    both: Both<'_>,
    [old, new]: [&Value; 2],
    location: &Location,
    changes: &mut Changes,
) {
    let (old, new) = (&old["responses"], &new["responses"]);
    for (status, before) in entries(old) {
        let here = location.part(format!("response {status}"));
        match new.get(status) {
            Some(after) => {
                let pair = [resolve(both.old, before), resolve(both.new, after)];
                response(both, pair, direction(status), &here, changes);
            }
            None if status.starts_with('2') => changes.breaking(&here, "is gone"),
            None => changes.compatible(&here, "is gone"),
        }
    }
    for (status, _) in entries(new) {
        let here = location.part(format!("response {status}"));
        match old.get(status) {
            Some(_) => {}
            None if status.starts_with('2') => changes.breaking(&here, "is new"),
            None => changes.compatible(&here, "is new"),
        }
    }
}

fn direction(status: &str) -> Direction {
    if status.starts_with(['1', '2', '3']) {
        Direction::Response
    } else {
        Direction::Error
    }
}

fn response(
    both: Both<'_>,
    [old, new]: [&Value; 2],
    direction: Direction,
    location: &Location,
    changes: &mut Changes,
) {
    headers(
        both,
        [&old["headers"], &new["headers"]],
        direction,
        location,
        changes,
    );
    parameter::content(both, [old, new], direction, location, changes);
    if old.get("links") != new.get("links") {
        changes.compatible(location, "has other links");
    }
}

fn headers(
    both: Both<'_>,
    [old, new]: [&Value; 2],
    direction: Direction,
    location: &Location,
    changes: &mut Changes,
) {
    let find = |headers: &'_ Value, name: &str| {
        let mut names = headers
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name);
        names
            .find(|found| found.eq_ignore_ascii_case(name))
            .cloned()
    };
    let always = |header: &Value| header["required"].as_bool().unwrap_or_default();
    for (name, before) in entries(old) {
        let Some(found) = find(new, name) else {
            changes.breaking(location, format_args!("header `{name}` is gone"));
            continue;
        };
        let before = resolve(both.old, before);
        let after = resolve(both.new, &new[found.as_str()]);
        match (always(before), always(after)) {
            (true, false) => {
                changes.breaking(
                    location,
                    format_args!("header `{name}` is not always there any more"),
                );
            }
            (false, true) => {
                changes.compatible(
                    location,
                    format_args!("header `{name}` is always there now"),
                );
            }
            _ => {}
        }
        let here = location.header(name);
        deprecation(before, after, &here, changes);
        let schemas = [&before["schema"], &after["schema"]];
        schema::compare(both, schemas, direction, &here, changes);
    }
    for (name, _) in entries(new) {
        if find(old, name).is_none() {
            changes.compatible(location, format_args!("header `{name}` is new"));
        }
    }
}
