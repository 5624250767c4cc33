//! The extractor of handlers that sign in: it counts failures, checks, and keeps the log.

use std::{convert::Infallible, time::Duration};

use axum::extract::FromRequestParts;
use http::{HeaderValue, StatusCode, request::Parts};
use sea_orm::{EntityTrait, ModelTrait, Value, prelude::Uuid};
use serde::Serialize;

use super::{
    alert::{SecurityAlert, SecurityAlerts, alert},
    context::AuthContext,
    log::log,
    signed_in::SignedIn,
};
use crate::{
    auth::{
        AccountKey, Accounts, Answer, Device, NewSession, PasswordCheck, Session, SessionKind,
        SignIn, SignInStep, dto::AnswerBody, invalid_sign_in,
    },
    context::AppContext,
    controller::KnownBrowser,
    db::Transaction,
    error::Result,
    limits::{Limit, Lockout},
    openapi::{Input, Operation},
};

/// The lock-out of an account after wrong passwords: 5 are free, then 30 s, 1 min … and at most 15 min.
const SIGN_IN: Lockout = Lockout::after("sign-in", 5);

/// The events of a lock-out in the audit log: a client that goes on asking must not fill it.
const LOCKED_OUT_EVENTS: Limit = Limit::new("locked-out-events", 1, Duration::from_mins(1));

/// The client that shows a password or a code, an extractor for the handlers of a sign-in.
///
/// [`check_password`](Self::check_password) is all that a check needs: the lock-out of the account, which spares browsers that have signed in to
/// it before, the same work and response whether there is such an account or not, and (with the feature `audit`) the event of a refusal. What
/// comes of it is a [`CheckedPassword`], which signs in, with the [second factor](crate::auth::SecondFactor) as a second step.
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
/// # pub struct Users;
/// # impl fw::auth::Accounts for Users {
/// #     type Id = i64;
/// #     async fn standing(_: &fw::db::Db, _: i64) -> fw::Result<Option<fw::auth::Standing>> { Ok(None) }
/// # }
/// # impl fw::auth::SecurityAlerts for Users {
/// #     async fn alert(_: &AppContext, _: &fw::db::Transaction, _: i64, _: fw::auth::SecurityAlert) -> Result<()> { Ok(()) }
/// # }
/// use fw::{
///     auth::{EmailAddress, NewSession, SessionKind, SignInClient, SignInStep, dto::AnswerBody},
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
///     checked.sign_in(&ctx, SessionKind::Browser, false).await
/// }
///
/// /// The second step, for accounts with a second factor.
/// async fn answer(
///     _: Anyone,
///     State(ctx): State<AppContext>,
///     client: SignInClient,
///     Path(id): Path<Uuid>,
///     ValidJson(body): ValidJson<AnswerBody>,
/// ) -> Result<NewSession> {
///     let session = client.answer::<Users>(&ctx, id, &body).await?;
///     let user = users::Entity::find().filter(users::Column::Id.eq(session.session.account)).one(&ctx.db).await?.or_not_found()?;
///     Ok(session.cookie(client.remember(&user.email_key)?))
/// }
///
/// Routes::new().with([post("/session", sign_in), post("/challenges/{id}", answer)]);
/// ```
#[derive(Clone, Debug)]
pub struct SignInClient {
    /// The device, for the session.
    pub device: Device,
    browser: KnownBrowser,
}

