//! An API key, as it is stored, as it is asked for, and as it is shown once.

use std::{fmt, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::text::ApiKeyText;
use crate::auth::{AccountKey, Grants, Permission};

/// An API key, without its secret. See [`ApiKeys`](crate::auth::ApiKeys) for an example.
///
/// As JSON it is what its owner may see: without the account, which is theirs.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ApiKey {
    /// The id.
    pub id: i64,
    /// The account that it acts for.
    #[serde(skip)]
    pub account: AccountKey,
    /// The name that its owner has given it.
    pub name: String,
    /// The characters behind `fwk_`, by which people tell keys apart. They are no secret.
    pub prefix: String,
    /// The permissions that it was given. Of these it has those that its owner has at the time of a request.
    pub permissions: Grants,
    /// The time at which it was created.
    pub created_at: DateTime<Utc>,
    /// The time at which it ends; `None` if it does not end by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// The time of its last request, to a few minutes; `None` if there was none.
    pub used_at: Option<DateTime<Utc>>,
    /// The time at which another key took its place: both are valid for a while.
    pub rotated_at: Option<DateTime<Utc>>,
}

impl ApiKey {
    /// Returns true if its time is not over.
    pub(in crate::auth) fn is_current(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

/// An API key to be created. See [`ApiKeys`](crate::auth::ApiKeys) for an example.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    pub(in crate::auth) name: String,
    pub(in crate::auth) permissions: Grants,
    pub(in crate::auth) lifetime: Option<TimeDelta>,
}

impl NewApiKey {
    /// A key with a name for people, of 1 to 80 characters. It has no permissions and does not end.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            permissions: Grants::default(),
            lifetime: None,
        }
    }

    /// Adds a permission.
    #[must_use]
    pub fn can<P: Permission>(self) -> Self {
        self.can_named([P::NAME])
    }

    /// Adds permissions by their names, such as those of a request.
    #[must_use]
    pub fn can_named<T: AsRef<str>>(self, names: impl IntoIterator<Item = T>) -> Self {
        Self {
            permissions: self.permissions.and(&Grants::of(names)),
            ..self
        }
    }

    /// Sets the time after which it ends.
    #[must_use]
    pub fn expires_in(self, lifetime: Duration) -> Self {
        Self {
            lifetime: TimeDelta::from_std(lifetime).ok(),
            ..self
        }
    }
}

/// An API key that was just created, with its secret, which is `key` as JSON. See [`ApiKeys`](crate::auth::ApiKeys) for an example.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[must_use = "the secret cannot be shown again"]
pub struct CreatedApiKey {
    /// The key.
    #[serde(flatten)]
    pub key: ApiKey,
    /// The text that a client sends, `fwk_…`. It is shown this once; the database has its hash.
    #[serde(rename = "key")]
    pub secret: String,
}

impl CreatedApiKey {
    pub(in crate::auth) fn new(key: ApiKey, text: &ApiKeyText) -> Self {
        Self {
            key,
            secret: text.expose().to_owned(),
        }
    }
}

/// Without the secret.
impl fmt::Debug for CreatedApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreatedApiKey")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
