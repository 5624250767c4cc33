//! The error type of handlers, tasks and hooks, and the error response that it becomes.
//!
//! An [`Error`] has two sides. The public part (status, [code](Error::code), detail, fields) follows
//! [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457); the cause stays on the server and is logged once, where the
//! response is written.
//!
//! ```
//! use fw::error::Error;
//!
//! let error = Error::conflict().detail("the post is published already");
//! assert_eq!(error.status(), 409);
//! assert_eq!(error.code(), "conflict");
//! ```

mod field;
mod text;

use std::{
    borrow::Cow, convert::Infallible, error::Error as StdError, fmt, panic::Location, sync::Arc,
};

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;

pub use self::field::FieldError;
use crate::count::counted;

/// The result type of handlers, tasks and hooks.
///
/// ```
/// use fw::prelude::*;
///
/// async fn publish(_: Anyone, Path(id): Path<Id>) -> Result<NoContent> {
///     if id == 7 {
///         return Err(Error::conflict().detail("the post is published already"));
///     }
///     Ok(NoContent)
/// }
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The cause of an [`Error`]: logged, never sent. See [`Error`] for an example.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// A result whose error is the fault of the server, whatever it is: what `?` does not take by itself.
///
/// ```
/// use fw::prelude::*;
///
/// fn count(text: &str) -> Result<u32> {
///     text.parse().or_internal()
/// }
///
/// assert_eq!(count("7").unwrap(), 7);
/// assert_eq!(count("seven").unwrap_err().status(), 500);
/// ```
pub trait OrInternal {
    /// The type of the value.
    type Value;

    /// Returns the value, or [`Error::internal`] with the error as its cause and this place in the code, which
    /// `.map_err(Error::internal)` cannot know.
    #[track_caller]
    fn or_internal(self) -> Result<Self::Value>;
}

impl<T, E: Into<BoxError>> OrInternal for Result<T, E> {
    type Value = T;

    #[track_caller]
    fn or_internal(self) -> Result<T> {
        match self {
            Ok(value) => Ok(value),
            // A closure would be the caller.
            Err(cause) => Err(Error::internal(cause)),
        }
    }
}

/// An error with the response that it becomes.
///
/// There is a function for each common status; [`new`](Self::new) makes one with a code of the application's own. Errors of the
/// database, of files and of JSON become one with `?`.
///
/// ```
/// use fw::{error::BoxError, http::StatusCode, prelude::*};
///
/// fn charge(balance: u32, price: u32) -> Result<u32> {
///     balance.checked_sub(price).ok_or_else(|| {
///         Error::new(StatusCode::PAYMENT_REQUIRED, "balance_too_low").detail(format!("it costs {price}"))
///     })
/// }
///
/// let error = charge(5, 12).unwrap_err();
/// assert_eq!((error.status().as_u16(), error.code()), (402, "balance_too_low"));
/// assert_eq!(error.to_string(), "it costs 12");
///
/// // The cause is for the log; the client gets a 500 without it.
/// let cause: BoxError = "the payment service is down".into();
/// let error = Error::internal(cause);
/// assert_eq!(error.problem().detail, None);
/// assert_eq!(error.chain(), "the payment service is down");
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    status: StatusCode,
    code: Cow<'static, str>,
    detail: Option<Cow<'static, str>>,
    fields: Vec<FieldError>,
    headers: HeaderMap,
    source: Option<BoxError>,
    place: SourcePlace,
}

/// A place in source code: where an error was made, or where `?` made one of another error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SourcePlace {
    /// The path of the file, as the compiler was given it: for an application, from the folder of its workspace on.
    pub(crate) file: Cow<'static, str>,
    /// The number of the line, from 1.
    pub(crate) line: u32,
}

impl SourcePlace {
    /// The place of the caller of the function that this is called in, which is `#[track_caller]` itself.
    #[track_caller]
    fn of_caller() -> Self {
        let location = Location::caller();
        Self {
            file: Cow::Borrowed(location.file()),
            line: location.line(),
        }
    }
}

