//! The description of handler arguments.

use axum::{
    body::Bytes,
    extract::{ConnectInfo, Extension, MatchedPath, RawQuery, Request, State},
};
use http::{Extensions, HeaderMap, Method, Uri, Version, request::Parts};

use super::{Operation, Schema};

/// An argument of a handler, with a description of the parameters and bodies that it takes and the problems that it causes.
///
/// Implemented by the extractors of the framework and of axum. For one of your own, write
///
/// ```
/// # struct Tenant;
/// use fw::{http::StatusCode, openapi::{Input, Location, Operation, Parameter}};
/// use serde_json::json;
///
/// impl Input for Tenant {
///     const READS_QUERY: bool = false;
///
///     fn describe(operation: &mut Operation<'_>) {
///         let header = Parameter::new(Location::Header, "x-tenant", json!({ "type": "string" }));
///         operation.parameter(header.required(true));
///         operation.problem(StatusCode::BAD_REQUEST, "unknown_tenant");
///     }
/// }
/// ```
///
/// or, if clients need not know of it, `impl Input for Tenant {}`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what it takes from a request",
    label = "not an `Input` of a handler",
    note = "an `Access` type is the first parameter; for an extractor of your own, write `impl fw::openapi::Input for {Self} {{}}`, \
            or name in its `describe` what clients must know"
)]
pub trait Input {
    /// False if this argument does not read the query string. Default true: it may.
    ///
    /// A route whose arguments all say so takes no query parameters: each one is a 422 that names it.
    const READS_QUERY: bool = true;

    /// Adds this argument to the description.
    fn describe(operation: &mut Operation<'_>) {
        let _ = operation;
    }
}

/// Implements [`Input`] for arguments that need no description: they come from the server, or are a part of the request as it is.
macro_rules! nothing {
    ($($type:ty),* $(,)?) => {
        $(#[diagnostic::do_not_recommend]
        impl Input for $type {
            const READS_QUERY: bool = false;
        })*
    };
    (of T: $($type:ty),* $(,)?) => {
        $(#[diagnostic::do_not_recommend]
        impl<T> Input for $type {
            const READS_QUERY: bool = false;
        })*
    };
}

/// Implements [`Input`] for arguments that need no description and have the query string in them.
macro_rules! with_query {
    ($($type:ty),* $(,)?) => {
        $(#[diagnostic::do_not_recommend]
        impl Input for $type {})*
    };
}

nothing!(Extensions, HeaderMap, MatchedPath, Method, Version);
nothing!(of T: ConnectInfo<T>, Extension<T>, State<T>);
with_query!(Parts, RawQuery, Request, Uri);
#[cfg(feature = "jobs-board")]
with_query!(axum::extract::OriginalUri);

impl<T: Input> Input for Option<T> {
    const READS_QUERY: bool = T::READS_QUERY;

    fn describe(operation: &mut Operation<'_>) {
        T::describe(operation);
    }
}

impl<T: Input, E> Input for Result<T, E> {
    const READS_QUERY: bool = T::READS_QUERY;

    fn describe(operation: &mut Operation<'_>) {
        T::describe(operation);
    }
}

impl<T: Schema> Input for axum::Json<T> {
    const READS_QUERY: bool = false;

    fn describe(operation: &mut Operation<'_>) {
        operation.body::<T>("application/json");
    }
}

impl<T: Schema> Input for axum::extract::Path<T> {
    const READS_QUERY: bool = false;

    fn describe(operation: &mut Operation<'_>) {
        operation.path_parameters::<T>();
    }
}

#[diagnostic::do_not_recommend]
impl Input for Bytes {
    const READS_QUERY: bool = false;

    fn describe(operation: &mut Operation<'_>) {
        operation.raw_body("application/octet-stream");
    }
}

#[diagnostic::do_not_recommend]
impl Input for String {
    const READS_QUERY: bool = false;

    fn describe(operation: &mut Operation<'_>) {
        operation.raw_body("text/plain");
    }
}
