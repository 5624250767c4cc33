//! The actor of an event.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};

use crate::{
    context::AppContext,
    controller::Access,
    signing::{MissingKey, SigningKeys},
};

/// The purpose of the hash of actors who are not known.
const PURPOSE: &str = "audit-unknown";

/// The actor of an event, such as `user:7`, and who acts in their place, if somebody does.
///
/// It is made of the access type of a handler, with its [`caller`](Access::caller) (`anyone` if that is unknown), or of a text, such as
/// `task:import`. See [the module](super) for an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub(super) name: String,
    pub(super) impersonator: Option<String>,
}

impl Actor {
    /// An actor who only claims to be somebody, as at a sign-in that failed: `unknown:` and a keyed hash of the claim. Events of one claim can
    /// be found, and nobody without `FW_KEYS` can try addresses out.
    ///
    /// # Errors
    ///
    /// When there is no key, as in production without `FW_KEYS`.
    pub fn unknown(ctx: &AppContext, claim: &str) -> Result<Self, MissingKey> {
        let keys = ctx.get::<SigningKeys>().ok_or(MissingKey {
            signed: "claims in the audit log",
        })?;
        let hash = keys.keyed_hash(PURPOSE, claim.trim().to_lowercase().as_bytes());
        Ok(Self::from(format!(
            "unknown:{}",
            BASE64.encode(&hash[..16])
        )))
    }

    pub(super) fn is_unknown(&self) -> bool {
        self.name.starts_with("unknown:")
    }

    /// The same actor, in whose place somebody else acts, such as `user:1` of the support.
    #[must_use]
    pub fn impersonated_by(self, impersonator: impl Into<String>) -> Self {
        Self {
            impersonator: Some(impersonator.into()),
            ..self
        }
    }
}

impl<A: Access> From<&A> for Actor {
    fn from(access: &A) -> Self {
        Self {
            name: access.caller().unwrap_or_else(|| "anyone".to_owned()),
            impersonator: access.impersonator(),
        }
    }
}

impl From<&str> for Actor {
    fn from(name: &str) -> Self {
        Self::from(name.to_owned())
    }
}

impl From<String> for Actor {
    fn from(name: String) -> Self {
        Self {
            name,
            impersonator: None,
        }
    }
}
