//! The access rule for those whose second factor is still missing.

use std::ops::Deref;

use axum::extract::FromRequestParts;
use chrono::{DateTime, Utc};
use http::request::Parts;

use super::{caller::Caller, recent::Timed, signed_in::describe};
use crate::{
    auth::Accounts,
    context::AppContext,
    controller::Access,
    error::{Error, Result},
    openapi::Operation,
};

/// The access rule that lets everybody in who is signed in, also without the second factor that the [standing](crate::auth::Standing) of the account
/// asks for: for the routes that enrol one, and those to sign out. All other rules refuse such a session with 403 `second_factor_required`.
///
/// A session that has not shown a second factor which the account has is none, here as well.
///
/// ```
/// # pub struct Users;
/// # impl fw::auth::Accounts for Users {
/// #     type Id = i64;
/// #     async fn standing(_: &fw::db::Db, _: i64) -> fw::Result<Option<fw::auth::Standing>> { Ok(None) }
/// # }
/// use fw::{auth::{AuthContext, Factor, OneFactor}, prelude::*};
///
/// async fn factors(who: OneFactor<Users>, State(ctx): State<AppContext>) -> Result<Json<Vec<Factor>>> {
///     Ok(Json(ctx.second_factor().list(&ctx.db, who.id).await?))
/// }
///
/// let routes = Routes::new().with([get("/factors", factors)]);
/// assert_eq!(routes.list()[0].access, "signed in with one factor");
/// ```
#[derive(Clone, Debug)]
pub struct OneFactor<A: Accounts>(pub Caller<A>);

impl<A: Accounts> FromRequestParts<AppContext> for OneFactor<A> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &AppContext) -> Result<Self> {
        Caller::with_one_factor(parts, ctx).await.map(Self)
    }
}

impl<A: Accounts> Access for OneFactor<A> {
    const NEEDS_ACCOUNTS: bool = true;

    fn rule() -> String {
        "signed in with one factor".to_owned()
    }

    fn caller(&self) -> Option<String> {
        Some(self.0.name())
    }

    fn impersonator(&self) -> Option<String> {
        self.0.impersonator_name()
    }

    fn describe(operation: &mut Operation<'_>) {
        describe(operation, None);
    }
}

/// The caller: `who.id`.
impl<A: Accounts> Deref for OneFactor<A> {
    type Target = Caller<A>;

    fn deref(&self) -> &Caller<A> {
        &self.0
    }
}

impl<A: Accounts> Timed for OneFactor<A> {
    fn authenticated_at(&self) -> DateTime<Utc> {
        self.0.authenticated_at()
    }
}
