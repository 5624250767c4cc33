//! The one who has shown a credential: a person with a session, or a program with an API key.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::session::Session;
use crate::auth::{AccountKey, ApiKey};

/// The one who has shown a credential.
#[derive(Clone, Debug)]
pub(in crate::auth) enum Identity {
    /// A person, who is signed in.
    Session(Arc<Session>),
    /// A program.
    ApiKey(Arc<ApiKey>),
}

impl Identity {
    /// The account on whose behalf they act.
    pub(in crate::auth) fn account(&self) -> AccountKey {
        match self {
            Self::Session(session) => session.account,
            Self::ApiKey(key) => key.account,
        }
    }

    /// A text that no other caller has: `user:7`, `key:3`.
    pub(in crate::auth) fn name(&self) -> String {
        match self {
            Self::Session(session) => format!("user:{}", session.account),
            Self::ApiKey(key) => format!("key:{}", key.id),
        }
    }

    /// The time of the last request, if there was one.
    pub(super) fn seen_at(&self) -> DateTime<Utc> {
        match self {
            Self::Session(session) => session.seen_at,
            Self::ApiKey(key) => key.used_at.unwrap_or_default(),
        }
    }
}
