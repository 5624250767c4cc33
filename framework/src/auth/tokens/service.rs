//! The service of tokens.

use std::{fmt, sync::Arc};

use chrono::Utc;
use sea_orm::prelude::Uuid;
use serde::Serialize;

use super::{
    jwt::{AccessTokens, Bearer},
    refresh::{self, Refreshed, Rotation, Taken},
};
use crate::{
    auth::{
        AccountId, AccountKey, Accounts, Connection, EndReason, OpaqueToken, Session, SessionKind,
        Sessions, SignIn,
        sessions::{condition, new_session, own},
    },
    db::{Db, Transaction},
    error::Result,
    signing::SigningKeys,
};

/// The tokens of clients that are no browsers, a handle of the [context](crate::context::AppContext):
/// [`ctx.tokens()`](super::super::AuthContext::tokens).
///
/// ```
/// use fw::{auth::{AuthContext, Issued, Refreshed, SignIn, TokenPair}, dto::prelude::*, prelude::*};
/// # struct Users;
/// # impl fw::auth::Accounts for Users {
/// #     type Id = i64;
/// #     async fn standing(_: &fw::db::Db, _: i64) -> Result<Option<fw::auth::Standing>> { Ok(None) }
/// # }
///
/// /// Called when the password has been checked.
/// async fn sign_in(ctx: &AppContext, user: i64) -> Result<Issued<Json<TokenPair>>> {
///     let tokens = ctx.tokens().start(&ctx.db, SignIn::of(user, "password")).await?;
///     Ok(Issued::new(Json(tokens)))
/// }
///
/// #[derive(Deserialize, JsonSchema, Validate)]
/// struct RefreshBody {
///     #[garde(length(max = 100))]
///     refresh_token: String,
/// }
///
/// async fn refresh(
///     _: Anyone,
///     State(ctx): State<AppContext>,
///     ValidJson(body): ValidJson<RefreshBody>,
/// ) -> Result<Issued<Json<TokenPair>>> {
///     match ctx.tokens().refresh::<Users>(&ctx.db, &body.refresh_token).await? {
///         Refreshed::Tokens(tokens) => Ok(Issued::new(Json(tokens))),
///         Refreshed::Reused(session) => {
///             tracing::warn!(account = %session.account, "a refresh token was stolen");
///             Err(fw::auth::invalid_credential())
///         }
///         _ => Err(fw::auth::invalid_credential()),
///     }
/// }
/// ```
#[derive(Clone)]
pub struct Tokens(Arc<Shared>);

struct Shared {
    sessions: Sessions,
    access: AccessTokens,
    rotation: Rotation,
}

/// An access token and a refresh token: the response to a sign-in or a refresh. See [`Tokens`] for an example.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct TokenPair {
    /// The token for the header `Authorization`.
    pub access_token: String,
    /// How it is used: `Bearer`.
    pub token_type: &'static str,
    /// The seconds for which the access token is valid.
    pub expires_in: u64,
    /// The token for the next pair, which can be used once.
    pub refresh_token: String,
}

impl Tokens {
    /// The tokens of sessions, signed with keys. `issuer` is the address of the application, or its name.
    pub(in crate::auth) fn new(
        sessions: Sessions,
        keys: &SigningKeys,
        issuer: &str,
    ) -> Result<Self> {
        let config = &sessions.config().tokens;
        Ok(Self(Arc::new(Shared {
            access: AccessTokens::new(keys, issuer, config.access)?,
            rotation: Rotation::new(keys, config.refresh_grace),
            sessions,
        })))
    }

    /// Begins a session of a client.
    ///
    /// Fails with 403 `second_factor_required` if the account has a second factor that was not shown:
    /// [`ctx.second_factor().sign_in`](crate::auth::SecondFactor::sign_in) asks for it.
    pub async fn start<C: Connection>(&self, db: &C, sign_in: SignIn) -> Result<TokenPair> {
        let started = db.atomically(async |tx| self.start_session(tx, sign_in).await);
        Ok(started.await?.1)
    }

