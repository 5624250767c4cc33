//! Limits and patterns, the keywords of a schema that are neither its type nor its parts; and `deprecated`, which
//! operations and parameters have as well.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{change::Changes, location::Location};

/// The direction in which the set of allowed values has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// More is allowed.
    Wider,
    /// Less is allowed.
    Narrower,
    /// Something else is allowed.
    Other,
}

/// One changed keyword.
pub(super) struct Keyword {
    pub(super) extent: Extent,
    pub(super) message: String,
}

/// Keywords whose greater value allows more.
const UPPER: [&str; 6] = [
    "maxLength",
    "maximum",
    "exclusiveMaximum",
    "maxItems",
    "maxProperties",
    "maxContains",
];

/// Keywords whose smaller value allows more.
const LOWER: [&str; 6] = [
    "minLength",
    "minimum",
    "exclusiveMinimum",
    "minItems",
    "minProperties",
    "minContains",
];

type Keywords = BTreeMap<String, Value>;

/// Compares the keywords of two schemas besides types and parts.
pub(super) fn compare(old: &Keywords, new: &Keywords) -> Vec<Keyword> {
    let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    names
        .into_iter()
        .filter_map(|name| keyword(name, meant(old.get(name)), meant(new.get(name))))
        .collect()
}

/// The value of a keyword that has an effect: `false`, as in `uniqueItems: false`, has none.
fn meant(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| **value != Value::Bool(false))
}

fn keyword(name: &str, old: Option<&Value>, new: Option<&Value>) -> Option<Keyword> {
    let (extent, message) = match (old, new) {
        (None, None) => return None,
        (None, Some(new)) => (Extent::Narrower, format!("has `{name}` {new} now")),
        (Some(old), None) => (
            Extent::Wider,
            format!("has no `{name}` any more; it was {old}"),
        ),
        (Some(old), Some(new)) if equal(old, new) => return None,
        (Some(old), Some(new)) => (
            extent(name, old, new),
            format!("has `{name}` {new} now; it was {old}"),
        ),
    };
    Some(Keyword { extent, message })
}

/// Returns whether two values are equal; `1` and `1.0` are one number.
fn equal(old: &Value, new: &Value) -> bool {
    old == new || (old.is_number() && new.is_number() && old.as_f64() == new.as_f64())
}

fn extent(name: &str, old: &Value, new: &Value) -> Extent {
    let more = old.as_f64() < new.as_f64();
    let by_number = old.is_number() && new.is_number();
    if by_number && UPPER.contains(&name) {
        if more {
            Extent::Wider
        } else {
            Extent::Narrower
        }
    } else if by_number && LOWER.contains(&name) {
        if more {
            Extent::Narrower
        } else {
            Extent::Wider
        }
    } else {
        Extent::Other
    }
}

/// Adds a change if `deprecated` has changed.
pub(super) fn deprecation(old: &Value, new: &Value, location: &Location, changes: &mut Changes) {
    let deprecated = |value: &Value| value["deprecated"].as_bool().unwrap_or_default();
    match (deprecated(old), deprecated(new)) {
        (false, true) => changes.compatible(location, "is deprecated"),
        (true, false) => changes.compatible(location, "is not deprecated any more"),
        _ => {}
    }
}