impl fmt::Display for SourcePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The standard library calls a function that it was given by its name.
        if self.file.ends_with("library/core/src/ops/function.rs") {
            return f.write_str(
                "unknown, as `Error::internal` was called by `map_err`; `.or_internal()` tells it",
            );
        }
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// An extractor that refuses nobody has this rejection.
impl From<Infallible> for Error {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl Error {
    /// An error with a status and a stable code of the application's own, such as `quota_exceeded`.
    #[track_caller]
    pub fn new(status: StatusCode, code: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            status,
            code: code.into(),
            detail: None,
            fields: Vec::new(),
            headers: HeaderMap::new(),
            source: None,
            place: SourcePlace::of_caller(),
        }))
    }

    /// The standard error of a status: its code is the one that the framework itself uses.
    #[track_caller]
    pub fn from_status(status: StatusCode) -> Self {
        let code = match status.as_u16() {
            400 => "bad_request",
            401 => "unauthorized",
            403 => "forbidden",
            404 => "not_found",
            405 => "method_not_allowed",
            406 => "not_acceptable",
            408 => "request_timeout",
            409 => "conflict",
            412 => "precondition_failed",
            413 => "payload_too_large",
            415 => "unsupported_media_type",
            422 => "validation_failed",
            428 => "precondition_required",
            429 => "too_many_requests",
            503 => "service_unavailable",
            500..=599 => "internal_error",
            _ => "error",
        };
        Self::new(status, code)
    }

    /// 400 Bad Request: the request is malformed, for example a body that is not JSON at all.
    #[track_caller]
    pub fn malformed_body(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed_body").detail(detail)
    }

    /// 401 Unauthorized: the client is not authenticated.
    #[track_caller]
    pub fn unauthorized() -> Self {
        Self::from_status(StatusCode::UNAUTHORIZED)
    }

    /// 403 Forbidden: the client is known but not allowed to do this.
    #[track_caller]
    pub fn forbidden() -> Self {
        Self::from_status(StatusCode::FORBIDDEN)
    }

    /// 404 Not Found: there is no such resource.
    #[track_caller]
    pub fn not_found() -> Self {
        Self::from_status(StatusCode::NOT_FOUND)
    }

    /// 409 Conflict: the request contradicts the present state.
    #[track_caller]
    pub fn conflict() -> Self {
        Self::from_status(StatusCode::CONFLICT)
    }

    /// 413 Payload Too Large: the body is larger than `limit` bytes.
    #[track_caller]
    pub fn payload_too_large(limit: usize) -> Self {
        Self::from_status(StatusCode::PAYLOAD_TOO_LARGE).detail(format!(
            "the body is larger than {}",
            counted(limit, "byte", "bytes")
        ))
    }

    /// 415 Unsupported Media Type: the body is of another media type than `expected`.
    #[track_caller]
    pub fn unsupported_media_type(expected: &str) -> Self {
        Self::from_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
            .detail(format!("the content type must be `{expected}`"))
    }

    /// 422 Unprocessable Content: these fields are invalid.
    ///
    /// ```
    /// use fw::error::{Error, FieldError};
    ///
    /// let taken = FieldError::new("/slug", "not_unique", "is taken already");
    /// let error = Error::validation(vec![taken]);
    /// assert_eq!(error.status(), 422);
    /// assert!(error.to_string().ends_with(": /slug is taken already"));
    /// ```
    #[track_caller]
    pub fn validation(fields: Vec<FieldError>) -> Self {
        Self::from_status(StatusCode::UNPROCESSABLE_ENTITY)
            .detail("the request has fields that are not acceptable")
            .fields(fields)
    }

    /// 500 Internal Server Error: the fault is the server's. The cause is logged and never sent.
    #[track_caller]
    pub fn internal(cause: impl Into<BoxError>) -> Self {
        Self::from_status(StatusCode::INTERNAL_SERVER_ERROR).source(cause)
    }

    /// 503 Service Unavailable with `Retry-After` in seconds: a temporary failure.
    #[track_caller]
    pub fn unavailable(retry_after: u32) -> Self {
        Self::from_status(StatusCode::SERVICE_UNAVAILABLE)
            .header(header::RETRY_AFTER, HeaderValue::from(retry_after))
    }

    /// Sets the detail, a sentence for people that is sent to the client.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Sets the invalid fields.
    #[must_use]
    pub fn fields(mut self, fields: Vec<FieldError>) -> Self {
        self.0.fields = fields;
        self
    }

    /// Makes it a problem of the field with this pointer, or of the whole form (`""`), which the form then shows in place of an error page: for a
    /// refusal that people can do something about, such as a wrong password. The key of the message ends with the code; its parameter `seconds` is
    /// the time of `Retry-After`, if there is one. An error of the server, and one that names fields, stays as it is.
    ///
    /// ```
    /// use fw::error::Error;
    ///
    /// let error = Error::conflict().detail("the post is published already").on_form("");
    /// assert_eq!(error.field_errors()[0].code, "conflict");
    /// ```
    #[must_use]
    pub fn on_form(self, pointer: &str) -> Self {
        if !self.0.fields.is_empty() || self.0.status.is_server_error() {
            return self;
        }
        let problem = self.problem();
        let message = problem.detail.as_deref().unwrap_or(problem.title);
        let mut field = FieldError::new(pointer, self.0.code.clone(), message);
        let seconds = self.0.headers.get(header::RETRY_AFTER);
        if let Some(seconds) = seconds.and_then(|value| value.to_str().ok()) {
            field = field.with("seconds", &seconds);
        }
        self.fields(vec![field])
    }

    /// Adds a response header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// Sets the cause, which is logged.
    #[must_use]
    pub fn source(mut self, cause: impl Into<BoxError>) -> Self {
        self.0.source = Some(cause.into());
        self
    }

    /// Sets the place where it comes from, which is that of the caller otherwise.
    #[must_use]
    pub(crate) fn at(mut self, place: SourcePlace) -> Self {
        self.0.place = place;
        self
    }

    /// The place where it comes from.
    pub(crate) fn place(&self) -> &SourcePlace {
        &self.0.place
    }

    /// The status of the response.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The stable code of the response, such as `not_found`.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// The invalid fields.
    pub fn field_errors(&self) -> &[FieldError] {
        &self.0.fields
    }

    /// The additional headers of the response.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// The body of the response, without the path and id of the request.
    pub fn problem(&self) -> Problem<'_> {
        Problem {
            r#type: "about:blank",
            title: self.0.status.canonical_reason().unwrap_or("Error"),
            status: self.0.status.as_u16(),
            code: &self.0.code,
            detail: self.0.detail.as_deref().map(Cow::Borrowed),
            instance: None,
            request_id: None,
            errors: &self.0.fields,
        }
    }
}

