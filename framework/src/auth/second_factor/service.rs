//! The service of second factors.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::prelude::Uuid;

use super::{
    answer::Answer,
    challenges,
    factors::{self, TOTP},
    outcome::{NewCredential, NewSession, SignInStep},
    recovery,
    totp::{self, STEP, Secret},
};
use crate::{
    auth::{
        AccountKey, Connection, Device, OpaqueToken, Session, SessionKind, Sessions, SignIn,
        Tokens,
        sessions::{RECOVERY_CODE, own},
    },
    db::{Db, Transaction},
    error::Result,
    limits::{Limits, Lockout},
    signing::SigningKeys,
};

/// The lock-out of an account, or of one of its known browsers, after wrong codes over all challenges: some hundred guesses a day at most, of a
/// million codes.
const LOCKOUT: Lockout = Lockout::after("second-factor", 10);

/// The lock-out of a session whose person is to confirm who they are.
const CONFIRMATION: Lockout = Lockout::after("second-factor-confirm", 5);

/// The number of secrets that are sealed at a time.
const BATCH: u64 = 100;

/// The second factors of accounts, a handle of the [context](crate::context::AppContext):
/// [`ctx.second_factor()`](super::super::AuthContext::second_factor).
///
/// A sign-in asks it instead of [`Sessions::start`] and [`Tokens::start`]:
///
/// ```
/// use fw::{
///     auth::{Answer, AuthContext, Device, NewSession, SessionKind, SignIn, SignInStep},
///     dto::prelude::*,
///     prelude::*,
///     sea_orm::prelude::Uuid,
/// };
///
/// /// Called when the password has been checked: a session, or a challenge (202) for an account with a second factor.
/// async fn sign_in(ctx: &AppContext, user: i64, device: &Device) -> Result<SignInStep> {
///     let sign_in = SignIn::of(user, "password").from(device);
///     ctx.second_factor().sign_in(&ctx.db, sign_in, SessionKind::Browser).await
/// }
///
/// #[derive(Deserialize, JsonSchema, Validate)]
/// struct AnswerBody {
///     #[garde(length(max = 100))]
///     secret: String,
///     /// The code of the app, or a recovery code.
///     #[garde(length(max = 100))]
///     code: String,
/// }
///
/// async fn answer(
///     _: Anyone,
///     State(ctx): State<AppContext>,
///     device: Device,
///     Path(id): Path<Uuid>,
///     ValidJson(body): ValidJson<AnswerBody>,
/// ) -> Result<NewSession> {
///     let answer = ctx.second_factor().answer(&ctx.db, id, &body.secret, &body.code, &device).await?;
///     if let Answer::Exhausted(account) = &answer {
///         tracing::warn!(%account, "somebody has the password; here its owner gets a mail");
///     }
///     answer.or_unauthorized()
/// }
///
/// Routes::at("/challenges").with([post("/{id}", answer)]);
/// ```
///
/// Somebody who is signed in enrols an app, and confirms it with a first code:
///
/// ```
/// # struct Users;
/// # impl fw::auth::Accounts for Users {
/// #     type Id = i64;
/// #     async fn standing(_: &fw::db::Db, _: i64) -> fw::Result<Option<fw::auth::Standing>> { Ok(None) }
/// # }
/// use fw::{
///     auth::{Activated, AuthContext, Enrolment, Issued, OneFactor, Recent},
///     prelude::*,
///     sea_orm::prelude::Uuid,
/// };
///
/// type RecentOneFactor = Recent<OneFactor<Users>>;
///
/// async fn enrol(who: RecentOneFactor, State(ctx): State<AppContext>) -> Result<Issued<Json<Enrolment>>> {
///     let enrolment = ctx.second_factor().enrol(&ctx.db, who.session(), "Phone", "ada@example.com").await?;
///     Ok(Issued::new(Json(enrolment)))
/// }
///
/// async fn activate(ctx: &AppContext, who: RecentOneFactor, id: Uuid, code: &str) -> Result<Activated> {
///     let answer = ctx.second_factor().activate(&ctx.db, who.session(), id, code).await?;
///     answer.or_invalid("/code")
/// }
/// ```
#[derive(Clone)]
pub struct SecondFactor(pub(super) Arc<Shared>);

