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
    cache::{Cache, Credential, Live},
    cookie::SessionCookie,
    freshness::Freshness,
    notices::{self, Notice},
    session::{EndReason, Session, SessionKind, SignIn},
    store,
};
use crate::{
    auth::{AccountKey, Accounts, Connection, Grants, OpaqueToken},
    config::AuthConfig,
    db::Db,
    env::Environment,
    error::{Error, Result},
};

/// The longest time between two writes of the time at which a session was seen.
const SEEN_INTERVAL: Duration = Duration::from_mins(5);

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
pub struct Sessions(Arc<Shared>);

struct Shared {
    db: Db,
    config: AuthConfig,
    environment: Environment,
    cache: Arc<Cache>,
    freshness: Arc<Freshness>,
    /// The type of the accounts: one table cannot hold the sessions of two.
    accounts: OnceLock<TypeId>,
    /// Permissions that a test has given to a session.
    given: Mutex<HashMap<Uuid, Grants>>,
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
    pub(in crate::auth) fn new(db: Db, config: AuthConfig, environment: Environment) -> Self {
        Self(Arc::new(Shared {
            db,
            config,
            environment,
            cache: Arc::default(),
            freshness: Arc::default(),
            accounts: OnceLock::new(),
            given: Mutex::default(),
        }))
    }

    /// Begins a session of a browser. The one that its cookie had so far ends.
    pub async fn start<C: Connection>(&self, db: &C, sign_in: SignIn) -> Result<StartedSession> {
        if let Some(cookie) = sign_in.device.cookie {
            let of_cookie = condition("token_hash", cookie.to_bytes());
            self.end_where(db, of_cookie, EndReason::Replaced).await?;
        }
        let config = &self.0.config;
        let age = if sign_in.is_remembered {
            config.remember_for
        } else {
            config.max_age
        };
        let session = new_session(SessionKind::Browser, sign_in, age);
        self.begin(db, session).await
    }

    /// Begins a session in the place of another one of a browser, whose person has shown again who they are. It ends when that would have.
    ///
    /// Fails with 401 if that has ended, or is none of a browser.
    pub async fn confirm<C: Connection>(
        &self,
        db: &C,
        session: Uuid,
        factors: impl Into<String>,
    ) -> Result<StartedSession> {
        let confirmed = self
            .confirmed(db, session, SessionKind::Browser, factors.into())
            .await?;
        self.begin(db, confirmed).await
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
        let account: AccountKey = account.into();
        let own = condition("id", session).add(Expr::col("user_id").eq(account));
        Ok(self.end_where(db, own, reason).await? > 0)
    }

