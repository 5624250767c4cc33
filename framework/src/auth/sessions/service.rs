//! The service of sessions: beginning, finding and ending them.

use std::{
    any::TypeId,
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ExprTrait,
    prelude::Uuid,
    sea_query::{Condition, Expr},
};

use super::{
    cache::Cache,
    cookie::SessionCookie,
    freshness::Freshness,
    notices::{self, Notice},
    session::{
        EndReason, Session, SessionKind, SignIn, have_second_factor, second_factor_required,
    },
    store,
};
use crate::{
    auth::{AccountKey, Accounts, BuiltInRoles, Connection, Grants, OpaqueToken, api_key},
    config::AuthConfig,
    db::{Db, Transaction},
    env::Environment,
    error::{Error, Result},
};

/// The sessions of an application, a handle of the [context](crate::context::AppContext):
/// [`ctx.sessions()`](super::super::AuthContext::sessions).
///
/// ```
/// use fw::{auth::{AuthContext, EndReason, SignIn}, prelude::*};
///
/// async fn tour(ctx: &AppContext, user: i64) -> Result<()> {
///     let sessions = ctx.sessions();
///     let phone = sessions.start(&ctx.db, SignIn::of(user, "password")).await?;
///     let laptop = sessions.start(&ctx.db, SignIn::of(user, "password totp")).await?;
///     for session in sessions.list(&ctx.db, user).await? {
///         println!("since {} from {:?}", session.created_at, session.user_agent);
///     }
///     // A session of somebody else is not found, and `false` is a 404.
///     let was_there = sessions.end(&ctx.db, user, phone.session.id, EndReason::Revoked).await?;
///     assert!(was_there);
///     // After a new password:
///     sessions.end_all(&ctx.db, user, Some(laptop.session.id)).await?;
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct Sessions(pub(super) Arc<Shared>);

pub(super) struct Shared {
    pub(super) db: Db,
    pub(super) config: AuthConfig,
    environment: Environment,
    pub(super) cache: Arc<Cache>,
    pub(super) freshness: Arc<Freshness>,
    /// The roles of the code.
    pub(super) roles: BuiltInRoles,
    /// The type of the accounts: one table cannot hold the sessions of two.
    accounts: OnceLock<TypeId>,
    /// Permissions that a test has given to an account, in a session or with an API key.
    pub(super) given: Mutex<HashMap<Given, Grants>>,
}

/// Whom a test has given permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::auth) enum Given {
    Session(Uuid),
    ApiKey(i64),
}

/// A session that has begun, with the cookie that the response must have. See [`SignIn`] for an example.
#[derive(Debug)]
#[must_use = "without its cookie nobody can use the session"]
pub struct StartedSession {
    /// The session.
    pub session: Session,
    /// Its cookie, which is shown this once.
    pub cookie: SessionCookie,
}

impl Sessions {
    /// The sessions in a database.
    pub(in crate::auth) fn new(
        db: Db,
        config: AuthConfig,
        environment: Environment,
        roles: BuiltInRoles,
    ) -> Self {
        Self(Arc::new(Shared {
            db,
            config,
            environment,
            cache: Arc::default(),
            freshness: Arc::default(),
            roles,
            accounts: OnceLock::new(),
            given: Mutex::default(),
        }))
    }

    /// Begins a session of a browser. The one that its cookie had so far ends.
    ///
    /// Fails with 403 `second_factor_required` if the account has a second factor that was not shown:
    /// [`ctx.second_factor().sign_in`](crate::auth::SecondFactor::sign_in) asks for it.
    pub async fn start<C: Connection>(&self, db: &C, sign_in: SignIn) -> Result<StartedSession> {
        let former = sign_in.device.cookie;
        let config = &self.0.config;
        let age = if sign_in.is_remembered {
            config.remember_for
        } else {
            config.max_age
        };
        let session = new_session(SessionKind::Browser, sign_in, age);
        db.atomically(async |tx| {
            self.require_factors(tx, session.account, &session.factors)
                .await?;
            if let Some(cookie) = former {
                let of_cookie = condition("token_hash", cookie.to_bytes());
                self.end_where(tx, of_cookie, EndReason::Replaced).await?;
            }
            self.begin(tx, session).await
        })
        .await
    }

    /// Begins a session in the place of another one of an account in a browser, whose person has shown again who they are. It ends when
    /// that would have, and has the factors of both.
    ///
    /// Fails with 401 if that has ended, or is none of a browser, and with 403 `second_factor_required` if the account has a second factor and only
    /// the password was shown: [`ctx.second_factor().confirm`](crate::auth::SecondFactor::confirm) takes a code.
    pub async fn confirm<C: Connection>(
        &self,
        db: &C,
        account: impl Into<AccountKey>,
        session: Uuid,
        factors: &str,
    ) -> Result<StartedSession> {
        let account = account.into();
        let own = own(account, session);
        db.atomically(async |tx| {
            self.require_factors(tx, account, factors).await?;
            let confirmed = self.confirmed(tx, own, SessionKind::Browser, factors);
            self.begin(tx, confirmed.await?).await
        })
        .await
    }

