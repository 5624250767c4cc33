//! The access rule that lets everybody in who is signed in.

use std::ops::Deref;

use axum::extract::FromRequestParts;
use chrono::{DateTime, Utc};
use http::{StatusCode, request::Parts};
use serde_json::json;

use super::{caller::Caller, recent::Timed};
use crate::{
    auth::{Accounts, sessions::SECOND_FACTOR_REQUIRED},
    context::AppContext,
    controller::Access,
    error::{Error, Result},
    openapi::Operation,
};

/// The access rule that lets everybody in who is signed in, by a browser or with a token.
///
/// ```
/// # pub struct Users;
/// # impl fw::auth::Accounts for Users {
/// #     type Id = i64;
/// #     async fn standing(_: &fw::db::Db, _: i64) -> fw::Result<Option<fw::auth::Standing>> { Ok(None) }
/// # }
/// use fw::prelude::*;
///
/// /// An application has an alias for each access type: its accounts are always the same.
/// type SignedIn = fw::auth::SignedIn<Users>;
///
/// async fn whoami(who: SignedIn) -> String {
///     format!("user {}", who.id)
/// }
///
/// let routes = Routes::new().with([get("/whoami", whoami)]);
/// assert_eq!(routes.list()[0].access, "signed in");
/// ```
#[derive(Clone, Debug)]
pub struct SignedIn<A: Accounts>(pub Caller<A>);

impl<A: Accounts> FromRequestParts<AppContext> for SignedIn<A> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &AppContext) -> Result<Self> {
        Caller::of(parts, ctx).await.map(Self)
    }
}

impl<A: Accounts> Access for SignedIn<A> {
    const NEEDS_ACCOUNTS: bool = true;

    fn rule() -> String {
        "signed in".to_owned()
    }

    fn caller(&self) -> Option<String> {
        Some(self.0.name())
    }

    fn impersonator(&self) -> Option<String> {
        self.0.impersonator_name()
    }

    fn describe(operation: &mut Operation<'_>) {
        describe(operation, None);
        operation.problem(StatusCode::FORBIDDEN, SECOND_FACTOR_REQUIRED);
    }
}

/// The caller: `who.id`.
impl<A: Accounts> Deref for SignedIn<A> {
    type Target = Caller<A>;

    fn deref(&self) -> &Caller<A> {
        &self.0
    }
}

impl<A: Accounts> Timed for SignedIn<A> {
    fn authenticated_at(&self) -> DateTime<Utc> {
        self.0.authenticated_at()
    }
}

/// Describes a rule that a session or a token satisfies, with a permission if it needs one.
pub(super) fn describe(operation: &mut Operation<'_>, permission: Option<&str>) {
    let scopes = permission.map(str::to_owned);
    let session = json!({ "type": "apiKey", "in": "cookie", "name": "__Host-session" });
    let bearer = json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" });
    operation.secured_by_one_of([("session", session), ("bearer", bearer)], scopes);
    operation.problem(StatusCode::UNAUTHORIZED, "unauthorized");
    operation.problem(StatusCode::UNAUTHORIZED, "invalid_credential");
    if permission.is_some() {
        operation.standard_problem(StatusCode::FORBIDDEN);
        operation.problem(StatusCode::FORBIDDEN, SECOND_FACTOR_REQUIRED);
    }
    if !operation.method().is_safe() {
        operation.problem(StatusCode::FORBIDDEN, "cross_origin");
    }
}