    /// Begins a session in the place of another one of an account in a client, whose person has shown again who they are. It ends when that
    /// would have, and has the factors of both.
    ///
    /// Fails with 401 if that has ended, or is one of a browser, and with 403 `second_factor_required` if the account has a second factor and only
    /// the password was shown: [`ctx.second_factor().confirm`](crate::auth::SecondFactor::confirm) takes a code.
    pub async fn confirm<C: Connection>(
        &self,
        db: &C,
        account: impl Into<AccountKey>,
        session: Uuid,
        factors: &str,
    ) -> Result<TokenPair> {
        let account = account.into();
        let own = own(account, session);
        db.atomically(async |tx| {
            let sessions = &self.0.sessions;
            sessions.require_factors(tx, account, factors).await?;
            let confirmed = sessions.confirmed(tx, own, SessionKind::Token, factors);
            self.begin(tx, confirmed.await?).await
        })
        .await
    }

    /// Takes a refresh token and returns the next pair. The same token again within `auth.tokens.refresh_grace` gets the same refresh token,
    /// unless that was used; after that, the session ends.
    ///
    /// The tokens of an account that may not act (any more) are refused.
    pub async fn refresh<A: Accounts>(&self, db: &Db, token: &str) -> Result<Refreshed<TokenPair>> {
        self.0.sessions.require::<A>()?;
        let (session, next) = match self.rotate(db, token).await? {
            Refreshed::Tokens(rotated) => rotated,
            Refreshed::Invalid => return Ok(Refreshed::Invalid),
            Refreshed::Reused(session) => return Ok(Refreshed::Reused(session)),
        };
        let standing = match AccountId::of(session.account) {
            Some(account) => A::standing(db, account).await?,
            None => None,
        };
        if standing.is_some_and(|standing| standing.is_active) {
            Ok(Refreshed::Tokens(self.pair(&session, &next)?))
        } else {
            Ok(Refreshed::Invalid)
        }
    }

    async fn rotate(&self, db: &Db, token: &str) -> Result<Refreshed<(Session, OpaqueToken)>> {
        let Some(token) = OpaqueToken::parse(token) else {
            return Ok(Refreshed::Invalid);
        };
        let Shared {
            sessions, rotation, ..
        } = &*self.0;
        db.transact(async |tx| {
            let (next, session) = match rotation.take(tx, &token).await? {
                Taken::Next(next, session) => (Some(next), session),
                Taken::Reused(session) => (None, session),
                Taken::Invalid => return Ok(Refreshed::Invalid),
            };
            let Some(session) = sessions.of_client(tx, session).await? else {
                return Ok(Refreshed::Invalid);
            };
            if let Some(next) = next {
                return Ok(Refreshed::Tokens((session, next)));
            }
            // Not an error: the end must be committed.
            let this = condition("id", session.id);
            sessions.end_where(tx, this, EndReason::TokenReused).await?;
            Ok(Refreshed::Reused(session))
        })
        .await
    }

    /// The session that an access token speaks for.
    pub(in crate::auth) fn verify(&self, access_token: &str) -> Option<Bearer> {
        self.0.access.verify(access_token)
    }

    /// Deletes what is of no more use, and returns the number of rows.
    pub(in crate::auth) async fn prune(db: &Db) -> Result<u64> {
        refresh::prune(db).await
    }

    /// Begins a session of a client, and returns it with its tokens.
    pub(in crate::auth) async fn start_session(
        &self,
        tx: &Transaction,
        sign_in: SignIn,
    ) -> Result<(Session, TokenPair)> {
        let sessions = &self.0.sessions;
        let age = sessions.config().tokens.refresh;
        let session = new_session(SessionKind::Token, sign_in, age);
        sessions
            .require_factors(tx, session.account, &session.factors)
            .await?;
        let tokens = self.begin(tx, session.clone()).await?;
        Ok((session, tokens))
    }

    /// Stores a new session of a client.
    pub(in crate::auth) async fn begin(
        &self,
        tx: &Transaction,
        session: Session,
    ) -> Result<TokenPair> {
        let Shared {
            sessions, rotation, ..
        } = &*self.0;
        sessions.begin_with_tokens(tx, &session).await?;
        let token = rotation.first(tx, session.id, session.expires_at).await?;
        self.pair(&session, &token)
    }

    fn pair(&self, session: &Session, refresh_token: &OpaqueToken) -> Result<TokenPair> {
        let bearer = Bearer {
            session: session.id,
            subject: session.account.to_string(),
        };
        Ok(TokenPair {
            access_token: self.0.access.issue(&bearer, Utc::now())?,
            token_type: "Bearer",
            expires_in: self.0.sessions.config().tokens.access.as_secs(),
            refresh_token: refresh_token.to_text(),
        })
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

/// Without the tokens.
impl fmt::Debug for TokenPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenPair")
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}