    /// Begins a session in the place of another one of a browser, whose cookie may be known to somebody else: after a new password, for example. It
    /// ends when that would have, has its factors, and the time at which its person was last asked for them.
    ///
    /// Fails with 401 if that has ended, or is none of a browser.
    pub async fn renew<C: Connection>(&self, db: &C, session: &Session) -> Result<StartedSession> {
        let own = own(session.account, session.id);
        let authenticated_at = session.authenticated_at;
        db.atomically(async |tx| {
            let renewed = self.confirmed(tx, own, SessionKind::Browser, "").await?;
            let renewed = Session {
                authenticated_at,
                ..renewed
            };
            self.begin(tx, renewed).await
        })
        .await
    }

    /// The removal of the session cookie, for the response to a sign-out.
    pub fn removed_cookie(&self) -> SessionCookie {
        SessionCookie::removal(&self.0.environment)
    }

    /// The sessions of an account, those that were used last first.
    pub async fn list<C: Connection>(
        &self,
        db: &C,
        account: impl Into<AccountKey>,
    ) -> Result<Vec<Session>> {
        let now = Utc::now();
        let mut sessions = store::list(db, account.into()).await?;
        sessions.retain(|session| self.is_current(session, session.seen_at, now));
        Ok(sessions)
    }

    /// Ends a session of an account: at once in this process, and within a second in all others. Returns false if there is none of this
    /// account with this id.
    pub async fn end<C: Connection>(
        &self,
        db: &C,
        account: impl Into<AccountKey>,
        session: Uuid,
        reason: EndReason,
    ) -> Result<bool> {
        let own = own(account, session);
        db.atomically(async |tx| Ok(self.end_where(tx, own, reason).await? > 0))
            .await
    }

    /// Ends all sessions of an account, but for one, and returns their number. Sign-ins whose second factor is asked for end as well.
    ///
    /// After a new password, in the same transaction: [`PasswordCheck::store`](crate::auth::PasswordCheck::store) refuses the sign-ins that
    /// have checked the old one and have no session yet.
    pub async fn end_all<C: Connection>(
        &self,
        db: &C,
        account: impl Into<AccountKey>,
        except: Option<Uuid>,
    ) -> Result<u64> {
        let account: AccountKey = account.into();
        let all = condition("user_id", account);
        let others = match except {
            Some(except) => all.add(Expr::col("id").ne(except)),
            None => all,
        };
        db.atomically(async |tx| {
            // First: an answer that is right at this moment has begun its session by then.
            store::delete_challenges(tx, account).await?;
            let ended = store::end(tx, others, EndReason::Revoked).await?;
            // Also if there are none: a process may have kept one that was ended by other means.
            self.notify(tx, Notice::of_account(account)).await?;
            Ok(ended.len() as u64)
        })
        .await
    }

    /// Says that the [standing](Accounts::standing) of an account has changed: its permissions, or whether it may act at all. It takes effect
    /// with the commit, at once in this process and within a second in all others.
    ///
    /// ```
    /// use fw::{auth::AuthContext, prelude::*};
    ///
    /// async fn suspend(ctx: &AppContext, user: i64) -> Result<()> {
    ///     ctx.db.transact(async |tx| {
    ///         tx.execute_unprepared(&format!("UPDATE users SET is_suspended = TRUE WHERE id = {user}")).await?;
    ///         ctx.sessions().account_changed(tx, user).await
    ///     })
    ///     .await
    /// }
    /// ```
    pub async fn account_changed<C: Connection>(
        &self,
        db: &C,
        account: impl Into<AccountKey>,
    ) -> Result<()> {
        let notice = Notice::of_account(account.into());
        db.atomically(async |tx| self.notify(tx, notice).await)
            .await
    }

    /// Fails if an account has a second factor which is not among those that were shown.
    pub(in crate::auth) async fn require_factors<C: Connection>(
        &self,
        db: &C,
        account: AccountKey,
        shown: &str,
    ) -> Result<()> {
        if have_second_factor(shown) || !self.is_enrolled(db, account).await? {
            return Ok(());
        }
        Err(second_factor_required())
    }

    /// Returns whether an account has a second factor.
    pub(in crate::auth) async fn is_enrolled<C: Connection>(
        &self,
        db: &C,
        account: AccountKey,
    ) -> Result<bool> {
        store::is_enrolled(db, account).await
    }

    /// Says that the standing of many accounts has changed, such as of those with a role.
    pub(in crate::auth) async fn accounts_changed(&self, tx: &Transaction) -> Result<()> {
        self.notify(tx, Notice::of_all()).await
    }

    /// Deletes what is of no more use, and returns the number of rows.
    pub(in crate::auth) async fn prune(&self) -> Result<u64> {
        let db = &self.0.db;
        let keys = api_key::store::prune(db).await?;
        Ok(store::prune(db).await? + keys + notices::prune(db).await?)
    }

    /// Gives permissions to an account, for as long as this process lives. For tests alone.
    pub(in crate::auth) fn give(&self, to: Given, grants: Grants) {
        let mut given = self.0.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.insert(to, grants);
    }

