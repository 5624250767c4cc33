//! The outcome of a form that was sent: what follows, or the page with the form again.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use schemars::JsonSchema;

use super::{Anywhere, Destination, Form, FormError, Redirect};
use crate::{
    controller::page::{Page, View},
    error::{Error, FieldError},
    openapi::{Links, Operation, Output},
};

/// The outcome of [`Form::submit`]: the result of the work, or the form with what is wrong with it. See [the module](super) for an example.
#[derive(Debug)]
#[must_use]
pub struct Submission<R, T>(Result<R, (StatusCode, Form<T>)>);

/// The outcome of [`Submission::or_again`]: the result of the work, or the page with the form again. See [`Form`] for an example.
#[derive(Debug)]
#[must_use]
pub struct OrAgain<R, V>(Result<R, (StatusCode, V)>);

/// A response to a form: a [`Redirect`] to the page `N`, or the page `V` with the form again, with the status of what is wrong (422, or 409 for
/// a conflict). See [the module](super) for an example.
#[derive(Debug)]
pub struct Submitted<V, N = Anywhere>(Result<Redirect<N>, (StatusCode, V)>);

impl<T: JsonSchema + 'static> Form<T> {
    /// Does the work with the value that was sent, if it keeps the rules.
    ///
    /// # Errors
    ///
    /// Those of the work, unless they name fields: these are for the page.
    pub async fn submit<R>(
        mut self,
        work: impl AsyncFnOnce(T) -> Result<R, Error>,
    ) -> Result<Submission<R, T>, Error> {
        let done = match self.sent.take() {
            Some(Ok(value)) => work(value).await,
            Some(Err(refused)) => Err(refused),
            None => Err(Error::internal("a form that was not sent is submitted")),
        };
        match done {
            Ok(result) => Ok(Submission(Ok(result))),
            Err(error) if error.status().is_client_error() && !error.field_errors().is_empty() => {
                self.add(error.field_errors());
                Ok(Submission(Err((error.status(), self))))
            }
            // The row has another version than the one that the form was opened with.
            Err(error) if error.status() == StatusCode::PRECONDITION_FAILED => {
                let error = FieldError::new(
                    "",
                    "changed_meanwhile",
                    "somebody has changed this since the form was opened; open it again to see the changes",
                );
                self.errors.push(FormError::new(&error, None));
                Ok(Submission(Err((StatusCode::CONFLICT, self))))
            }
            Err(error) => Err(error),
        }
    }
}

impl<R, T> Submission<R, T> {
    /// Makes the page that shows the form again.
    pub fn or_again<V: View>(self, page: impl FnOnce(Form<T>) -> V) -> OrAgain<R, V> {
        OrAgain(self.0.map_err(|(status, form)| (status, page(form))))
    }
}

impl<R, V> OrAgain<R, V> {
    /// Goes on to another page with the result of the work.
    pub fn then<N>(self, next: impl FnOnce(R) -> Redirect<N>) -> Submitted<V, N> {
        Submitted(self.0.map(next))
    }
}

#[cfg(feature = "auth")]
impl<R, V> OrAgain<R, V> {
    /// Goes on to another page with the result of the work, or shows a further form on this page, with status 200.
    pub(crate) fn then_or_show<N>(
        self,
        next: impl FnOnce(R) -> Result<Redirect<N>, V>,
    ) -> Submitted<V, N> {
        let shown = |view| (StatusCode::OK, view);
        Submitted(self.0.and_then(|result| next(result).map_err(shown)))
    }
}

impl<V: View, N> IntoResponse for Submitted<V, N> {
    fn into_response(self) -> Response {
        match self.0 {
            Ok(redirect) => redirect.into_response(),
            Err((status, view)) => {
                let mut response = Page(view).into_response();
                *response.status_mut() = status;
                response
            }
        }
    }
}

impl<V: View, N: Destination> Output for Submitted<V, N> {
    const MEDIA_TYPES: &'static [&'static str] = Page::<V>::MEDIA_TYPES;

    fn describe(operation: &mut Operation<'_>) {
        Redirect::<N>::describe(operation);
        Page::<V>::describe(operation);
    }

    fn link(links: &mut Links) {
        Redirect::<N>::link(links);
        Page::<V>::link(links);
    }
}
