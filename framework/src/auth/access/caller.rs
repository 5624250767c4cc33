//! The account on whose behalf a request is made.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use http::request::Parts;

use super::{
    context::AuthContext,
    credential::{self, Claim},
    problem,
};
use crate::{
    auth::{
        AccountId, AccountKey, Accounts, ApiKey, Grants, Session, Standing,
        sessions::{Identity, Live, second_factor_required},
    },
    context::AppContext,
    controller::KnownPermissions,
    error::{Error, Result},
    limits::Limit,
};

/// The number of times that a key of one prefix is refused with 401. Those that are valid are not counted.
const REFUSED_KEYS: Limit = Limit::new("refused-api-keys", 20, Duration::from_mins(1));

/// The account on whose behalf a request is made, with its permissions: what all access types have in them. A person has signed in to it, or a
/// program has shown one of its API keys.
///
/// [`Can`](super::Can) and [`Own`](super::Own) let both in. [`SignedIn`](super::SignedIn) and [`Recent`](super::Recent) are for people, whose
/// session a handler can rely on then; [`KeyCan`](super::KeyCan) is for API keys.
///
/// ```
/// # struct Users;
/// # impl fw::auth::Accounts for Users {
/// #     type Id = i64;
/// #     async fn standing(_: &fw::db::Db, _: i64) -> fw::Result<Option<fw::auth::Standing>> { Ok(None) }
/// # }
/// # mod access { fw::permissions! { "posts" { Publish = "publish" } } }
/// use fw::{auth::Can, prelude::*};
///
/// async fn publish(who: Can<Users, access::Publish>) -> String {
///     match who.api_key() {
///         Some(key) => format!("user {}, by the key `{}`", who.id, key.name),
///         None => format!("user {}", who.id),
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Caller<A: Accounts> {
    /// The id of the account.
    pub id: A::Id,
    live: Arc<Live>,
}

impl<A: Accounts> Caller<A> {
    /// The caller of a request.
    ///
    /// Fails with 401 without a credential that counts, with 403 if the account needs a second factor that its session has not shown, with 429 for
    /// too many wrong keys, and with 503 if it cannot be known.
    pub(super) async fn of(parts: &Parts, ctx: &AppContext) -> Result<Self> {
        let caller = Self::with_one_factor(parts, ctx).await?;
        let has_shown_it = caller.session().is_none_or(Session::has_second_factor);
        if caller.standing().requires_second_factor && !has_shown_it {
            return Err(second_factor_required());
        }
        Ok(caller)
    }

    /// The caller of a request, also without the second factor that the account needs.
    pub(super) async fn with_one_factor(parts: &Parts, ctx: &AppContext) -> Result<Self> {
        let shown = credential::of(parts, ctx, A::TOKEN_SCHEME)?;
        let found = ctx.sessions().find::<A>(&ctx.db, shown.credential).await?;
        let Some(live) = found else {
            if let Claim::Prefix(prefix) = &shown.claim {
                ctx.limits.check(&REFUSED_KEYS, prefix).await?;
            }
            return Err(problem::invalid_credential());
        };
        let account = live.identity.account();
        // A token names its account; that of its session is the same, or one of the two is wrong.
        if let Claim::Subject(subject) = &shown.claim
            && *subject != account.to_string()
        {
            return Err(problem::invalid_credential());
        }
        let id = A::Id::of(account)
            .ok_or_else(|| Error::internal("`user_id` is of another type than `Accounts::Id`"))?;
        Ok(Self { id, live })
    }

    /// The session, if a person has signed in.
    pub fn session(&self) -> Option<&Session> {
        match &self.live.identity {
            Identity::Session(session) => Some(session),
            Identity::ApiKey(_) => None,
        }
    }

    /// The API key, if a program has shown one.
    pub fn api_key(&self) -> Option<&ApiKey> {
        match &self.live.identity {
            Identity::Session(_) => None,
            Identity::ApiKey(key) => Some(key),
        }
    }

    /// The permissions: of an API key those that both it and its owner have.
    pub fn grants(&self) -> &Grants {
        &self.live.standing.grants
    }

    /// The names of the permissions that routes ask for and that the caller has, in alphabetical order: what `*` stands for as well.
    pub fn permissions(&self, ctx: &AppContext) -> Vec<String> {
        let known = ctx.get::<KnownPermissions>().cloned().unwrap_or_default();
        let own = known.names().filter(|name| self.grants().allow(name));
        own.map(str::to_owned).collect()
    }

    /// The standing of the account.
    pub fn standing(&self) -> &Standing {
        &self.live.standing
    }

    /// The time at which the person was last asked for a password or the like.
    pub fn authenticated_at(&self) -> Option<DateTime<Utc>> {
        self.session().map(|session| session.authenticated_at)
    }

    /// The person of the support who acts in the place of the account, if this is a session of one.
    pub fn impersonator(&self) -> Option<A::Id> {
        self.impersonator_key().and_then(A::Id::of)
    }

    pub(super) fn identity(&self) -> &Identity {
        &self.live.identity
    }

    /// The account, as either type of ids.
    pub(super) fn account(&self) -> AccountKey {
        self.live.identity.account()
    }

    /// The caller as a text that no other has, for [`Access::caller`](crate::controller::Access::caller).
    pub(super) fn name(&self) -> String {
        self.live.identity.name()
    }

    /// The impersonator as such a text, for [`Access::impersonator`](crate::controller::Access::impersonator).
    pub(super) fn impersonator_name(&self) -> Option<String> {
        self.impersonator_key()
            .map(|account| format!("user:{account}"))
    }

    fn impersonator_key(&self) -> Option<AccountKey> {
        self.session().and_then(|session| session.impersonator)
    }
}

impl<A: Accounts> Clone for Caller<A> {
    fn clone(&self) -> Self {
        Self {
            id: self.id,
            live: Arc::clone(&self.live),
        }
    }
}