pub(super) struct Shared {
    pub(super) sessions: Sessions,
    tokens: Tokens,
    pub(super) keys: SigningKeys,
    limits: Limits,
    pub(super) issuer: String,
    /// The steps by which a test has moved the clock of the codes forward.
    ahead: AtomicI64,
}

impl SecondFactor {
    /// The second factors of an application; `issuer` is its name in the apps of people.
    pub(in crate::auth) fn new(
        sessions: Sessions,
        tokens: Tokens,
        keys: SigningKeys,
        limits: Limits,
        issuer: String,
    ) -> Self {
        Self(Arc::new(Shared {
            sessions,
            tokens,
            keys,
            limits,
            issuer,
            ahead: AtomicI64::new(0),
        }))
    }

    /// Goes on with a sign-in whose password was right: begins a session, or makes a challenge if the account has a second factor. That can be
    /// answered for ten minutes, with five codes, by whoever has its secret.
    pub async fn sign_in<C: Connection>(
        &self,
        db: &C,
        sign_in: SignIn,
        kind: SessionKind,
    ) -> Result<SignInStep> {
        db.atomically(async |tx| {
            let sessions = &self.0.sessions;
            if sign_in.has_second_factor() || !sessions.is_enrolled(tx, sign_in.account).await? {
                return Ok(SignInStep::SignedIn(self.start(tx, sign_in, kind).await?));
            }
            let mut factors = vec![TOTP];
            if recovery::left(tx, sign_in.account).await? > 0 {
                factors.push(RECOVERY_CODE);
            }
            let challenge = challenges::insert(tx, &sign_in, kind, factors).await?;
            Ok(SignInStep::Challenge(challenge))
        })
        .await
    }

    /// Answers a challenge with a code of the app or a recovery code, and begins the session that was asked for.
    ///
    /// # Errors
    ///
    /// 429 with `Retry-After` after ten wrong codes for the account, over all challenges: for half a minute at first, and a quarter of an hour at
    /// most. [`SignIn::limited_as`] spares the browsers of its owner.
    pub async fn answer<C: Connection>(
        &self,
        db: &C,
        challenge: Uuid,
        secret: &str,
        code: &str,
        device: &Device,
    ) -> Result<Answer<NewSession>> {
        let Some(secret) = OpaqueToken::parse(secret) else {
            return Ok(Answer::Gone);
        };
        // Not within the transaction: the limit may be counted by another server.
        let Some(pending) = challenges::find(db, challenge, &secret).await? else {
            return Ok(Answer::Gone);
        };
        let attempt = self.0.limits.attempt(&LOCKOUT, &pending.subject).await?;
        let answer = db.atomically(async |tx| {
            let Some(pending) = challenges::take_try(tx, challenge, &secret).await? else {
                return Ok(Answer::Gone);
            };
            let Some(factor) = self.verify(tx, pending.account, code).await? else {
                return Ok(if pending.is_exhausted() {
                    Answer::Exhausted(pending.account)
                } else {
                    Answer::Wrong
                });
            };
            challenges::delete(tx, challenge).await?;
            let factors = format!("{} {factor}", pending.factors);
            let sign_in = SignIn::of(pending.account, factors)
                .from(device)
                .remembered(pending.is_remembered);
            Ok(Answer::Accepted(
                self.start(tx, sign_in, pending.kind).await?,
            ))
        });
        let answer = answer.await?;
        if let Answer::Accepted(_) = answer {
            attempt.succeeded().await;
        }
        Ok(answer)
    }

    /// Begins a session in the place of one whose person has confirmed with a code who they are, as [`Recent`](crate::auth::Recent) asks for: in an
    /// account with a second factor the password alone is not enough.
    ///
    /// # Errors
    ///
    /// 401 if the session has ended, and 429 with `Retry-After` after five wrong codes in it.
    pub async fn confirm<C: Connection>(
        &self,
        db: &C,
        session: &Session,
        code: &str,
    ) -> Result<Answer<NewSession>> {
        // By session: whoever has one must not lock the owner out of the others.
        let subject = session.id.to_string();
        let attempt = self.0.limits.attempt(&CONFIRMATION, &subject).await?;
        let answer = db.atomically(async |tx| {
            let Some(factor) = self.verify(tx, session.account, code).await? else {
                return Ok(Answer::Wrong);
            };
            Ok(Answer::Accepted(self.replace(tx, session, factor).await?))
        });
        let answer = answer.await?;
        if let Answer::Accepted(_) = answer {
            attempt.succeeded().await;
        }
        Ok(answer)
    }

