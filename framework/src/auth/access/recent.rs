//! The access rule that asks for a recent sign-in.

use std::ops::Deref;

use axum::extract::FromRequestParts;
use chrono::{DateTime, TimeDelta, Utc};
use http::{StatusCode, request::Parts};

use super::problem;
use crate::{
    context::AppContext,
    controller::{Access, Reach},
    error::{Error, Result},
    openapi::Operation,
};

/// The difference of clocks for which a sign-in may seem to be in the future.
const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(1);

/// The access rule that another rule holds, and that the person has shown who they are within the last minutes: for what a thief of an
/// open browser must not do, such as a change of the address.
///
/// API keys get 403: they show nothing but themselves. Others get 401 `reauthentication_required`, ask for the password, [confirm](crate::auth::Sessions::confirm) the session and send the
/// request again.
///
/// ```
/// # pub struct Users;
/// # impl fw::auth::Accounts for Users {
/// #     type Id = i64;
/// #     async fn standing(_: &fw::db::Db, _: i64) -> fw::Result<Option<fw::auth::Standing>> { Ok(None) }
/// # }
/// use fw::{auth::{Recent, SignedIn}, prelude::*};
///
/// async fn delete_account(who: Recent<SignedIn<Users>, 5>) -> NoContent {
///     tracing::info!(user = who.id, "deleted");
///     NoContent
/// }
///
/// let routes = Routes::new().with([delete("/account", delete_account)]);
/// assert_eq!(routes.list()[0].access, "signed in within 5 min");
/// ```
#[derive(Clone, Debug)]
pub struct Recent<T, const MINUTES: u64 = 10>(pub T);

/// An access rule that knows when the person has shown who they are. See [`Recent`] for an example.
pub trait Timed {
    /// The time at which the person was last asked for a password or the like; `None` if the caller is no person.
    fn authenticated_at(&self) -> Option<DateTime<Utc>>;
}

/// The other rule: `who.id`.
impl<T, const MINUTES: u64> Deref for Recent<T, MINUTES> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T, const MINUTES: u64> FromRequestParts<AppContext> for Recent<T, MINUTES>
where
    T: Access + Timed + FromRequestParts<AppContext, Rejection = Error>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &AppContext) -> Result<Self> {
        let inner = T::from_request_parts(parts, ctx).await?;
        let Some(authenticated_at) = inner.authenticated_at() else {
            return Err(problem::not_for_api_keys());
        };
        let age = Utc::now() - authenticated_at;
        let seconds = MINUTES * 60;
        let longest = TimeDelta::seconds(i64::try_from(seconds).unwrap_or(i64::MAX / 1_000));
        if age < -CLOCK_SKEW || age >= longest {
            return Err(problem::reauthentication_required(seconds));
        }
        Ok(Self(inner))
    }
}

impl<T, const MINUTES: u64> Access for Recent<T, MINUTES>
where
    T: Access + Timed + FromRequestParts<AppContext, Rejection = Error>,
{
    const READS_QUERY: bool = T::READS_QUERY;
    const NEEDS_ACCOUNTS: bool = T::NEEDS_ACCOUNTS;

    fn rule() -> String {
        match T::rule().as_str() {
            rule if rule.starts_with("signed in") => format!("{rule} within {MINUTES} min"),
            rule => format!("{rule}, signed in within {MINUTES} min"),
        }
    }

    fn caller(&self) -> Option<String> {
        self.0.caller()
    }

    fn impersonator(&self) -> Option<String> {
        self.0.impersonator()
    }

    fn permissions() -> Vec<String> {
        T::permissions()
    }

    fn reach(has: &dyn Fn(&str) -> bool) -> Reach {
        T::reach(has)
    }

    fn describe(operation: &mut Operation<'_>) {
        T::describe(operation);
        operation.problem(StatusCode::UNAUTHORIZED, problem::REAUTHENTICATION_REQUIRED);
    }
}
