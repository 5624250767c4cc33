//! Events of the audit log, as they are read.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};

/// An event of the audit log. See [the module](super) for an example.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct AuditEvent {
    /// Its number; later events have larger ones.
    pub id: i64,
    /// The time.
    pub at: DateTime<Utc>,
    /// The actor, such as `user:7`.
    pub actor: String,
    /// The person who acted in their place.
    pub impersonator: Option<String>,
    /// The action, such as `post.published`.
    pub action: String,
    /// The target, such as `posts:7`.
    pub target: String,
    /// The id of the request.
    pub request_id: Option<String>,
    /// The address of the client, until `audit.ip_retention`.
    pub address: Option<String>,
    /// The user agent of the client, until `audit.ip_retention`.
    pub user_agent: Option<String>,
    /// The changed fields: `{"status": {"from": "draft", "to": "published"}}`.
    pub changes: Map<String, Value>,
}

/// The events to be read: those that have everything that is given. See [the module](super) for an example.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// The actor, such as `user:7`, or who acted in their place.
    pub actor: Option<String>,
    /// The action, such as `post.published`; `post.*` for all of a kind.
    pub action: Option<String>,
    /// The target, such as `posts:7`.
    pub target: Option<String>,
    /// The id of the request.
    pub request_id: Option<String>,
    /// The time from which on.
    pub since: Option<DateTime<Utc>>,
    /// The time before which.
    pub until: Option<DateTime<Utc>>,
    /// The number of an event, for those before it: the next page.
    pub before: Option<i64>,
}