    /// Begins a session in the place of one whose person has shown the password once more.
    ///
    /// Fails with 403 `second_factor_required` if the account has a second factor.
    pub(in crate::auth) async fn confirm_password(
        &self,
        tx: &Transaction,
        session: &Session,
    ) -> Result<NewSession> {
        const FACTOR: &str = "password";
        let (sessions, account) = (&self.0.sessions, session.account);
        sessions.require_factors(tx, account, FACTOR).await?;
        self.replace(tx, session, FACTOR).await
    }

    /// Seals all secrets with the first key, and returns the number of those that were not, and of those that cannot be opened.
    pub(in crate::auth) async fn reseal(&self, db: &Db) -> Result<(u64, u64)> {
        let (mut resealed, mut lost) = (0, 0);
        let mut start = Uuid::nil();
        loop {
            let batch = factors::after(db, start, BATCH).await?;
            let Some(end) = batch.last() else {
                return Ok((resealed, lost));
            };
            start = end.id;
            for stored in &batch {
                match factors::reseal(db, &self.0.keys, stored).await? {
                    Some(was_old) => resealed += u64::from(was_old),
                    None => lost += 1,
                }
            }
        }
    }

    /// Deletes what is of no more use, and returns the number of rows.
    pub(in crate::auth) async fn prune(db: &Db) -> Result<u64> {
        let now = Utc::now();
        Ok(challenges::prune(db, now).await? + factors::prune(db, now).await?)
    }

    /// A code of a secret that was not used yet: the clock of the codes moves on to the next step. For tests alone.
    pub(in crate::auth) fn next_code(&self, secret: &str) -> Option<String> {
        let secret = Secret::parse(secret)?;
        self.0.ahead.fetch_add(1, Ordering::Relaxed);
        Some(secret.text_of(totp::step_at(self.now())))
    }

    /// Uses a code of an account up, and returns the name of the factor. `None` if it is wrong, or was used before.
    async fn verify(
        &self,
        tx: &Transaction,
        account: AccountKey,
        code: &str,
    ) -> Result<Option<&'static str>> {
        if !totp::is_code(code) {
            let is_right = recovery::take(tx, account, code, Utc::now()).await?;
            return Ok(is_right.then_some(RECOVERY_CODE));
        }
        for stored in factors::with_secrets(tx, account).await? {
            let secret = stored.secret(&self.0.keys);
            let step = secret.and_then(|secret| secret.step_of(code, self.now()));
            if let Some(step) = step
                && factors::take_step(tx, stored.id, step).await?
            {
                return Ok(Some(TOTP));
            }
        }
        Ok(None)
    }

    async fn start(
        &self,
        tx: &Transaction,
        sign_in: SignIn,
        kind: SessionKind,
    ) -> Result<NewSession> {
        match kind {
            SessionKind::Browser => Ok(self.0.sessions.start(tx, sign_in).await?.into()),
            SessionKind::Token => {
                let (session, tokens) = self.0.tokens.start_session(tx, sign_in).await?;
                Ok(NewSession::new(session, NewCredential::Tokens(tokens)))
            }
        }
    }

    /// Begins a session in the place of one that has shown a factor more.
    pub(super) async fn replace(
        &self,
        tx: &Transaction,
        session: &Session,
        factor: &str,
    ) -> Result<NewSession> {
        let (sessions, own) = (&self.0.sessions, own(session.account, session.id));
        let confirmed = sessions.confirmed(tx, own, session.kind, factor).await?;
        match session.kind {
            SessionKind::Browser => Ok(sessions.begin(tx, confirmed).await?.into()),
            SessionKind::Token => {
                let tokens = self.0.tokens.begin(tx, confirmed.clone()).await?;
                Ok(NewSession::new(confirmed, NewCredential::Tokens(tokens)))
            }
        }
    }

    /// The time by which codes are made.
    pub(super) fn now(&self) -> DateTime<Utc> {
        let ahead = self.0.ahead.load(Ordering::Relaxed);
        Utc::now() + TimeDelta::seconds(ahead * STEP)
    }
}

impl fmt::Debug for SecondFactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecondFactor")
            .field("issuer", &self.0.issuer)
            .finish_non_exhaustive()
    }
}
