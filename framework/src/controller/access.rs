//! Who may call a handler, said in its first parameter.
//!
//! A handler that does not say so does not compile:
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

/// A rule about who may call, as an extractor: when it can be extracted, the caller may.
///
/// It is the first parameter of every handler, so it is asked before the body is read or the path is looked at. For a request
/// with an `Idempotency-Key` to an [idempotent](super::Route::idempotent) route it is asked twice: it only looks, and changes
/// nothing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say who may call this handler",
    label = "not an `Access` type",
    note = "the first parameter of a handler says who may call it, for example `_: Anyone`"
)]
pub trait Access: FromRequestParts<AppContext> + Send + 'static {
    /// The rule in a word or two, for `routes` and the description of the API: `anyone`, `signed in`, `posts:update`.
    fn rule() -> String;

    /// Who calls, as a text that no other caller has, such as `user:7`; `None` when nobody knows. Default `None`.
    ///
    /// Each caller has idempotency keys of their own. Those whom nobody knows, and whose `Authorization` and `Cookie` are the same,
    /// share theirs: who knows another one's key and sends the very same request, gets the other one's answer.
    fn caller(&self) -> Option<String> {
        None
    }

    /// Adds the rule to the description of the API: the security scheme that it needs ([`Operation::secured`]) and the
    /// problems of those who may not call. By default 401 and 403.
    fn describe(operation: &mut Operation<'_>) {
        operation.standard_problem(StatusCode::UNAUTHORIZED);
        operation.standard_problem(StatusCode::FORBIDDEN);
    }
}

/// Everybody may call.
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
