//! The access rule that asks for a permission.

use std::{fmt, marker::PhantomData, ops::Deref};

use axum::extract::FromRequestParts;
use chrono::{DateTime, Utc};
use http::request::Parts;

use super::{
    caller::Caller,
    problem,
    recent::Timed,
    scheme::{self, Scheme},
};
use crate::{
    auth::{Accounts, Permission},
    context::AppContext,
    controller::Access,
    error::{Error, Result},
    openapi::Operation,
};

/// The access rule that lets those in who have a permission: people who are signed in, and API keys. [`KeyCan`](super::KeyCan) is for API keys
/// alone.
///
/// ```
/// # pub struct Users;
/// # impl fw::auth::Accounts for Users {
/// #     type Id = i64;
/// #     async fn standing(_: &fw::db::Db, _: i64) -> fw::Result<Option<fw::auth::Standing>> { Ok(None) }
/// # }
/// use fw::prelude::*;
///
/// mod access {
///     fw::permissions! { "posts" { Publish = "publish" } }
/// }
///
/// type Can<P> = fw::auth::Can<Users, P>;
///
/// async fn publish(who: Can<access::Publish>, Path(id): Path<Id>) -> NoContent {
///     tracing::info!(post = id, user = who.id, "published");
///     NoContent
/// }
///
/// let routes = Routes::at("/posts").with([post("/{id}/publish", publish)]);
/// assert_eq!(routes.list()[0].access, "posts:publish");
/// ```
///
/// A permission that does not exist does not compile:
///
/// ```compile_fail
/// # pub struct Users;
/// # impl fw::auth::Accounts for Users {
/// #     type Id = i64;
/// #     async fn standing(_: &fw::db::Db, _: i64) -> fw::Result<Option<fw::auth::Standing>> { Ok(None) }
/// # }
/// # mod access { fw::permissions! { "posts" { Publish = "publish" } } }
/// async fn publish(_: fw::auth::Can<Users, access::Published>) {}
/// ```
pub struct Can<A: Accounts, P>(pub Caller<A>, pub(super) PhantomData<fn() -> P>);

impl<A: Accounts, P: Permission> FromRequestParts<AppContext> for Can<A, P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &AppContext) -> Result<Self> {
        let caller = Caller::of(parts, ctx).await?;
        if !caller.grants().allow(P::NAME) {
            return Err(problem::insufficient_scope(P::NAME));
        }
        Ok(Self(caller, PhantomData))
    }
}

impl<A: Accounts, P: Permission> Access for Can<A, P> {
    const NEEDS_ACCOUNTS: bool = true;

    fn rule() -> String {
        P::NAME.to_owned()
    }

    fn caller(&self) -> Option<String> {
        Some(self.0.name())
    }

    fn impersonator(&self) -> Option<String> {
        self.0.impersonator_name()
    }

    fn permissions() -> Vec<String> {
        vec![P::NAME.to_owned()]
    }

    fn describe(operation: &mut Operation<'_>) {
        scheme::describe(operation, &Scheme::ALL, Some(P::NAME));
    }
}

/// The caller: `who.id`.
impl<A: Accounts, P> Deref for Can<A, P> {
    type Target = Caller<A>;

    fn deref(&self) -> &Caller<A> {
        &self.0
    }
}

impl<A: Accounts, P> Timed for Can<A, P> {
    fn authenticated_at(&self) -> Option<DateTime<Utc>> {
        self.0.authenticated_at()
    }
}

impl<A: Accounts, P> fmt::Debug for Can<A, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Can").field(&self.0.account()).finish()
    }
}
