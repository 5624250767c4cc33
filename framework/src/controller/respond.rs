//! Responses: JSON, 201 with a location, 202 and 204.

use std::fmt;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::{
    error::Error,
    openapi::{Operation, Output, Schema},
};

/// A response of status 200 with a JSON body.
///
/// It is no extractor: take JSON with [`ValidJson`](super::ValidJson), so that nothing is accepted without validation.
///
/// ```
/// use fw::{dto::prelude::*, prelude::*};
///
/// #[derive(JsonSchema, Serialize)]
/// struct BookView {
///     id: Id,
///     title: String,
/// }
///
/// async fn show(_: Anyone, Path(id): Path<Id>) -> Result<Json<BookView>> {
///     Ok(Json(BookView { id, title: "Dune".to_owned() }))
/// }
///
/// Routes::at("/books").with([get("/{id}", show)]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        const JSON: HeaderValue = HeaderValue::from_static("application/json");
        match serde_json::to_vec(&self.0) {
            Ok(body) => {
                let mut response = Response::new(Body::from(body));
                response.headers_mut().insert(header::CONTENT_TYPE, JSON);
                response
            }
            Err(error) => Error::internal(error).into_response(),
        }
    }
}

impl<T: Schema> Output for Json<T> {
    const MEDIA_TYPES: &'static [&'static str] = &["application/json"];

    fn describe(operation: &mut Operation<'_>) {
        operation.response::<T>(StatusCode::OK);
    }
}

/// A response of status 201 with the location of the created resource, and the resource as JSON.
///
/// ```
/// use fw::{axum::response::IntoResponse, prelude::*};
///
/// # #[derive(serde::Serialize)] struct Post;
/// let response = Created::at("/api/v1/posts/7", Post).into_response();
/// assert_eq!(response.status(), 201);
/// assert_eq!(response.headers()["location"], "/api/v1/posts/7");
///
/// // The same, if the request was `POST /api/v1/posts`.
/// let response = Created::at(7, Post);
/// ```
#[derive(Clone, Debug)]
pub struct Created<T> {
    location: String,
    body: T,
}

impl<T> Created<T> {
    /// Makes the response. `location` is the path of the created resource (`/api/v1/posts/7`), or its path relative to that of
    /// the request: `7`.
    pub fn at(location: impl fmt::Display, body: T) -> Self {
        Self {
            location: location.to_string(),
            body,
        }
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let location = match HeaderValue::try_from(self.location.as_str()) {
            Ok(location) => location,
            Err(error) => return Error::internal(error).into_response(),
        };
        let mut response = (
            StatusCode::CREATED,
            [(header::LOCATION, location)],
            Json(self.body),
        )
            .into_response();
        if !self.location.starts_with('/') && !self.location.contains("://") {
            response
                .extensions_mut()
                .insert(RelativeLocation(self.location));
        }
        response
    }
}

impl<T: Schema> Output for Created<T> {
    const MEDIA_TYPES: &'static [&'static str] = &["application/json"];

    fn describe(operation: &mut Operation<'_>) {
        operation.response::<T>(StatusCode::CREATED);
        operation.response_header(
            StatusCode::CREATED,
            "Location",
            "The path of what was created",
        );
    }
}

/// The location of a created resource relative to the path of the request.
#[derive(Clone, Debug)]
pub(super) struct RelativeLocation(String);

impl RelativeLocation {
    /// Completes the location in `response` with the path of the request.
    pub(super) fn resolve(response: &mut Response, path: &str) {
        let Some(Self(rest)) = response.extensions_mut().remove() else {
            return;
        };
        let location = [path.trim_end_matches('/'), "/", &rest].concat();
        if let Ok(location) = HeaderValue::try_from(location) {
            response.headers_mut().insert(header::LOCATION, location);
        }
    }
}

/// A response of status 202, without a body: what was asked for is done later, or is not, and nobody is told which.
///
/// ```
/// use fw::{axum::response::IntoResponse, prelude::*};
///
/// async fn forgot(_: Anyone) -> Result<Accepted> {
///     // A job looks the account up, and sends the mail.
///     Ok(Accepted)
/// }
///
/// Routes::at("/password").with([post("/forgot", forgot)]);
/// assert_eq!(Accepted.into_response().status(), 202);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Accepted;

impl IntoResponse for Accepted {
    fn into_response(self) -> Response {
        StatusCode::ACCEPTED.into_response()
    }
}

impl Output for Accepted {
    fn describe(operation: &mut Operation<'_>) {
        operation.empty_response(StatusCode::ACCEPTED);
    }
}

/// A response of status 204, without a body.
///
/// ```
/// use fw::{axum::response::IntoResponse, prelude::*};
///
/// async fn delete_book(_: Anyone, Path(id): Path<Id>) -> Result<NoContent> {
///     tracing::info!(id, "deleted");
///     Ok(NoContent)
/// }
///
/// Routes::at("/books").with([delete("/{id}", delete_book)]);
/// assert_eq!(NoContent.into_response().status(), 204);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct NoContent;

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl Output for NoContent {
    fn describe(operation: &mut Operation<'_>) {
        operation.empty_response(StatusCode::NO_CONTENT);
    }
}