    pub(in crate::auth) fn environment(&self) -> &Environment {
        &self.0.environment
    }

    pub(in crate::auth) fn config(&self) -> &AuthConfig {
        &self.0.config
    }

    /// Fails unless all access types and refreshes have the same accounts.
    pub(in crate::auth) fn require<A: Accounts>(&self) -> Result<()> {
        if *self.0.accounts.get_or_init(TypeId::of::<A>) == TypeId::of::<A>() {
            return Ok(());
        }
        Err(Error::internal(
            "two types implement `Accounts`, and the table of sessions has the accounts of one: use one of them in all access types",
        ))
    }

    pub(super) fn is_current(
        &self,
        session: &Session,
        seen_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> bool {
        session.is_current(seen_at, now, self.0.config.idle_timeout)
    }

    /// Stores a new session of a browser.
    pub(in crate::auth) async fn begin<C: Connection>(
        &self,
        db: &C,
        session: Session,
    ) -> Result<StartedSession> {
        let token = OpaqueToken::generate()?;
        store::insert(db, &session, Some(token.hash())).await?;
        let until = session.is_remembered.then_some(session.expires_at);
        Ok(StartedSession {
            cookie: SessionCookie::of(&self.0.environment, &token, until),
            session,
        })
    }

    /// Stores a new session of another client.
    pub(in crate::auth) async fn begin_with_tokens<C: Connection>(
        &self,
        db: &C,
        session: &Session,
    ) -> Result<()> {
        store::insert(db, session, None).await
    }

    /// A new session in the place of one, which ends.
    pub(in crate::auth) async fn confirmed(
        &self,
        tx: &Transaction,
        which: Condition,
        kind: SessionKind,
        factors: &str,
    ) -> Result<Session> {
        let now = Utc::now();
        let former = store::find(tx, which.clone())
            .await?
            .filter(|former| former.kind == kind && self.is_current(former, former.seen_at, now))
            .ok_or_else(Error::unauthorized)?;
        // Of two confirmations at once one gets it.
        if self.end_where(tx, which, EndReason::Replaced).await? == 0 {
            return Err(Error::unauthorized());
        }
        Ok(Session {
            id: Uuid::now_v7(),
            authenticated_at: now,
            seen_at: now,
            factors: with_factors(&former.factors, factors),
            ..former
        })
    }

    /// The session of a client that refreshes its tokens, if it has not ended.
    pub(in crate::auth) async fn of_client<C: Connection>(
        &self,
        db: &C,
        session: Uuid,
    ) -> Result<Option<Session>> {
        let found = store::find(db, condition("id", session)).await?;
        let now = Utc::now();
        Ok(found.filter(|session| {
            session.kind == SessionKind::Token && self.is_current(session, session.seen_at, now)
        }))
    }

    /// Ends sessions and says so, and returns their number.
    pub(in crate::auth) async fn end_where(
        &self,
        tx: &Transaction,
        which: Condition,
        reason: EndReason,
    ) -> Result<u64> {
        let ended = store::end(tx, which, reason).await?;
        for session in &ended {
            self.notify(tx, Notice::of_session(*session)).await?;
        }
        Ok(ended.len() as u64)
    }

    /// Tells the other processes, and this one, with the commit.
    async fn notify(&self, tx: &Transaction, notice: Notice) -> Result<()> {
        notices::write(tx, notice).await?;
        let cache = Arc::clone(&self.0.cache);
        tx.after_commit(move || cache.apply(&[notice]));
        Ok(())
    }
}

/// A session that begins now and ends after `age`.
pub(in crate::auth) fn new_session(kind: SessionKind, sign_in: SignIn, age: Duration) -> Session {
    let now = Utc::now();
    Session {
        id: Uuid::now_v7(),
        account: sign_in.account,
        kind,
        authenticated_at: now,
        factors: sign_in.factors,
        is_remembered: sign_in.is_remembered,
        ip: sign_in.device.ip.map(|ip| ip.to_string()),
        user_agent: sign_in.device.user_agent,
        created_at: now,
        seen_at: now,
        expires_at: now + TimeDelta::from_std(age).unwrap_or(TimeDelta::MAX),
        impersonator: None,
    }
}

/// The factors of a session and those that were shown now, each of them once.
fn with_factors(former: &str, shown: &str) -> String {
    let mut factors: Vec<&str> = former.split_whitespace().collect();
    for factor in shown.split_whitespace() {
        if !factors.contains(&factor) {
            factors.push(factor);
        }
    }
    factors.join(" ")
}

/// The session of an account with an id.
pub(in crate::auth) fn own(account: impl Into<AccountKey>, session: Uuid) -> Condition {
    let account: AccountKey = account.into();
    condition("id", session).add(Expr::col("user_id").eq(account))
}

/// Rows of which a column has a value.
pub(in crate::auth) fn condition(
    column: &'static str,
    value: impl Into<sea_orm::Value>,
) -> Condition {
    Condition::all().add(Expr::col(column).eq(value.into()))
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions")
            .field("config", &self.0.config)
            .finish_non_exhaustive()
    }
}
