//! The response that gives somebody a credential.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

use crate::{
    auth::SessionCookie,
    openapi::{Links, Operation, Output},
};

/// The response that gives somebody a credential, or takes one away: no cache stores it, and its route cannot be
/// [idempotent](crate::controller::Route::idempotent), which would store it. [`SessionCookie::with`] makes it with a cookie,
/// [`new`](Self::new) with a token in the body. See [`SignIn`](crate::auth::SignIn) for an example.
#[derive(Debug)]
pub struct Issued<R> {
    response: R,
    cookies: Vec<HeaderValue>,
}

impl<R> Issued<R> {
    /// A response with a credential in its body.
    pub fn new(response: R) -> Self {
        Self {
            response,
            cookies: Vec::new(),
        }
    }

    /// Adds another cookie: a value of `Set-Cookie`, such as that of a browser that [is known](crate::controller::KnownBrowser::remember) from
    /// now on.
    #[must_use]
    pub fn cookie(mut self, cookie: HeaderValue) -> Self {
        self.cookies.push(cookie);
        self
    }
}

impl SessionCookie {
    /// The response with the cookie.
    pub fn with<R>(self, response: R) -> Issued<R> {
        Issued {
            response,
            cookies: vec![self.header],
        }
    }
}

impl<R: IntoResponse> IntoResponse for Issued<R> {
    fn into_response(self) -> Response {
        const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
        let mut response = self.response.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, NO_STORE);
        for cookie in self.cookies {
            headers.append(header::SET_COOKIE, cookie);
        }
        response
    }
}

impl<R: Output> Output for Issued<R> {
    const MEDIA_TYPES: &'static [&'static str] = R::MEDIA_TYPES;
    const IS_SECRET: bool = true;

    fn describe(operation: &mut Operation<'_>) {
        R::describe(operation);
    }

    fn link(links: &mut Links) {
        R::link(links);
    }
}
