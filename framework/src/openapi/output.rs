//! The description of handler responses.

use axum::{
    body::{Body, Bytes},
    response::{Html, Redirect, Response},
};
use http::{HeaderMap, StatusCode};

use super::{Links, Operation, Schema};
use crate::error::Error;

/// A response of a handler, with a description of its statuses, headers and bodies.
///
/// Implemented by the responses of the framework and of axum. For one of your own, write
///
/// ```
/// # struct Csv(String);
/// use fw::openapi::{Operation, Output};
///
/// impl Output for Csv {
///     const MEDIA_TYPES: &'static [&'static str] = &["text/csv"];
///
///     fn describe(operation: &mut Operation<'_>) {
///         operation.raw_response(fw::http::StatusCode::OK, "text/csv");
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not describe a response",
    label = "not an `Output` of a handler",
    note = "return `Json<T>`, `Created<T>`, `NoContent`, `Paginated<T>` or a `Result` of one of them, `Response` if no description is needed, or implement `fw::openapi::Output`",
    note = "a row of an entity is not sent as it is: return a view that is made from it, as `cargo fw generate scaffold` does in `dto.rs`"
)]
pub trait Output {
    /// The media types of the successful response. Requests whose `Accept` excludes them all get a 406 before the handler runs;
    /// without any, every request is taken.
    const MEDIA_TYPES: &'static [&'static str] = &[];

    /// True if the response is for its receiver alone, such as one with a credential: it must not be stored to be repeated.
    #[doc(hidden)]
    const IS_SECRET: bool = false;

    /// Adds this response to the description.
    fn describe(operation: &mut Operation<'_>) {
        let _ = operation;
    }

    /// Adds the pages that this response shows and redirects to.
    #[doc(hidden)]
    fn link(links: &mut Links) {
        let _ = links;
    }
}

impl<T: Output, E: Failure> Output for Result<T, E> {
    const MEDIA_TYPES: &'static [&'static str] = T::MEDIA_TYPES;
    const IS_SECRET: bool = T::IS_SECRET;

    fn describe(operation: &mut Operation<'_>) {
        T::describe(operation);
        E::describe(operation);
    }

    fn link(links: &mut Links) {
        T::link(links);
    }
}

/// An error of a handler, with a description of the problems that it is rendered as.
///
/// An error of your own takes part with an empty `impl`, or names its problems in `describe`:
///
/// ```
/// use fw::{
///     axum::response::{IntoResponse, Response},
///     http::StatusCode,
///     openapi::{Failure, Operation},
///     prelude::*,
/// };
///
/// /// An order that cannot be taken.
/// enum Refusal {
///     SoldOut,
/// }
///
/// impl IntoResponse for Refusal {
///     fn into_response(self) -> Response {
///         let Self::SoldOut = self;
///         Error::new(StatusCode::CONFLICT, "sold_out").into_response()
///     }
/// }
///
/// impl Failure for Refusal {
///     fn describe(operation: &mut Operation<'_>) {
///         operation.problem(StatusCode::CONFLICT, "sold_out");
///     }
/// }
///
/// async fn order(_: Anyone, Path(book): Path<Id>) -> Result<NoContent, Refusal> {
///     if book == 7 { Err(Refusal::SoldOut) } else { Ok(NoContent) }
/// }
///
/// let routes = Routes::at("/books").with([post("/{id}/orders", order)]);
/// let description = routes.describe("shop", "1.0.0");
/// assert!(description["paths"]["/books/{id}/orders"]["post"]["responses"]["409"].is_object());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which problems it is rendered as",
    label = "not the error of a handler",
    note = "return `fw::Result`, or write `impl fw::openapi::Failure for {Self} {{}}`"
)]
pub trait Failure {
    /// Adds the problems that this error is rendered as.
    fn describe(operation: &mut Operation<'_>) {
        let _ = operation;
    }
}

/// A handler that can fail with any [`Error`] can fail with the errors of the database.
#[diagnostic::do_not_recommend]
impl Failure for Error {
    fn describe(operation: &mut Operation<'_>) {
        if operation.method().is_safe() {
            return;
        }
        operation.problem(StatusCode::CONFLICT, "conflict");
    }
}

#[diagnostic::do_not_recommend]
impl Failure for StatusCode {}

#[diagnostic::do_not_recommend]
impl Output for () {
    fn describe(operation: &mut Operation<'_>) {
        operation.empty_response(StatusCode::OK);
    }
}

/// A response that is built by hand has no description.
#[diagnostic::do_not_recommend]
impl<B> Output for Response<B> {}

#[diagnostic::do_not_recommend]
impl Output for Redirect {
    fn describe(operation: &mut Operation<'_>) {
        operation.empty_response(StatusCode::SEE_OTHER);
    }
}

impl<T: Schema> Output for axum::Json<T> {
    const MEDIA_TYPES: &'static [&'static str] = &["application/json"];

    fn describe(operation: &mut Operation<'_>) {
        operation.response::<T>(StatusCode::OK);
    }
}

/// Implements [`Output`] for a response with a status and headers that are known only when it is made.
macro_rules! with_parts {
    ($(impl[$($parameters:tt)*] $response:ty;)*) => {
        $(#[diagnostic::do_not_recommend]
        impl<T: Output, $($parameters)*> Output for $response {
            const MEDIA_TYPES: &'static [&'static str] = T::MEDIA_TYPES;
            const IS_SECRET: bool = T::IS_SECRET;

            fn describe(operation: &mut Operation<'_>) {
                T::describe(operation);
            }

            fn link(links: &mut Links) {
                T::link(links);
            }
        })*
    };
}

with_parts! {
    impl[] (StatusCode, T);
    impl[] (HeaderMap, T);
    impl[K, V, const N: usize] ([(K, V); N], T);
    impl[] (StatusCode, HeaderMap, T);
    impl[K, V, const N: usize] (StatusCode, [(K, V); N], T);
}

macro_rules! raw {
    ($($type:ty => $media_type:literal),* $(,)?) => {
        $(#[diagnostic::do_not_recommend]
        impl Output for $type {
            fn describe(operation: &mut Operation<'_>) {
                operation.raw_response(StatusCode::OK, $media_type);
            }
        })*
    };
}

raw!(
    &'static str => "text/plain",
    String => "text/plain",
    std::borrow::Cow<'static, str> => "text/plain",
    Bytes => "application/octet-stream",
    Vec<u8> => "application/octet-stream",
    Body => "application/octet-stream",
);

#[diagnostic::do_not_recommend]
impl<T> Output for Html<T> {
    const MEDIA_TYPES: &'static [&'static str] = &["text/html"];

    fn describe(operation: &mut Operation<'_>) {
        operation.raw_response(StatusCode::OK, "text/html");
    }
}
