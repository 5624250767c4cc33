//! Compares two descriptions of an API: what has changed, and does it break clients that were written for the old one?
//!
//! One principle judges most changes. What clients send may be taken more generously, and what they get may be given more
//! strictly; the other way round breaks a client that relied on it. A schema that is used in both directions is judged in
//! each of them.
//!
//! | change | in a request | in an answer |
//! |---|---|---|
//! | a type more, a longer list of enum values, a wider limit (`maxLength`, `minimum` …), a `pattern` or `format` less | compatible | breaking |
//! | a type less, fewer enum values, a narrower limit, a `pattern` or `format` more | breaking | compatible |
//! | another `pattern` or `format`, another keyword that is not known here | breaking | breaking |
//! | `null` is allowed now | compatible | breaking |
//! | `null` is not allowed any more | breaking | compatible |
//! | a new field | breaking if it is required | compatible: clients must ignore what they do not know |
//! | a field less | breaking if unknown fields are refused (`additionalProperties: false`) | breaking |
//! | a field is required now | breaking | compatible |
//! | a field is not required any more | compatible | breaking |
//! | unknown fields are refused now | breaking | compatible |
//! | a media type less | breaking | breaking |
//! | a media type more | compatible | compatible: it is asked for by `Accept` |
//!
//! Only in errors (4xx, 5xx, `default`) new enum values are compatible, because new errors are: a client must cope with a
//! `code` that it does not know.
//!
//! | change | effect |
//! |---|---|
//! | a path or a method less | breaking |
//! | another `operationId` | breaking: functions of generated clients are named after it |
//! | a parameter less | breaking: unknown query parameters are refused, and a header that is ignored promises too much |
//! | a new parameter, a parameter or body that is required now | breaking if it is required |
//! | a status of success (2xx) less or more | breaking |
//! | any other status less or more | compatible |
//! | a header of an answer less, or not always there any more | breaking |
//! | callers must show something that they need not show before | breaking |
//! | a security scheme works differently | breaking |
//! | new paths, methods, headers of answers; `deprecated`, `default`, `servers`, names of schemas and of path parameters | compatible |
//! | titles, summaries, descriptions, examples, tags, `info` | compatible, counted only |

mod answer;
mod keywords;
mod operation;
mod parameter;
mod place;
mod schema;
mod security;
mod shape;
mod text;

#[cfg(test)]
mod tests;

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use self::place::Place;

/// What a change does to clients that were written for the old description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Effect {
    /// Such a client may fail.
    Breaking,
    /// Such a client works as before.
    Compatible,
}

impl Effect {
    /// The word for people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Compatible => "compatible",
        }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Change {
    /// What it does to clients.
    pub(super) effect: Effect,
    /// Method and path; `None` for what belongs to no operation.
    pub(super) operation: Option<String>,
    /// Where in the operation, and what: ``answer 200: field `title` is gone``.
    pub(super) message: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.operation {
            Some(operation) => write!(f, "`{operation}`: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// All changes, in the order of the paths.
#[derive(Debug, Default, Serialize)]
pub(super) struct Changes {
    /// How many texts for people differ.
    pub(super) texts: usize,
    /// Everything else.
    pub(super) changes: Vec<Change>,
}

impl Changes {
    /// How many changes have this effect; changed texts are one change together.
    pub(super) fn count(&self, effect: Effect) -> usize {
        let texts = usize::from(effect == Effect::Compatible && self.texts > 0);
        let changes = self.changes.iter();
        changes.filter(|change| change.effect == effect).count() + texts
    }

    /// Whether the two describe the same.
    pub(super) fn is_empty(&self) -> bool {
        self.texts == 0 && self.changes.is_empty()
    }

    fn add(&mut self, effect: Effect, place: &Place, message: impl fmt::Display) {
        let change = Change {
            effect,
            operation: place.operation().map(ToOwned::to_owned),
            message: place.message(&message.to_string()),
        };
        // A field of a body with several media types is the same for each.
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }

    fn breaking(&mut self, place: &Place, message: impl fmt::Display) {
        self.add(Effect::Breaking, place, message);
    }

    fn compatible(&mut self, place: &Place, message: impl fmt::Display) {
        self.add(Effect::Compatible, place, message);
    }
}

/// The old description and the new one.
#[derive(Clone, Copy)]
struct Both<'a> {
    old: &'a Value,
    new: &'a Value,
}

/// Lists what has changed from the old description to the new one.
pub(super) fn compare(old: &Value, new: &Value) -> Changes {
    let mut changes = Changes::default();
    let both = Both { old, new };
    operation::paths(both, &mut changes);
    security::schemes(both, &mut changes);
    text::rest(both, &mut changes);
    changes
}

/// Follows `$ref`s within a document; what leads nowhere, or in a circle, is `null`.
fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
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
fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
