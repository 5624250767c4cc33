//! The account on whose behalf a request is made.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use http::request::Parts;

use super::{context::AuthContext, credential, problem};
use crate::{
    auth::{
        AccountId, AccountKey, Accounts, Grants, Session, Standing,
        sessions::{Live, second_factor_required},
    },
    context::AppContext,
    error::{Error, Result},
};

/// The account on whose behalf a request is made, with its session and its permissions: what all access types have in them.
///
/// ```
/// # struct Users;
/// # impl fw::auth::Accounts for Users {
/// #     type Id = i64;
/// #     async fn standing(_: &fw::db::Db, _: i64) -> fw::Result<Option<fw::auth::Standing>> { Ok(None) }
/// # }
/// use fw::{auth::{AuthContext, EndReason, Issued, SignedIn}, prelude::*};
///
/// async fn sign_out(who: SignedIn<Users>, State(ctx): State<AppContext>) -> Result<Issued<NoContent>> {
///     let sessions = ctx.sessions();
///     sessions.end(&ctx.db, who.id, who.session().id, EndReason::SignedOut).await?;
///     Ok(sessions.removed_cookie().with(NoContent))
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
    /// Fails with 401 without a credential that counts, with 403 if the account needs a second factor that it has not shown, and with 503 if that
    /// cannot be known.
    pub(super) async fn of(parts: &Parts, ctx: &AppContext) -> Result<Self> {
        let caller = Self::with_one_factor(parts, ctx).await?;
        if caller.standing().requires_second_factor && !caller.session().has_second_factor() {
            return Err(second_factor_required());
        }
        Ok(caller)
    }

    /// The caller of a request, also without the second factor that the account needs.
    pub(super) async fn with_one_factor(parts: &Parts, ctx: &AppContext) -> Result<Self> {
        let shown = credential::of(parts, ctx)?;
        let found = ctx.sessions().find::<A>(&ctx.db, shown.credential).await?;
        let live = found.ok_or_else(problem::invalid_credential)?;
        let account = live.session.account;
        // A token names its account; that of its session is the same, or one of the two is wrong.
        if shown
            .subject
            .is_some_and(|subject| subject != account.to_string())
        {
            return Err(problem::invalid_credential());
        }
        let id = A::Id::of(account).ok_or_else(|| {
            Error::internal("`sessions.user_id` is of another type than `Accounts::Id`")
        })?;
        Ok(Self { id, live })
    }

    /// The session.
    pub fn session(&self) -> &Session {
        &self.live.session
    }

    /// The permissions.
    pub fn grants(&self) -> &Grants {
        &self.live.standing.grants
    }

    /// The standing of the account.
    pub fn standing(&self) -> &Standing {
        &self.live.standing
    }

    /// The time at which the person was last asked for a password or the like.
    pub fn authenticated_at(&self) -> DateTime<Utc> {
        self.live.session.authenticated_at
    }

    /// The person of the support who acts in the place of the account, if this is a session of one.
    pub fn impersonator(&self) -> Option<A::Id> {
        self.live.session.impersonator.and_then(A::Id::of)
    }

    /// The caller as a text that no other has, for [`Access::caller`](crate::controller::Access::caller).
    pub(super) fn name(&self) -> String {
        name(self.live.session.account)
    }

    /// The impersonator as such a text, for [`Access::impersonator`](crate::controller::Access::impersonator).
    pub(super) fn impersonator_name(&self) -> Option<String> {
        self.live.session.impersonator.map(name)
    }
}

fn name(account: AccountKey) -> String {
    format!("user:{account}")
}

impl<A: Accounts> Clone for Caller<A> {
    fn clone(&self) -> Self {
        Self {
            id: self.id,
            live: Arc::clone(&self.live),
        }
    }
}