    /// Ends all sessions of an account, but for one, and returns their number.
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
        let ended = store::end(db, others, EndReason::Revoked).await?;
        if !ended.is_empty() {
            self.notify(db, Notice::of_account(account)).await?;
        }
        Ok(ended.len() as u64)
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
        self.notify(db, Notice::of_account(account.into())).await
    }

    /// Deletes what is of no more use, and returns the number of rows.
    pub(in crate::auth) async fn prune(&self) -> Result<u64> {
        Ok(store::prune(&self.0.db).await? + notices::prune(&self.0.db).await?)
    }

    /// Gives permissions to a session for as long as this process lives. For tests alone.
    pub(in crate::auth) fn give(&self, session: Uuid, grants: Grants) {
        let mut given = self.0.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.insert(session, grants);
    }

    pub(in crate::auth) fn environment(&self) -> &Environment {
        &self.0.environment
    }

    pub(in crate::auth) fn config(&self) -> &AuthConfig {
        &self.0.config
    }

    /// The session of a credential with the standing of its account. `None` if it has ended, or the account may not act.
    ///
    /// Fails with 503 if that cannot be known.
    pub(in crate::auth) async fn find<A: Accounts>(
        &self,
        db: &Db,
        credential: Credential,
    ) -> Result<Option<Arc<Live>>> {
        let Shared {
            cache, freshness, ..
        } = &*self.0;
        freshness.ensure(&self.0.db, cache).await?;
        let live = match cache.get(&credential) {
            Some(live) => Some(live),
            None => self.load::<A>(db, credential).await?,
        };
        let now = Utc::now();
        let is_live = |live: &Arc<Live>| {
            live.standing.is_active && self.is_current(&live.session, live.seen_at(), now)
        };
        let Some(live) = live.filter(is_live) else {
            return Ok(None);
        };
        if live.see(now, SEEN_INTERVAL.min(self.0.config.idle_timeout / 10)) {
            // Not within the request, which may be part of a transaction, and must not wait for it.
            let (db, id) = (self.0.db.clone(), live.session.id);
            tokio::spawn(async move {
                if let Err(error) = store::touch(&db, id, now).await {
                    tracing::warn!(error = %error.chain(), "the time of a request cannot be stored");
                }
            });
        }
        Ok(Some(live))
    }

    async fn load<A: Accounts>(
        &self,
        db: &Db,
        credential: Credential,
    ) -> Result<Option<Arc<Live>>> {
        if *self.0.accounts.get_or_init(TypeId::of::<A>) != TypeId::of::<A>() {
            return Err(Error::internal(
                "two types implement `Accounts`, and the table of sessions has the accounts of one: use one of them in all access types",
            ));
        }
        let changes = self.0.cache.changes();
        let found = match credential {
            Credential::Cookie(hash) => condition("token_hash", hash.to_bytes()),
            Credential::Token(id) => condition("id", id),
        };
        let kind = match credential {
            Credential::Cookie(_) => SessionKind::Browser,
            Credential::Token(_) => SessionKind::Token,
        };
        let session = store::find(db, found)
            .await?
            .filter(|session| session.kind == kind);
        let Some(session) =
            session.filter(|session| self.is_current(session, session.seen_at, Utc::now()))
        else {
            return Ok(None);
        };
        let account = crate::auth::AccountId::of(session.account).ok_or_else(|| {
            Error::internal("`sessions.user_id` is of another type than `Accounts::Id`")
        })?;
        let Some(mut standing) = A::standing(db, account).await? else {
            return Ok(None);
        };
        if let Some(given) = self
            .0
            .given
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&session.id)
        {
            standing.grants = standing.grants.and(given);
        }
        let live = Arc::new(Live::new(session, standing));
        self.0.cache.add(credential, Arc::clone(&live), changes);
        Ok(Some(live))
    }

    fn is_current(&self, session: &Session, seen_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
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
    pub(in crate::auth) async fn confirmed<C: Connection>(
        &self,
        db: &C,
        session: Uuid,
        kind: SessionKind,
        factors: String,
    ) -> Result<Session> {
        let found = store::find(db, condition("id", session)).await?;
        let former = found
            .filter(|former| former.kind == kind)
            .ok_or_else(Error::unauthorized)?;
        // Of two confirmations at once one gets it.
        if self
            .end_where(db, condition("id", session), EndReason::Replaced)
            .await?
            == 0
        {
            return Err(Error::unauthorized());
        }
        let now = Utc::now();
        Ok(Session {
            id: Uuid::now_v7(),
            authenticated_at: now,
            seen_at: now,
            factors,
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
    pub(in crate::auth) async fn end_where<C: Connection>(
        &self,
        db: &C,
        which: Condition,
        reason: EndReason,
    ) -> Result<u64> {
        let ended = store::end(db, which, reason).await?;
        for session in &ended {
            self.notify(db, Notice::of_session(*session)).await?;
        }
        Ok(ended.len() as u64)
    }

    async fn notify<C: Connection>(&self, db: &C, notice: Notice) -> Result<()> {
        notices::write(db, notice).await?;
        let cache = Arc::clone(&self.0.cache);
        db.then(move || cache.apply(&[notice]));
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