/// The body of every error response: the problem details of RFC 9457, with the extensions `code`, `request_id` and `errors`.
///
/// ```
/// use fw::error::Error;
/// use serde_json::json;
///
/// let error = Error::conflict().detail("the post is published already");
/// assert_eq!(
///     json!(error.problem()),
///     json!({
///         "type": "about:blank",
///         "title": "Conflict",
///         "status": 409,
///         "code": "conflict",
///         "detail": "the post is published already",
///     })
/// );
/// ```
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "Problem"))]
pub struct Problem<'a> {
    /// The problem type, always `about:blank`: the status is the kind of problem, and `code` tells which it is.
    pub r#type: &'static str,
    /// The reason phrase of the status.
    pub title: &'a str,
    /// The status code.
    pub status: u16,
    /// A stable code for programs.
    pub code: &'a str,
    /// The explanation for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<Cow<'a, str>>,
    /// The path of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<&'a str>,
    /// The id of the request, as in the header `x-request-id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<&'a str>,
    /// The invalid fields.
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    pub errors: &'a [FieldError],
}

impl Problem<'_> {
    /// The media type of the body.
    pub const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

    /// Makes the response with this body.
    pub fn to_response(&self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(self).unwrap_or_default();
        (status, [(header::CONTENT_TYPE, Self::MEDIA_TYPE)], body).into_response()
    }
}

/// Responds with the error's [`Problem`], and leaves the error itself in the response's extensions (as `Arc<Error>`) so
/// that the `problem` middleware can add the request id and log the cause.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = self.problem().to_response();
        response.headers_mut().extend(self.0.headers.clone());
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .source
            .as_ref()
            .map(|source| &**source as &(dyn StdError + 'static))
    }
}

impl From<std::io::Error> for Error {
    #[track_caller]
    fn from(error: std::io::Error) -> Self {
        Self::internal(error)
    }
}

impl From<serde_json::Error> for Error {
    #[track_caller]
    fn from(error: serde_json::Error) -> Self {
        Self::internal(error)
    }
}
