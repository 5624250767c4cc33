//! Compares two descriptions of an API, and classifies each change as breaking or compatible for clients of the old
//! one.
//!
//! One principle judges most changes. What clients send may be taken more generously, and what they get may be given more
//! strictly; the other way round breaks a client that relied on it. A schema that is used in both directions is judged in
//! each of them.
//!
//! | change | in a request | in a response |
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
//! | a header of a response less, or not always there any more | breaking |
//! | callers must show something that they need not show before | breaking |
//! | a security scheme works differently | breaking |
//! | new paths, methods, headers of responses; `deprecated`, `default`, `servers`, names of schemas and of path parameters | compatible |
//! | titles, summaries, descriptions, examples, tags, `info` | compatible, counted only |

mod change;
mod keywords;
mod location;
mod operation;
mod pair;
mod parameter;
mod response;
mod schema;
mod security;
mod shape;
mod text;

#[cfg(test)]
mod tests;

use serde_json::Value;

pub(super) use self::change::{Changes, Effect};
use self::pair::Both;

/// Lists what has changed from the old description to the new one.
pub(super) fn compare(old: &Value, new: &Value) -> Changes {
    let mut changes = Changes::default();
    let both = Both { old, new };
    operation::paths(both, &mut changes);
    security::schemes(both, &mut changes);
    text::rest(both, &mut changes);
    changes
}
