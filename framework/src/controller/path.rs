//! The extractor of path parameters.

use axum::extract::{FromRequestParts, RawPathParams, rejection::RawPathParamsRejection};
use http::{StatusCode, request::Parts};
use serde::de::DeserializeOwned;

use crate::{
    error::Error,
    openapi::{Input, Operation, Schema},
    validation::{ParametersError, decode_parameters},
};

/// The primary key of a row, as entities have it unless they are generated with `--id uuid`. See [`Path`] for an example.
pub type Id = i64;

/// An extractor of the parameters of the path, such as `{id}`.
///
/// A path with a malformed parameter (`/posts/abc`, `/posts/99999999999999999999`) does not exist: 404. There is one path for
/// each value: `/posts/+7`, `/posts/007` and a UUID in braces are malformed as well. Only the letters of a UUID may be small or
/// capitals, as [RFC 9562](https://www.rfc-editor.org/rfc/rfc9562#section-4) asks for.
///
/// ```
/// use fw::prelude::*;
///
/// async fn show(_: Anyone, Path(id): Path<Id>) -> String { format!("post {id}") }
/// async fn comment(_: Anyone, Path((post, number)): Path<(Id, u32)>) -> String { format!("{number} of post {post}") }
///
/// Routes::at("/posts").with([get("/{id}", show), get("/{id}/comments/{number}", comment)]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T, S> FromRequestParts<S> for Path<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        // No text in a database has a NUL character, and PostgreSQL refuses to look for one.
        if parts.uri.path().contains("%00") {
            return Err(Error::not_found());
        }
        let parameters = match RawPathParams::from_request_parts(parts, state).await {
            Ok(parameters) => parameters,
            Err(RawPathParamsRejection::InvalidUtf8InPathParam(rejection)) => {
                return Err(Error::not_found().source(rejection));
            }
            Err(rejection) => return Err(Error::internal(rejection)),
        };
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let parameters: Vec<_> = parameters.iter().map(owned).collect();
        match decode_parameters(&parameters) {
            Ok(value) => Ok(Self(value)),
            Err(misfit @ ParametersError::Value) => Err(Error::not_found().source(misfit)),
            // The handler does not fit its route.
            Err(misfit @ ParametersError::Number { .. }) => Err(Error::internal(misfit)),
        }
    }
}

impl<T: Schema> Input for Path<T> {
    const READS_QUERY: bool = false;

    fn describe(operation: &mut Operation<'_>) {
        operation.path_parameters::<T>();
        operation.standard_problem(StatusCode::NOT_FOUND);
    }
}
