//! The access rule that one of two rules holds.

use axum::extract::FromRequestParts;
use http::{StatusCode, request::Parts};

use super::problem;
use crate::{
    context::AppContext,
    controller::{Access, Reach},
    error::{Error, Result},
    openapi::Operation,
};

/// The access rule that one of two rules holds; the first that does counts.
///
/// ```
/// # pub struct Users;
/// # impl fw::auth::Accounts for Users {
/// #     type Id = i64;
/// #     async fn standing(_: &fw::db::Db, _: i64) -> fw::Result<Option<fw::auth::Standing>> { Ok(None) }
/// # }
/// # mod access { fw::permissions! { "posts" { Read = "read" } "drafts" { Review = "review" } } }
/// use fw::{auth::{Can, Either, Own}, prelude::*};
///
/// async fn draft(who: Either<Can<Users, access::Review>, Own<Users, access::Read>>) -> &'static str {
///     match who {
///         Either::Left(_) => "any draft",
///         Either::Right(_) => "a draft of your own",
///     }
/// }
///
/// let routes = Routes::new().with([get("/draft", draft)]);
/// assert_eq!(routes.list()[0].access, "drafts:review or posts:read (own)");
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Either<L, R> {
    /// The first rule holds.
    Left(L),
    /// The second rule holds, and the first does not.
    Right(R),
}

impl<L, R> FromRequestParts<AppContext> for Either<L, R>
where
    L: Access + FromRequestParts<AppContext, Rejection = Error>,
    R: Access + FromRequestParts<AppContext, Rejection = Error>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &AppContext) -> Result<Self> {
        let first = match L::from_request_parts(parts, ctx).await {
            Ok(left) => return Ok(Self::Left(left)),
            // It is not known whether the first rule holds.
            Err(error) if error.status().is_server_error() => return Err(error),
            Err(error) => error,
        };
        match R::from_request_parts(parts, ctx).await {
            Ok(right) => Ok(Self::Right(right)),
            Err(second) if second.status().is_server_error() => Err(second),
            // A confirmation helps, whatever the other rule asks for.
            Err(second) if second.code() == problem::REAUTHENTICATION_REQUIRED => Err(second),
            // Of somebody who is known, it is the permission that is missing.
            Err(_)
                if first.code() == problem::REAUTHENTICATION_REQUIRED
                    || first.status() == StatusCode::FORBIDDEN =>
            {
                Err(first)
            }
            Err(second) => Err(second),
        }
    }
}

impl<L, R> Access for Either<L, R>
where
    L: Access + FromRequestParts<AppContext, Rejection = Error>,
    R: Access + FromRequestParts<AppContext, Rejection = Error>,
{
    const READS_QUERY: bool = L::READS_QUERY || R::READS_QUERY;
    const NEEDS_ACCOUNTS: bool = L::NEEDS_ACCOUNTS || R::NEEDS_ACCOUNTS;

    fn rule() -> String {
        format!("{} or {}", L::rule(), R::rule())
    }

    fn caller(&self) -> Option<String> {
        match self {
            Self::Left(left) => left.caller(),
            Self::Right(right) => right.caller(),
        }
    }

    fn impersonator(&self) -> Option<String> {
        match self {
            Self::Left(left) => left.impersonator(),
            Self::Right(right) => right.impersonator(),
        }
    }

    fn permissions() -> Vec<String> {
        [L::permissions(), R::permissions()].concat()
    }

    fn reach(has: &dyn Fn(&str) -> bool) -> Reach {
        L::reach(has).max(R::reach(has))
    }

    fn describe(operation: &mut Operation<'_>) {
        L::describe(operation);
        R::describe(operation);
    }
}
