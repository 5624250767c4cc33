//! The access rule that asks for an API key with a permission.

use std::{fmt, marker::PhantomData, ops::Deref, sync::Arc};

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::{
    caller::Caller,
    can::Can,
    problem,
    scheme::{self, Scheme},
};
use crate::{
    auth::{Accounts, ApiKey, Permission, sessions::Identity},
    context::AppContext,
    controller::Access,
    error::{Error, Result},
    openapi::Operation,
};

/// The access rule that lets API keys in which have a permission. People who are signed in get 403: [`Can`] lets both in.
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
///     fw::permissions! { "readings" { Submit = "submit" } }
/// }
///
/// type KeyCan<P> = fw::auth::KeyCan<Users, P>;
///
/// async fn submit(who: KeyCan<access::Submit>) -> NoContent {
///     tracing::info!(user = who.id, key = who.api_key().name, "submitted");
///     NoContent
/// }
///
/// let routes = Routes::new().with([post("/readings", submit)]);
/// assert_eq!(routes.list()[0].access, "readings:submit (API key)");
/// ```
pub struct KeyCan<A: Accounts, P> {
    caller: Caller<A>,
    key: Arc<ApiKey>,
    permission: PhantomData<fn() -> P>,
}

impl<A: Accounts, P> KeyCan<A, P> {
    /// The API key.
    pub fn api_key(&self) -> &ApiKey {
        &self.key
    }
}

impl<A: Accounts, P: Permission> FromRequestParts<AppContext> for KeyCan<A, P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &AppContext) -> Result<Self> {
        let Can(caller, permission) = Can::from_request_parts(parts, ctx).await?;
        let key = match caller.identity() {
            Identity::ApiKey(key) => Arc::clone(key),
            Identity::Session(_) => return Err(problem::only_for_api_keys()),
        };
        Ok(Self {
            caller,
            key,
            permission,
        })
    }
}

impl<A: Accounts, P: Permission> Access for KeyCan<A, P> {
    const NEEDS_ACCOUNTS: bool = true;

    fn rule() -> String {
        format!("{} (API key)", P::NAME)
    }

    fn caller(&self) -> Option<String> {
        Some(self.caller.name())
    }

    fn permissions() -> Vec<String> {
        vec![P::NAME.to_owned()]
    }

    fn describe(operation: &mut Operation<'_>) {
        scheme::describe(operation, &[Scheme::ApiKey], Some(P::NAME));
    }
}

/// The caller: `who.id`.
impl<A: Accounts, P> Deref for KeyCan<A, P> {
    type Target = Caller<A>;

    fn deref(&self) -> &Caller<A> {
        &self.caller
    }
}

impl<A: Accounts, P> fmt::Debug for KeyCan<A, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyCan").field(&self.key.id).finish()
    }
}