/// An account whose password was shown. See [`SignInClient`] for an example.
#[derive(Debug)]
#[must_use = "it begins the session, or `store` is called in the transaction that does"]
pub struct CheckedPassword<M: ModelTrait> {
    /// The account.
    pub account: M,
    claim: String,
    client: SignInClient,
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
                if ctx.limits.take(&LOCKED_OUT_EVENTS, &subject).await {
                    refused(ctx, claim, "session.locked_out", ()).await?;
                }
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
            refused(ctx, claim, "session.refused", attempt.number()).await?;
            return Err(invalid_sign_in());
        };
        attempt.succeeded().await;
        Ok(CheckedPassword {
            account,
            claim: claim.to_owned(),
            client: self.clone(),
            check,
            column,
        })
    }

    /// Answers a [challenge](crate::auth::Challenge), and begins the session: the second step of a sign-in. When the tries are used up, the owner of
    /// the account is [told](SecurityAlerts). Both are events of the audit log, with the feature `audit`.
    ///
    /// # Errors
    ///
    /// 401 `invalid_code` if there are more tries, else 401 `invalid_challenge`; 429 as for [`SecondFactor::answer`](crate::auth::SecondFactor::answer).
    pub async fn answer<A: SecurityAlerts>(
        &self,
        ctx: &AppContext,
        challenge: Uuid,
        answer: &AnswerBody,
    ) -> Result<NewSession> {
        let second_factor = ctx.second_factor();
        let answer = second_factor
            .answer(
                &ctx.db,
                challenge,
                &answer.secret,
                &answer.code,
                &self.device,
            )
            .await?;
        let event = ctx.db.transact(async |tx| match &answer {
            Answer::Accepted(session) => started(ctx, tx, &session.session).await,
            Answer::Exhausted(account) => {
                let target = format!("challenges:{challenge}");
                log(ctx, tx, *account, "second_factor.refused", target).await?;
                alert::<A>(ctx, tx, *account, SecurityAlert::SecondFactorRefused).await
            }
            Answer::Wrong | Answer::Gone => Ok(()),
        });
        event.await?;
        answer.or_unauthorized()
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

/// Each is an event of the audit log, with the feature `audit`.
impl<M: ModelTrait> CheckedPassword<M> {
    /// Goes on with the sign-in: begins a session of this kind, or makes a challenge if the account has a second factor, as
    /// [`SecondFactor::sign_in`](crate::auth::SecondFactor::sign_in) does. The browser is known for the account from then on, which
    /// [spares it](SignInClient::remember) the lock-out. `is_remembered` says whether the session survives the end of the browser.
    ///
    /// # Errors
    ///
    /// 401 `invalid_sign_in` if the password was changed in the meantime.
    pub async fn sign_in(
        &self,
        ctx: &AppContext,
        kind: SessionKind,
        is_remembered: bool,
    ) -> Result<SignInStep> {
        let account = AccountKey::of_row(&self.account)?;
        let sign_in = SignIn::of(account, "password")
            .from(&self.client.device)
            .limited_as(self.client.browser.subject(&self.claim))
            .remembered(is_remembered);
        let known = self.client.remember(&self.claim)?;
        let step = ctx.db.transact(async |tx| {
            self.store(tx).await?;
            let step = ctx.second_factor().sign_in(tx, sign_in, kind).await?;
            match &step {
                SignInStep::SignedIn(session) => started(ctx, tx, &session.session).await?,
                SignInStep::Challenge(challenge) => {
                    let target = format!("challenges:{}", challenge.id);
                    log(ctx, tx, account, "session.challenged", target).await?;
                }
            }
            Ok(step)
        });
        Ok(step.await?.cookie(known))
    }

    /// Begins a session in the place of that of somebody who is signed in and has shown the password once more, as [`Recent`](super::Recent) asks
    /// for.
    ///
    /// # Errors
    ///
    /// 401 `invalid_sign_in` if the password was changed in the meantime, and 403 `second_factor_required` if the account has a second factor:
    /// [`confirm_with_code`](SignedIn::confirm_with_code).
    pub async fn confirm<A: Accounts>(
        &self,
        ctx: &AppContext,
        who: &SignedIn<A>,
    ) -> Result<NewSession> {
        ctx.db
            .transact(async |tx| {
                self.store(tx).await?;
                let second_factor = ctx.second_factor();
                let session = second_factor.confirm_password(tx, who.session()).await?;
                let target = format!("sessions:{}", session.session.id);
                log(ctx, tx, who, "session.confirmed", target).await?;
                Ok(session)
            })
            .await
    }

    /// Makes sure, in the transaction of what the password was asked for, that it is still that of the account; see [`PasswordCheck::store`].
    /// [`sign_in`](Self::sign_in) and [`confirm`](Self::confirm) do it themselves.
    pub async fn store(&self, tx: &Transaction) -> Result<()> {
        self.check.store(tx, &self.account, self.column).await
    }
}

/// The event of a session that has begun.
async fn started(ctx: &AppContext, tx: &Transaction, session: &Session) -> Result<()> {
    let target = format!("sessions:{}", session.id);
    log(ctx, tx, session.account, "session.started", target).await
}

/// The event of a refusal, with the number of failures in a row. Who only claims to be somebody is known by a keyed hash.
#[cfg(feature = "audit")]
async fn refused(
    ctx: &AppContext,
    claim: &str,
    action: &str,
    failures: impl Serialize,
) -> Result<()> {
    let actor = crate::audit::Actor::unknown(ctx, claim)?;
    ctx.audit_alone(actor, action, "session")
        .changed("failures", (), failures)
        .await
}

#[cfg(not(feature = "audit"))]
#[expect(clippy::unused_async, reason = "as with the feature `audit`")]
async fn refused(_: &AppContext, _: &str, _: &str, _: impl Serialize) -> Result<()> {
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
