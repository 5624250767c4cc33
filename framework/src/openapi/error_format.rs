//! The format of error responses.

use std::fmt;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use super::{Operation, Schema};
use crate::error::Problem;

/// The format of the error responses of an application: [problem details](Problem) (RFC 9457), unless
/// [`Hooks::error_format`](crate::app::Hooks::error_format) says otherwise.
///
/// It is for an API whose clients expect another body, and applies to every error alike: those of handlers and extractors, unknown paths and
/// wrong methods, limits, timeouts and panics. The status and the headers stay, and the description of the API has the schema of the body.
/// Only what is no proper HTTP, which the server refuses before there is a request, gets problem details.
///
/// ```
/// use fw::{dto::prelude::*, error::Problem, prelude::*};
///
/// /// `{"code": "not_found", "message": "there is no such book"}`
/// #[derive(JsonSchema, Serialize)]
/// struct ErrorBody {
///     code: String,
///     message: String,
/// }
///
/// impl From<&Problem<'_>> for ErrorBody {
///     fn from(problem: &Problem<'_>) -> Self {
///         let message = problem.detail.as_deref().unwrap_or(problem.title);
///         Self { code: problem.code.to_owned(), message: message.to_owned() }
///     }
/// }
///
/// struct App;
///
/// impl Hooks for App {
/// #   type Settings = ();
/// #   fn name() -> &'static str { "blog" }
/// #   fn routes() -> Routes { Routes::new() }
/// #   fn migrations() -> Vec<Migration> { Vec::new() }
///     fn error_format() -> ErrorFormat {
///         ErrorFormat::json::<ErrorBody>()
///     }
/// }
/// ```
#[derive(Clone)]
pub struct ErrorFormat {
    media_type: HeaderValue,
    write: fn(&Problem<'_>) -> serde_json::Result<Vec<u8>>,
    #[cfg_attr(not(feature = "openapi"), expect(dead_code, reason = "it describes"))]
    describe: fn(&mut Operation<'_>),
    #[cfg_attr(not(feature = "openapi"), expect(dead_code, reason = "it describes"))]
    is_problem: bool,
}

impl ErrorFormat {
    /// Problem details (RFC 9457).
    pub fn problem_details() -> Self {
        Self {
            media_type: Problem::MEDIA_TYPE,
            write: |problem| serde_json::to_vec(problem),
            describe: |operation| operation.response::<Problem<'_>>(StatusCode::OK),
            is_problem: true,
        }
    }

    /// A JSON body that is made of the problem details. Its media type is `application/json`.
    pub fn json<T>() -> Self
    where
        T: Serialize + Schema + for<'a, 'p> From<&'a Problem<'p>>,
    {
        Self {
            media_type: HeaderValue::from_static("application/json"),
            write: |problem| serde_json::to_vec(&T::from(problem)),
            describe: |operation| operation.response::<T>(StatusCode::OK),
            is_problem: false,
        }
    }

    /// Sets the media type of the body, such as `application/vnd.api+json`.
    ///
    /// # Panics
    ///
    /// Panics if it is no value of a header.
    #[must_use]
    pub fn media_type(mut self, media_type: &'static str) -> Self {
        self.media_type = HeaderValue::from_static(media_type);
        self
    }

    /// The response to a request that failed. A body that cannot be written must not hide the error: it is logged, and the body is that of
    /// problem details.
    pub(crate) fn render(&self, problem: &Problem<'_>) -> Response {
        let body = match (self.write)(problem) {
            Ok(body) => body,
            Err(error) => {
                tracing::error!(%error, "the body of an error cannot be written in the format of the application");
                return problem.to_response();
            }
        };
        let status = StatusCode::from_u16(problem.status).unwrap_or_default();
        (status, [(header::CONTENT_TYPE, &self.media_type)], body).into_response()
    }
}

#[cfg(feature = "openapi")]
impl ErrorFormat {
    /// True if the bodies are problem details.
    pub(super) fn is_problem(&self) -> bool {
        self.is_problem
    }

    /// The media type, without parameters.
    pub(super) fn described_media_type(&self) -> &str {
        let media_type = self.media_type.to_str().unwrap_or_default();
        media_type.split(';').next().unwrap_or_default().trim_end()
    }

    /// The schema of the body.
    pub(super) fn schema(&self, schemas: &mut super::schemas::Schemas) -> serde_json::Value {
        let mut operation = Operation::new(http::Method::GET, Vec::new(), schemas);
        (self.describe)(&mut operation);
        let response = operation.responses.remove(&200);
        let body = response.and_then(|response| response.body);
        body.and_then(|(_, schema)| schema).unwrap_or_default()
    }
}

/// Problem details.
impl Default for ErrorFormat {
    fn default() -> Self {
        Self::problem_details()
    }
}

impl fmt::Debug for ErrorFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorFormat")
            .field("media_type", &self.media_type)
            .finish_non_exhaustive()
    }
}
