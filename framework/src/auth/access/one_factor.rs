//! The access rule for those whose second factor is still missing.

use std::ops::Deref;

use axum::extract::FromRequestParts;
use chrono::{DateTime, Utc};
use http::{StatusCode, request::Parts};

use super::{
    caller::Caller,
    recent::Timed,
    scheme::{self, Scheme},
    signed_in::SignedIn,
};
use crate::{
    auth::Accounts,
    context::AppContext,
    controller::{Access, Reach},
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
pub struct OneFactor<A: Accounts>(SignedIn<A>);

impl<A: Accounts> FromRequestParts<AppContext> for OneFactor<A> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &AppContext) -> Result<Self> {
        let caller = Caller::with_one_factor(parts, ctx).await?;
        SignedIn::of(caller).map(Self)
    }
}

impl<A: Accounts> Access for OneFactor<A> {
    const NEEDS_ACCOUNTS: bool = true;

    fn rule() -> String {
        "signed in with one factor".to_owned()
    }

    fn caller(&self) -> Option<String> {
        Access::caller(&self.0)
    }

    fn impersonator(&self) -> Option<String> {
        Access::impersonator(&self.0)
    }

    fn reach(_: &dyn Fn(&str) -> bool) -> Reach {
        Reach::All
    }

    fn describe(operation: &mut Operation<'_>) {
        scheme::describe(operation, &Scheme::OF_PEOPLE, None);
        operation.standard_problem(StatusCode::FORBIDDEN);
    }
}

/// The caller: `who.id`.
impl<A: Accounts> Deref for OneFactor<A> {
    type Target = SignedIn<A>;

    fn deref(&self) -> &SignedIn<A> {
        &self.0
    }
}

impl<A: Accounts> Timed for OneFactor<A> {
    fn authenticated_at(&self) -> Option<DateTime<Utc>> {
        Timed::authenticated_at(&self.0)
    }
}
