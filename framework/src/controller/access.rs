//! Access rules: the first parameter of a handler says who may call it.
//!
//! A handler without one does not compile:
//!
//! ```compile_fail
//! use fw::prelude::*;
//!
//! async fn list() -> &'static str { "anyone?" }
//!
//! Routes::at("/posts").with([get("/", list)]);
//! ```
//!
//! ```
//! use fw::prelude::*;
//!
//! async fn list(_: Anyone) -> &'static str { "anyone!" }
//!
//! Routes::at("/posts").with([get("/", list)]);
//! ```

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::{StatusCode, request::Parts};

use crate::{context::AppContext, openapi::Operation};

/// An access rule, as an extractor: a request from which it can be extracted may call the handler.
///
/// It is the first parameter of every handler, so it is checked before the body and the path are read. For a request with an
/// `Idempotency-Key` to an [idempotent](super::Route::idempotent) route it is checked twice, so it must not have side effects.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say who may call this handler",
    label = "not an `Access` type",
    note = "the first parameter of a handler says who may call it, for example `_: Anyone`"
)]
pub trait Access: FromRequestParts<AppContext> + Send + 'static {
    /// True if the rule reads the query string, such as a signature in a link. Default false; see
    /// [`Input::READS_QUERY`](crate::openapi::Input::READS_QUERY).
    const READS_QUERY: bool = false;

    /// The rule in a word or two, for `routes` and the description of the API: `anyone`, `signed in`, `posts:update`.
    fn rule() -> String;

    /// The caller, as a text that no other caller has, such as `user:7`; `None` if the caller is unknown. Default `None`.
    ///
    /// Each caller has idempotency keys of their own. Unknown callers with the same `Authorization` and `Cookie` headers share
    /// theirs: a client that knows another one's key and sends the very same request gets the other one's response.
    fn caller(&self) -> Option<String> {
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
#[derive(Clone, Copy, Debug, Default)]
pub struct Anyone;

impl Access for Anyone {
    fn rule() -> String {
        "anyone".to_owned()
    }

    fn describe(_: &mut Operation<'_>) {}
}

impl FromRequestParts<AppContext> for Anyone {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &AppContext) -> Result<Self, Infallible> {
        Ok(Self)
    }
}
