//! The two sides of a comparison: two documents, or one operation in each of them.

use serde_json::Value;

/// The old description and the new one.
#[derive(Clone, Copy)]
pub(super) struct Both<'a> {
    pub(super) old: &'a Value,
    pub(super) new: &'a Value,
}

/// One operation in both descriptions, each with the path item around it.
pub(super) struct Pair<'a> {
    pub(super) both: Both<'a>,
    pub(super) old: (&'a Value, &'a Value),
    pub(super) new: (&'a Value, &'a Value),
    pub(super) renamed: Vec<(&'a str, &'a str)>,
}

/// Follows `$ref`s within a document; what leads nowhere, or in a circle, is `null`.
pub(super) fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let mut found = value;
    // No sane document has longer chains.
    for _ in 0..32 {
        let Some(reference) = found["$ref"].as_str() else {
            return found;
        };
        let pointer = reference.strip_prefix('#').unwrap_or("/");
        found = document.pointer(pointer).unwrap_or(&Value::Null);
    }
    &Value::Null
}

/// The entries of an object, or none.
pub(super) fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
