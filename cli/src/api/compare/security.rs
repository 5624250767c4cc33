//! Compares the security requirements of operations, and the security schemes.

use serde_json::Value;

use super::{
    change::Changes,
    location::Location,
    pair::{Both, entries, resolve},
    text,
};

/// Compares the requirements of an operation.
pub(super) fn operation(
    both: Both<'_>,
    old: &Value,
    new: &Value,
    location: &Location,
    changes: &mut Changes,
) {
    let old = alternatives(both.old, old);
    let new = alternatives(both.new, new);
    if old == new {
        return;
    }
    let open = |old: &Requirement| new.iter().any(|new| suffices(old, new));
    if let Some(closed) = old.iter().find(|old| !open(old)) {
        let message = if closed.is_empty() {
            format!("asks for {} now", names(&new))
        } else {
            format!(
                "asks for {} now, and not for {} any more",
                names(&new),
                name(closed)
            )
        };
        changes.breaking(location, message);
    } else {
        changes.compatible(location, format_args!("asks for {} now", names(&new)));
    }
}

/// Schemes, with their scopes, that are needed together.
type Requirement = Vec<(String, Vec<String>)>;

/// The requirements of which one must be met; an empty one is met by everybody.
fn alternatives(document: &Value, operation: &Value) -> Vec<Requirement> {
    let own = operation
        .get("security")
        .or_else(|| document.get("security"));
    let mut found: Vec<Requirement> = own
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|requirement| {
            entries(requirement)
                .map(|(scheme, scopes)| (scheme.clone(), scopes_of(scopes)))
                .collect()
        })
        .collect();
    if found.is_empty() {
        found.push(Vec::new());
    }
    found.sort();
    found
}

fn scopes_of(scopes: &Value) -> Vec<String> {
    let scopes = scopes.as_array().into_iter().flatten();
    scopes
        .filter_map(Value::as_str)
        .map(ToOwned::to_owned)
        .collect()
}

/// Returns whether credentials that meet `old` meet `new` as well.
fn suffices(old: &Requirement, new: &Requirement) -> bool {
    new.iter().all(|(scheme, scopes)| {
        old.iter().any(|(shown, granted)| {
            shown == scheme && scopes.iter().all(|scope| granted.contains(scope))
        })
    })
}

fn names(requirements: &[Requirement]) -> String {
    let names: Vec<_> = requirements.iter().map(name).collect();
    names.join(" or ")
}

fn name(requirement: &Requirement) -> String {
    if requirement.is_empty() {
        return "nothing".to_owned();
    }
    let names: Vec<_> = requirement
        .iter()
        .map(|(scheme, scopes)| match scopes.as_slice() {
            [] => format!("`{scheme}`"),
            scopes => format!("`{scheme}` ({})", scopes.join(", ")),
        })
        .collect();
    names.join(" and ")
}

/// Compares the schemes themselves.
pub(super) fn schemes(both: Both<'_>, changes: &mut Changes) {
    let of = |document: &'_ Value| document["components"]["securitySchemes"].clone();
    let (old, new) = (of(both.old), of(both.new));
    let nowhere = Location::default();
    for (name, before) in entries(&old) {
        // Where a scheme is gone, the operations say what they ask for instead.
        let Some(after) = new.get(name) else { continue };
        let before = text::without(resolve(both.old, before));
        if before != text::without(resolve(both.new, after)) {
            changes.breaking(
                &nowhere,
                format_args!("security scheme `{name}` works differently"),
            );
        }
    }
}
