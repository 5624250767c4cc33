//! Access rules: the first parameter of a handler says who may call it.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::{StatusCode, request::Parts};
use serde::Serialize;

use crate::{context::AppContext, openapi::Operation};

/// An access rule, as an extractor: a request from which it can be extracted may call the handler.
///
/// It is the first parameter of every handler, so it is checked before the body and the path are read. For a request with an
/// `Idempotency-Key` to an [idempotent](super::Route::idempotent) route it is checked twice, so it must not have side effects.
///
/// A handler without one does not compile. [`Anyone`] lets everybody in; a rule of the application's own is an extractor:
///
/// ```
/// use fw::{axum::extract::FromRequestParts, http::request::Parts, prelude::*};
///
/// /// The service at the other end of a webhook, which sends a token.
/// struct Billing;
///
/// impl Access for Billing {
///     fn rule() -> String {
///         "billing".to_owned()
///     }
///
///     fn caller(&self) -> Option<String> {
///         Some("service:billing".to_owned())
///     }
/// }
///
/// impl FromRequestParts<AppContext> for Billing {
///     type Rejection = Error;
///
///     async fn from_request_parts(parts: &mut Parts, _: &AppContext) -> Result<Self> {
///         match parts.headers.get("x-billing-token") {
///             // A real one compares with a secret, in constant time.
///             Some(token) if token == "let me in" => Ok(Self),
///             Some(_) => Err(Error::forbidden()),
///             None => Err(Error::unauthorized()),
///         }
///     }
/// }
///
/// async fn paid(_: Billing, Path(order): Path<Id>) -> NoContent {
///     tracing::info!(order, "paid");
///     NoContent
/// }
///
/// let routes = Routes::at("/orders").with([post("/{id}/payment", paid)]);
/// assert_eq!(routes.list()[0].access, "billing");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say who may call this handler",
    label = "not an `Access` type",
    note = "the first parameter of a handler says who may call it, for example `_: Anyone`"
)]
pub trait Access: FromRequestParts<AppContext> + Send + 'static {
    /// True if the rule reads the query string, such as a signature in a link. Default false; see
    /// [`Input::READS_QUERY`](crate::openapi::Input::READS_QUERY).
    const READS_QUERY: bool = false;

    /// True if it needs the sessions of accounts.
    #[doc(hidden)]
    const NEEDS_ACCOUNTS: bool = false;

    /// The rule in a word or two, for `routes` and the description of the API: `anyone`, `signed in`, `posts:update`.
    fn rule() -> String;

    /// The caller, as a text that no other caller has, such as `user:7`; `None` if the caller is unknown. Default `None`.
    ///
    /// Each caller has idempotency keys of their own. Unknown callers with the same `Authorization` and `Cookie` headers share
    /// theirs: a client that knows another one's key and sends the very same request gets the other one's response.
    fn caller(&self) -> Option<String> {
        None
    }

    /// The names of the permissions that decide about it, such as `posts:update`. Default none.
    ///
    /// Those of all routes are the permissions of the application: [`KnownPermissions`](super::KnownPermissions).
    fn permissions() -> Vec<String> {
        Vec::new()
    }

    /// The part of the rows that callers with some permissions reach, for `access:matrix` and for tests. By default all with one of
    /// [`permissions`](Self::permissions), and unknown without any.
    fn reach(has: &dyn Fn(&str) -> bool) -> Reach {
        let names = Self::permissions();
        if names.is_empty() {
            Reach::Unknown
        } else if names.iter().any(|name| has(name)) {
            Reach::All
        } else {
            Reach::Nothing
        }
    }

    /// The person who acts in the place of the caller, such as `user:1` of the support; the audit log names both. Default `None`.
    fn impersonator(&self) -> Option<String> {
        None
    }

    /// Adds the rule to the description of the API: the security scheme that it needs ([`Operation::secured`]) and the
    /// problems of requests that it refuses. By default 401 and 403.
    fn describe(operation: &mut Operation<'_>) {
        operation.standard_problem(StatusCode::UNAUTHORIZED);
        operation.standard_problem(StatusCode::FORBIDDEN);
    }
}

/// The access rule that allows every caller.
///
/// ```
/// use fw::prelude::*;
///
/// async fn time(_: Anyone) -> String {
///     fw::model::now().to_rfc3339()
/// }
///
/// let routes = Routes::new().with([get("/time", time)]);
/// assert_eq!(routes.list()[0].access, "anyone");
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Anyone;

impl Access for Anyone {
    fn rule() -> String {
        "anyone".to_owned()
    }

    fn reach(_: &dyn Fn(&str) -> bool) -> Reach {
        Reach::All
    }

    fn describe(_: &mut Operation<'_>) {}
}

/// The part of the rows of a route that a caller reaches by their permissions.
///
/// ```
/// # pub struct Users;
/// # impl fw::auth::Accounts for Users {
/// #     type Id = i64;
/// #     async fn standing(_: &fw::db::Db, _: i64) -> fw::Result<Option<fw::auth::Standing>> { Ok(None) }
/// # }
/// # mod access { fw::permissions! { "posts" { Read = "read" } } }
/// use fw::{auth::Own, controller::{Access, Reach}};
///
/// let reach = |granted: &[&str]| Own::<Users, access::Read>::reach(&|name| granted.contains(&name));
/// assert_eq!(reach(&[]), Reach::Nothing);
/// assert_eq!(reach(&["posts:read"]), Reach::Own);
/// assert_eq!(reach(&["posts:read:any"]), Reach::All);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Reach {
    /// None: the caller is refused.
    Nothing,
    /// It does not depend on permissions.
    Unknown,
    /// Those of the caller's own.
    Own,
    /// All.
    All,
}

/// The reach of callers, by a function that says whether they have a permission: [`Access::reach`] as a value. See
/// [`RouteRule`](super::RouteRule) for an example.
pub type ReachOf = fn(&dyn Fn(&str) -> bool) -> Reach;

impl FromRequestParts<AppContext> for Anyone {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &AppContext) -> Result<Self, Infallible> {
        Ok(Self)
    }
}
