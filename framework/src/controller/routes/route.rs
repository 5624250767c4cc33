//! One route: a method, a path and a handler, with its options.

use http::StatusCode;

use super::{
    RoutesError,
    deprecation::Deprecation,
    description::Description,
    layer::{RouteLayer, Wrap},
    method::{Delete, Get, Method, Patch, Post, Put, Repeatable},
};
use crate::controller::endpoint::{Endpoint, Erased};

/// A route: a method, a path and a handler, made by [`get`], [`post`], [`put`], [`patch`] and [`delete`]. Its options are methods;
/// each is about this route alone.
///
/// `Route` without a parameter is a route of any method: the element of lists of routes. A route of a certain method converts
/// into one where it is expected:
///
/// ```
/// # use fw::prelude::*;
/// # async fn list(_: Anyone) {}
/// # async fn create(_: Anyone) {}
/// use fw::controller::Route;
///
/// fn shared() -> [Box<Route>; 2] {
///     [get("/", list), post("/", create).idempotent()]
/// }
/// ```
pub struct Route<M: ?Sized = dyn Method> {
    pub(super) definition: Definition,
    /// The last field, so that a box of this can become a box of a route of any method.
    pub(super) method: M,
}

/// A route without its method.
pub(super) struct Definition {
    pub(super) path: String,
    pub(super) handler: Erased,
    pub(super) idempotent: bool,
    pub(super) description: Description,
    pub(super) layers: Vec<Wrap>,
    pub(super) deprecation: Option<Result<Deprecation, RoutesError>>,
}

/// A route for `GET` and `HEAD` requests. Its handler sees both as `GET`. See [`Routes`](super::Routes) for an example.
pub fn get<H: Endpoint<T, M>, T, M>(path: &str, handler: H) -> Box<Route<Get>> {
    Route::new(Get, path.to_owned(), handler.erase())
}

/// A route for `POST` requests. See [`Routes`](super::Routes) for an example.
pub fn post<H: Endpoint<T, M>, T, M>(path: &str, handler: H) -> Box<Route<Post>> {
    Route::new(Post, path.to_owned(), handler.erase())
}

/// A route for `PUT` requests. See [`Routes`](super::Routes) for an example.
pub fn put<H: Endpoint<T, M>, T, M>(path: &str, handler: H) -> Box<Route<Put>> {
    Route::new(Put, path.to_owned(), handler.erase())
}

/// A route for `PATCH` requests. See [`Routes`](super::Routes) for an example.
pub fn patch<H: Endpoint<T, M>, T, M>(path: &str, handler: H) -> Box<Route<Patch>> {
    Route::new(Patch, path.to_owned(), handler.erase())
}

/// A route for `DELETE` requests. See [`Routes`](super::Routes) for an example.
pub fn delete<H: Endpoint<T, M>, T, M>(path: &str, handler: H) -> Box<Route<Delete>> {
    Route::new(Delete, path.to_owned(), handler.erase())
}

impl<M> Route<M> {
    fn new(method: M, path: String, handler: Erased) -> Box<Self> {
        Box::new(Self {
            definition: Definition {
                path,
                idempotent: false,
                description: Description::default(),
                layers: Vec::new(),
                deprecation: None,
                handler,
            },
            method,
        })
    }
}

impl<M: ?Sized> Route<M> {
    /// Sets the summary of the route in the description of the API. Without one it is made from the name of the handler:
    /// `List posts`.
    #[must_use]
    pub fn summary(mut self: Box<Self>, summary: impl Into<String>) -> Box<Self> {
        self.definition.description.summary = Some(summary.into());
        self
    }

    /// Adds an error response with this status and [code](crate::Error::code) to the description of the API, for one that the types
    /// of the handler do not declare: `quota_exceeded`.
    #[must_use]
    pub fn problem(mut self: Box<Self>, status: StatusCode, code: impl Into<String>) -> Box<Self> {
        let problems = &mut self.definition.description.problems;
        problems.push((status, code.into()));
        self
    }

    /// Makes the route idempotent: a repeated request with the same header `Idempotency-Key` gets the response to the first one.
    /// Requests without the header are not affected.
    ///
    /// The handler then runs in one transaction with the storage of its response: `ctx.db` is part of it, and jobs are enqueued
    /// when it is committed. A response of 400 or above rolls the transaction back and is not stored. The rules are those of
    /// [draft-ietf-httpapi-idempotency-key-header-07](https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header-07).
    ///
    /// It adds these responses: 400 `invalid_idempotency_key`, 409 `idempotency_key_in_use` while the first request is being
    /// processed, 422 `idempotency_key_reused` for a request that differs from the first.
    #[must_use]
    pub fn idempotent(mut self: Box<Self>) -> Box<Self>
    where
        M: Repeatable,
    {
        self.definition.idempotent = true;
        self
    }

    /// Wraps a tower layer around the route, such as one of `tower_http` or [`axum::middleware::from_fn`]. A layer that is added
    /// later sees a request earlier.
    #[must_use]
    pub fn layer(mut self: Box<Self>, layer: impl RouteLayer) -> Box<Self> {
        self.definition.layers.push(layer.erase());
        self
    }

    /// Marks the route as deprecated `since` a day and gone from the day of `sunset` on (UTC); `link` leads to instructions for
    /// clients. Days are written `2026-11-21`.
    ///
    /// Its responses have the headers `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and `Link`.
    #[must_use]
    pub fn deprecated(mut self: Box<Self>, since: &str, sunset: &str, link: &str) -> Box<Self> {
        self.definition.deprecation = Some(Deprecation::new(since, sunset, link));
        self
    }
}
