//! The extractor of handlers that check a password: it counts failures, checks, and keeps the log.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::{HeaderValue, StatusCode, request::Parts};
use sea_orm::{EntityTrait, ModelTrait, Value};

use super::context::AuthContext;
use crate::{
    auth::{AccountKey, Device, PasswordCheck, SignIn, invalid_sign_in},
    context::AppContext,
    controller::KnownBrowser,
    db::Transaction,
    error::Result,
    limits::Lockout,
    openapi::{Input, Operation},
};

/// The lock-out of an account after wrong passwords: 5 are free, then 30 s, 1 min … and at most 15 min.
const SIGN_IN: Lockout = Lockout::after("sign-in", 5);

/// The client that shows a password, an extractor for the handlers that check one.
///
/// [`check_password`](Self::check_password) is all that a check needs: the lock-out of the account, which spares browsers that have signed in to
/// it before, the same work and response whether there is such an account or not, and (with the feature `audit`) the event of a refusal.
///
/// ```
/// # mod users {
/// #     use fw::model::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "users")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub email_key: String, pub password_hash: Option<String>, pub is_suspended: bool }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// use fw::{
///     auth::{AuthContext, EmailAddress, SessionKind, SignInClient, SignInStep},
///     dto::prelude::*,
///     prelude::*,
/// };
///
/// #[derive(Deserialize, JsonSchema, Validate)]
/// struct SignInBody {
///     #[garde(skip)]
///     email: EmailAddress,
///     #[garde(length(max = 1024))]
///     password: String,
/// }
///
/// async fn sign_in(
///     _: Anyone,
///     State(ctx): State<AppContext>,
///     client: SignInClient,
///     ValidJson(body): ValidJson<SignInBody>,
/// ) -> Result<SignInStep> {
///     let email = body.email.key();
///     let user = users::Entity::find().filter(users::Column::EmailKey.eq(&email)).one(&ctx.db).await?;
///     // A suspended account is refused as an unknown one.
///     let user = user.filter(|user| !user.is_suspended);
///     let checked = client.check_password(&ctx, &email, user, users::Column::PasswordHash, &body.password).await?;
///     let step = ctx.db.transact(async |tx| {
///         // The password may have been changed while it was checked.
///         checked.store(tx).await?;
///         let sign_in = client.sign_in(checked.account.id, &email);
///         ctx.second_factor().sign_in(tx, sign_in, SessionKind::Browser).await
///     });
///     Ok(step.await?.cookie(client.remember(&email)?))
/// }
///
/// Routes::at("/session").with([post("/", sign_in)]);
/// ```
#[derive(Clone, Debug)]
pub struct SignInClient {
    /// The device, for the session.
    pub device: Device,
    browser: KnownBrowser,
}

/// An account whose password was shown. See [`SignInClient`] for an example.
#[derive(Debug)]
#[must_use = "`store` must be called in the transaction that begins the session"]
pub struct CheckedPassword<M: ModelTrait> {
    /// The account.
    pub account: M,
    check: PasswordCheck,
    column: <M::Entity as EntityTrait>::Column,
}

impl SignInClient {
    /// Checks the password of an account. `claim` is the name by which the client calls it, such as the key of its address; `account` is
    /// `None` if there is no such account, or it may not sign in; `column` has its hash.
    ///
    /// # Errors
    ///
    /// 401 `invalid_sign_in`, for whatever reason; 429 while the account is locked out; 503 while too many passwords are checked.
    pub async fn check_password<M: ModelTrait>(
        &self,
        ctx: &AppContext,
        claim: &str,
        account: Option<M>,
        column: <M::Entity as EntityTrait>::Column,
        password: &str,
    ) -> Result<CheckedPassword<M>> {
        let subject = self.browser.subject(claim);
        let attempt = match ctx.limits.attempt(&SIGN_IN, &subject).await {
            Ok(attempt) => attempt,
            Err(error) => {
                refused(ctx, claim, "session.locked_out").await?;
                return Err(error);
            }
        };
        let stored = account.as_ref().map(|account| account.get(column));
        let stored = match &stored {
            Some(Value::String(hash)) => hash.as_deref(),
            _ => None,
        };
        // The same work, and the same response, whether there is such an account or not.
        let check = ctx.passwords().verify(password, stored).await?;
        let Some(account) = account.filter(|_| check.matches) else {
            refused(ctx, claim, "session.refused").await?;
            return Err(invalid_sign_in());
        };
        attempt.succeeded().await;
        Ok(CheckedPassword {
            account,
            check,
            column,
        })
    }

    /// The sign-in to an account whose password was checked: from this device, and with the lock-out of this browser for the
    /// [second factor](crate::auth::SecondFactor).
    pub fn sign_in(&self, account: impl Into<AccountKey>, claim: &str) -> SignIn {
        SignIn::of(account, "password")
            .from(&self.device)
            .limited_as(self.browser.subject(claim))
    }

    /// The cookie with which this browser is known for the account, so that strangers do not lock its owner out: after each proof of who they
    /// are.
    ///
    /// # Errors
    ///
    /// When there is no key to sign with (`FW_KEYS`).
    pub fn remember(&self, claim: &str) -> Result<HeaderValue> {
        Ok(self.browser.remember(claim)?)
    }

    /// Forgets the failures of an account, for this browser and for all others: after its owner has shown a link of a mail.
    pub async fn forgive(&self, ctx: &AppContext, claim: &str) {
        for subject in [
            self.browser.subject(claim),
            KnownBrowser::account_subject(claim),
        ] {
            ctx.limits.forgive(&SIGN_IN, &subject).await;
        }
    }
}

impl<M: ModelTrait> CheckedPassword<M> {
    /// Makes sure, in the transaction that begins the session, that the password is still that of the account; see [`PasswordCheck::store`].
    pub async fn store(&self, tx: &Transaction) -> Result<()> {
        self.check.store(tx, &self.account, self.column).await
    }
}

/// The event of a refusal. Who only claims to be somebody is known by a keyed hash.
#[cfg(feature = "audit")]
async fn refused(ctx: &AppContext, claim: &str, action: &str) -> Result<()> {
    let actor = crate::audit::Actor::unknown(ctx, claim)?;
    ctx.audit_alone(actor, action, "session").await
}

#[cfg(not(feature = "audit"))]
#[expect(clippy::unused_async, reason = "as with the feature `audit`")]
async fn refused(_: &AppContext, _: &str, _: &str) -> Result<()> {
    Ok(())
}

impl FromRequestParts<AppContext> for SignInClient {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, ctx: &AppContext) -> Result<Self, Infallible> {
        Ok(Self {
            device: Device::from_request_parts(parts, ctx).await?,
            browser: KnownBrowser::from_request_parts(parts, ctx).await?,
        })
    }
}

impl Input for SignInClient {
    const READS_QUERY: bool = false;

    fn describe(operation: &mut Operation<'_>) {
        operation.problem(StatusCode::UNAUTHORIZED, "invalid_sign_in");
        operation.problem(StatusCode::TOO_MANY_REQUESTS, "too_many_requests");
    }
}
