//! The access rule that lets everybody in who is signed in.

use std::{ops::Deref, sync::Arc};

use axum::extract::FromRequestParts;
use chrono::{DateTime, Utc};
use http::{StatusCode, request::Parts};

use super::{
    caller::Caller,
    problem,
    recent::Timed,
    scheme::{self, Scheme},
};
use crate::{
    auth::{
        Accounts, Session,
        sessions::{Identity, SECOND_FACTOR_REQUIRED},
    },
    context::AppContext,
    controller::{Access, Reach},
    error::{Error, Result},
    openapi::Operation,
};

/// The access rule that lets every person in who is signed in, by a browser or with a token. API keys get 403.
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
#[derive(Debug)]
pub struct SignedIn<A: Accounts> {
    caller: Caller<A>,
    session: Arc<Session>,
}

impl<A: Accounts> SignedIn<A> {
    /// The person who is a caller.
    ///
    /// Fails with 403 for an API key.
    pub(super) fn of(caller: Caller<A>) -> Result<Self> {
        let session = match caller.identity() {
            Identity::Session(session) => Arc::clone(session),
            Identity::ApiKey(_) => return Err(problem::not_for_api_keys()),
        };
        Ok(Self { caller, session })
    }

    /// The session.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The time at which the person was last asked for a password or the like.
    pub fn authenticated_at(&self) -> DateTime<Utc> {
        self.session.authenticated_at
    }
}

impl<A: Accounts> FromRequestParts<AppContext> for SignedIn<A> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &AppContext) -> Result<Self> {
        Self::of(Caller::of(parts, ctx).await?)
    }
}

impl<A: Accounts> Access for SignedIn<A> {
    const NEEDS_ACCOUNTS: bool = true;

    fn rule() -> String {
        "signed in".to_owned()
    }

    fn caller(&self) -> Option<String> {
        Some(self.caller.name())
    }

    fn impersonator(&self) -> Option<String> {
        self.caller.impersonator_name()
    }

    fn reach(_: &dyn Fn(&str) -> bool) -> Reach {
        Reach::All
    }

    fn describe(operation: &mut Operation<'_>) {
        scheme::describe(operation, &Scheme::OF_PEOPLE, None);
        operation.standard_problem(StatusCode::FORBIDDEN);
        operation.problem(StatusCode::FORBIDDEN, SECOND_FACTOR_REQUIRED);
    }
}

/// The caller: `who.id`.
impl<A: Accounts> Deref for SignedIn<A> {
    type Target = Caller<A>;

    fn deref(&self) -> &Caller<A> {
        &self.caller
    }
}

impl<A: Accounts> Timed for SignedIn<A> {
    fn authenticated_at(&self) -> Option<DateTime<Utc>> {
        Some(self.session.authenticated_at)
    }
}

impl<A: Accounts> Clone for SignedIn<A> {
    fn clone(&self) -> Self {
        Self {
            caller: self.caller.clone(),
            session: Arc::clone(&self.session),
        }
    }
}
