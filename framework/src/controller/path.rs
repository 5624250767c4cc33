//! The parameters of a path.

use axum::extract::{FromRequestParts, path, rejection::PathRejection};
use http::{StatusCode, request::Parts};
use serde::de::DeserializeOwned;

use crate::{
    error::Error,
    openapi::{Input, Operation, Schema},
};

/// The key of a row.
pub type Id = i64;

/// The parameters of the path, such as `{id}`.
///
/// What is not of the right shape (`/posts/abc`, `/posts/99999999999999999999`) does not exist: 404.
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
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(failure)) => {
                use path::ErrorKind::{UnsupportedType, WrongNumberOfParameters};
                match failure.kind() {
                    // The handler does not fit its route.
                    UnsupportedType { .. } | WrongNumberOfParameters { .. } => {
                        Err(Error::internal(failure))
                    }
                    _ => Err(Error::not_found().source(failure)),
                }
            }
            Err(rejection) => Err(Error::internal(rejection)),
        }
    }
}

impl<T: Schema> Input for Path<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.path_parameters::<T>();
        operation.standard_problem(StatusCode::NOT_FOUND);
    }
}
