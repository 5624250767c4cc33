//! What the answer of a handler contributes to its description.

use axum::{
    body::{Body, Bytes},
    response::{Html, Redirect, Response},
};
use http::{HeaderMap, StatusCode};

use super::{Operation, Schema};
use crate::error::Error;

/// An answer of a handler that says which statuses, headers and bodies it has.
///
/// The answers of the framework and of axum have it. One of your own takes part with
///
/// ```
/// # struct Csv(String);
/// use fw::openapi::{Operation, Output};
///
/// impl Output for Csv {
///     const MEDIA_TYPES: &'static [&'static str] = &["text/csv"];
///
///     fn describe(operation: &mut Operation<'_>) {
///         operation.raw_answer(fw::http::StatusCode::OK, "text/csv");
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what it answers",
    label = "not an `Output` of a handler",
    note = "answer with `Json<T>`, `Created<T>`, `NoContent`, `Paginated<T>` or a `Result` of one of them, `Response` when nothing is to be said of it, or implement `fw::openapi::Output`"
)]
pub trait Output {
    /// The media types among which the answer is when all went well. Requests whose `Accept` excludes them all get a 406
    /// before the handler runs; none given means that any request is taken.
    const MEDIA_TYPES: &'static [&'static str] = &[];

    /// Adds what this answer contributes.
    fn describe(operation: &mut Operation<'_>) {
        let _ = operation;
    }
}

impl<T: Output, E: Failure> Output for Result<T, E> {
    const MEDIA_TYPES: &'static [&'static str] = T::MEDIA_TYPES;

    fn describe(operation: &mut Operation<'_>) {
        T::describe(operation);
        E::describe(operation);
    }
}

/// The error of a handler, which says with which problems it can answer.
///
/// An error of your own takes part with an empty `impl`, or names its problems in `describe`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which problems it answers with",
    label = "not the error of a handler",
    note = "return `fw::Result`, or write `impl fw::openapi::Failure for {Self} {{}}`"
)]
pub trait Failure {
    /// Adds the problems that this error answers with.
    fn describe(operation: &mut Operation<'_>) {
        let _ = operation;
    }
}

/// Whoever can fail with any [`Error`] can fail with what the database refuses.
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
        operation.empty_answer(StatusCode::OK);
    }
}

/// A response that was put together by hand: nothing is known of it.
#[diagnostic::do_not_recommend]
impl<B> Output for Response<B> {}

#[diagnostic::do_not_recommend]
impl Output for Redirect {
    fn describe(operation: &mut Operation<'_>) {
        operation.empty_answer(StatusCode::SEE_OTHER);
    }
}

impl<T: Schema> Output for axum::Json<T> {
    const MEDIA_TYPES: &'static [&'static str] = &["application/json"];

    fn describe(operation: &mut Operation<'_>) {
        operation.answer::<T>(StatusCode::OK);
    }
}

/// The status and the headers of such an answer are known only when it is made.
macro_rules! with_parts {
    ($(impl[$($parameters:tt)*] $answer:ty;)*) => {
        $(#[diagnostic::do_not_recommend]
        impl<T: Output, $($parameters)*> Output for $answer {
            const MEDIA_TYPES: &'static [&'static str] = T::MEDIA_TYPES;

            fn describe(operation: &mut Operation<'_>) {
                T::describe(operation);
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
                operation.raw_answer(StatusCode::OK, $media_type);
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
        operation.raw_answer(StatusCode::OK, "text/html");
    }
}
