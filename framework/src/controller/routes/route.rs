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
/// `Route` without a parameter is a route of any method: what lists of routes hold. A route of a certain method becomes one where
/// it is expected:
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
    pub(super) parts: Parts,
    /// The last field, so that a box of this can become a box of a route of any method.
    pub(super) method: M,
}

/// A route without its method.
pub(super) struct Parts {
    pub(super) path: String,
    pub(super) handler: Erased,
    pub(super) idempotent: bool,
    pub(super) description: Description,
    pub(super) layers: Vec<Wrap>,
    pub(super) deprecation: Option<Result<Deprecation, RoutesError>>,
}

/// A route that answers `GET` and `HEAD` requests. The handler of both sees `GET`.
pub fn get<H: Endpoint<T, M>, T, M>(path: &str, handler: H) -> Box<Route<Get>> {
    Route::new(Get, path.to_owned(), handler.erase())
}

/// A route that answers `POST` requests.
pub fn post<H: Endpoint<T, M>, T, M>(path: &str, handler: H) -> Box<Route<Post>> {
    Route::new(Post, path.to_owned(), handler.erase())
}

/// A route that answers `PUT` requests.
pub fn put<H: Endpoint<T, M>, T, M>(path: &str, handler: H) -> Box<Route<Put>> {
    Route::new(Put, path.to_owned(), handler.erase())
}

/// A route that answers `PATCH` requests.
pub fn patch<H: Endpoint<T, M>, T, M>(path: &str, handler: H) -> Box<Route<Patch>> {
    Route::new(Patch, path.to_owned(), handler.erase())
}

/// A route that answers `DELETE` requests.
pub fn delete<H: Endpoint<T, M>, T, M>(path: &str, handler: H) -> Box<Route<Delete>> {
    Route::new(Delete, path.to_owned(), handler.erase())
}

impl<M> Route<M> {
    fn new(method: M, path: String, handler: Erased) -> Box<Self> {
        Box::new(Self {
            parts: Parts {
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
    /// Says in a few words what the route does, for the description of the API. Otherwise the name of the handler does: `List posts`.
    #[must_use]
    pub fn summary(mut self: Box<Self>, summary: impl Into<String>) -> Box<Self> {
        self.parts.description.summary = Some(summary.into());
        self
    }

    /// Says that the route can answer with this status and [code](crate::Error::code), which the types of its handler do not tell:
    /// `quota_exceeded`.
    #[must_use]
    pub fn problem(mut self: Box<Self>, status: StatusCode, code: impl Into<String>) -> Box<Self> {
        let problems = &mut self.parts.description.problems;
        problems.push((status, code.into()));
        self
    }

    /// Makes the route answer a repeated request like the first one, when both have the same header `Idempotency-Key`. Requests
    /// without the header are not changed.
    ///
    /// The handler then runs in one transaction with the storage of its answer: `ctx.db` is part of it, and jobs are enqueued
    /// when it is committed. An answer of 400 or above undoes the transaction and is not stored. The rules are those of
    /// [draft-ietf-httpapi-idempotency-key-header-07](https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header-07).
    ///
    /// It adds these answers: 400 `invalid_idempotency_key`, 409 `idempotency_key_in_use` while the first request is being
    /// worked on, 422 `idempotency_key_reused` to another request than the first.
    #[must_use]
    pub fn idempotent(mut self: Box<Self>) -> Box<Self>
    where
        M: Repeatable,
    {
        self.parts.idempotent = true;
        self
    }

    /// Wraps a tower layer around the route, such as one of `tower_http` or [`axum::middleware::from_fn`]. A layer that is added
    /// later sees a request earlier.
    #[must_use]
    pub fn layer(mut self: Box<Self>, layer: impl RouteLayer) -> Box<Self> {
        self.parts.layers.push(layer.erase());
        self
    }

    /// Marks the route as deprecated `since` a day, to be gone from the day of `sunset` on (UTC); `link` leads to what clients
    /// should do. Days are written `2026-11-21`.
    ///
    /// Its answers have the headers `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and `Link`.
    #[must_use]
    pub fn deprecated(mut self: Box<Self>, since: &str, sunset: &str, link: &str) -> Box<Self> {
        self.parts.deprecation = Some(Deprecation::new(since, sunset, link));
        self
    }
}
