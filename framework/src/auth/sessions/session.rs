//! A session, and what it begins with.

use std::{net::IpAddr, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use sea_orm::prelude::Uuid;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    auth::{AccountKey, TokenHash},
    error::Error,
};

/// The factor of a recovery code.
pub(in crate::auth) const RECOVERY_CODE: &str = "recovery_code";

/// The factors that are a second one beside the password, or both at once.
const SECOND_FACTORS: [&str; 3] = ["totp", RECOVERY_CODE, "passkey"];

/// The longest text of a browser that is stored, in characters.
const LONGEST_USER_AGENT: usize = 512;

/// A session: somebody is signed in. See [`Sessions`](super::Sessions) for an example.
///
/// As JSON it is what its owner may see: without the account, which is theirs.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Session {
    /// The id. It is no secret.
    pub id: Uuid,
    /// The account.
    #[serde(skip)]
    pub account: AccountKey,
    /// The way in which requests show that they belong to it.
    pub kind: SessionKind,
    /// The time at which the person was last asked for a password or the like.
    pub authenticated_at: DateTime<Utc>,
    /// The factors that the person has shown, separated by spaces: `password`, `password totp`, `password recovery_code`.
    pub factors: String,
    /// True if the browser was asked to remember it.
    pub is_remembered: bool,
    /// The address that it began from.
    pub ip: Option<String>,
    /// The header `User-Agent` that it began with, at most 512 characters.
    pub user_agent: Option<String>,
    /// The time of the sign-in.
    pub created_at: DateTime<Utc>,
    /// The time of the last request, to a few minutes.
    pub seen_at: DateTime<Utc>,
    /// The time at which it ends however it is used.
    pub expires_at: DateTime<Utc>,
    /// The account of the person who acts in place of the account's owner.
    #[serde(skip)]
    pub impersonator: Option<AccountKey>,
}

impl Session {
    /// Returns true if the person has shown a second factor.
    pub fn has_second_factor(&self) -> bool {
        have_second_factor(&self.factors)
    }

    /// Returns true if neither the time without a request nor the whole time is over.
    pub(in crate::auth) fn is_current(
        &self,
        seen_at: DateTime<Utc>,
        now: DateTime<Utc>,
        idle_timeout: Duration,
    ) -> bool {
        let idle_timeout = TimeDelta::from_std(idle_timeout).unwrap_or(TimeDelta::MAX);
        let has_idle_timeout = self.kind == SessionKind::Browser && !self.is_remembered;
        now < self.expires_at && (!has_idle_timeout || now - seen_at < idle_timeout)
    }
}

/// The way in which requests show that they belong to a session. See [`Sessions`](super::Sessions) for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    /// A cookie of a browser.
    Browser,
    /// Access tokens of another client.
    Token,
}

impl SessionKind {
    pub(in crate::auth) fn name(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Token => "token",
        }
    }

    pub(in crate::auth) fn of(name: &str) -> Option<Self> {
        [Self::Browser, Self::Token]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// The reason for which a session has ended.
///
/// ```
/// use fw::auth::EndReason;
///
/// assert_eq!(EndReason::SignedOut.name(), "signed_out");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndReason {
    /// The person has signed out.
    SignedOut,
    /// The person, or somebody else with the right to, has ended it from elsewhere.
    Revoked,
    /// Another session took its place, by a new sign-in or a confirmation.
    Replaced,
    /// A refresh token was used again, so somebody else has it.
    TokenReused,
}

impl EndReason {
    /// The name that is stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::Revoked => "revoked",
            Self::Replaced => "replaced",
            Self::TokenReused => "token_reused",
        }
    }
}

/// The device that a request comes from, an extractor for the handlers that sign in. See [`SignIn`] for an example.
#[derive(Clone, Debug, Default)]
pub struct Device {
    /// The address of the client.
    pub ip: Option<IpAddr>,
    /// The header `User-Agent`.
    pub user_agent: Option<String>,
    /// The hash of the session cookie that it has, which a sign-in replaces.
    pub(in crate::auth) cookie: Option<TokenHash>,
}

/// A sign-in: who has shown what, and from which device.
///
/// ```
/// use fw::{auth::{AuthContext, Device, Issued, SignIn}, prelude::*};
///
/// async fn sign_in(_: Anyone, State(ctx): State<AppContext>, device: Device) -> Result<Issued<NoContent>> {
///     // The account whose password has been checked.
///     let user: i64 = 7;
///     let sign_in = SignIn::of(user, "password").from(&device).remembered(true);
///     let session = ctx.sessions().start(&ctx.db, sign_in).await?;
///     Ok(session.cookie.with(NoContent))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct SignIn {
    pub(in crate::auth) account: AccountKey,
    pub(in crate::auth) factors: String,
    pub(in crate::auth) is_remembered: bool,
    pub(in crate::auth) device: Device,
    subject: Option<String>,
}

impl SignIn {
    /// A sign-in to an account, with the factors that were shown, separated by spaces: `password`, `password totp`.
    pub fn of(account: impl Into<AccountKey>, factors: impl Into<String>) -> Self {
        Self {
            account: account.into(),
            factors: factors.into(),
            is_remembered: false,
            device: Device::default(),
            subject: None,
        }
    }

    /// Sets the device that it comes from. The session that its browser had so far ends.
    #[must_use]
    pub fn from(mut self, device: &Device) -> Self {
        let cut = |text: &String| text.chars().take(LONGEST_USER_AGENT).collect();
        self.device = Device {
            user_agent: device.user_agent.as_ref().map(cut),
            ..device.clone()
        };
        self
    }

    /// Sets whether the session survives the end of the browser, for `auth.remember_for`. Default false.
    #[must_use]
    pub fn remembered(mut self, is_remembered: bool) -> Self {
        self.is_remembered = is_remembered;
        self
    }

    /// Sets the subject whose wrong codes lock it out of the [second factor](crate::auth::SecondFactor): that of
    /// [`KnownBrowser::subject`](crate::controller::KnownBrowser::subject), so that whoever has the password does not lock the owner out. Default the
    /// account.
    #[must_use]
    pub fn limited_as(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// The subject of the lock-out, as a hash: it may have an e-mail address in it.
    pub(in crate::auth) fn subject(&self) -> String {
        let subject = match &self.subject {
            Some(subject) => subject.clone(),
            None => format!("account {}", self.account),
        };
        BASE64.encode(Sha256::digest(subject))
    }

    /// Returns true if the person has shown a second factor.
    pub(in crate::auth) fn has_second_factor(&self) -> bool {
        have_second_factor(&self.factors)
    }
}

/// Returns whether a second factor is among some.
pub(super) fn have_second_factor(factors: &str) -> bool {
    let mut factors = factors.split_whitespace();
    factors.any(|factor| SECOND_FACTORS.contains(&factor))
}

pub(in crate::auth) const SECOND_FACTOR_REQUIRED: &str = "second_factor_required";

/// 403 `second_factor_required`: a second factor is missing.
#[track_caller]
pub(in crate::auth) fn second_factor_required() -> Error {
    Error::new(StatusCode::FORBIDDEN, SECOND_FACTOR_REQUIRED)
        .detail("your account needs a second factor for this")
}
