//! The routes of an application: what `cargo fw routes` lists and the server serves.
//!
//! ```
//! use fw::prelude::*;
//!
//! async fn list(_: Anyone) -> &'static str { "posts" }
//! async fn show(_: Anyone, Path(id): Path<Id>) -> String { format!("post {id}") }
//!
//! let routes = Routes::at("/api/v1/posts").get("/", list).get("/{id}", show);
//! assert_eq!(routes.list()[1].path, "/api/v1/posts/{id}");
//! assert_eq!(routes.list()[1].access, "anyone");
//! ```

mod check;
mod deprecation;
mod description;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use axum::{
    Router,
    routing::{MethodFilter, MethodRouter, on},
};
use http::StatusCode;
use serde::Serialize;

pub use self::check::RoutesError;
use self::{deprecation::Deprecation, description::Description};
use super::{
    access::Access,
    allow::only,
    endpoint::{Arguments, Around, Endpoint},
    idempotency::{Repeatable, Switch},
};
use crate::{context::AppContext, openapi::Output};

/// The paths of the health checks.
pub(crate) const LIVE: &str = "/health/live";
pub(crate) const READY: &str = "/health/ready";

/// A list of routes, built by adding handlers.
#[derive(Default)]
#[expect(
    clippy::struct_field_names,
    reason = "what is in a list of routes is routes"
)]
pub struct Routes {
    prefix: String,
    routes: Vec<Route>,
    /// Whether the last route was just added here, so that `idempotent` and others mean that one.
    at_route: bool,
    /// What `check` will say of calls that made no sense.
    mistakes: Vec<RoutesError>,
}

struct Route {
    info: RouteInfo,
    service: MethodRouter<AppContext>,
    /// What makes it idempotent; only `POST` and `PATCH` have it.
    switch: Option<Switch>,
    description: Description,
}

/// One route, for people and programs to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RouteInfo {
    /// `GET`, `POST` …
    pub method: &'static str,
    /// The whole path, with parameters in braces.
    pub path: String,
    /// The path of the handler function.
    pub handler: &'static str,
    /// Who may call it.
    pub access: String,
    /// Whether a repeated request with the same `Idempotency-Key` is answered like the first.
    pub idempotent: bool,
}

impl Routes {
    /// No routes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// No routes yet; every path that is added begins with `prefix`.
    pub fn at(prefix: impl Into<String>) -> Self {
        let mut prefix: String = prefix.into();
        prefix.truncate(prefix.trim_end_matches('/').len());
        Self {
            prefix,
            ..Self::default()
        }
    }

    /// Answers `GET` (and `HEAD`) requests.
    #[must_use]
    pub fn get<H, T>(self, path: &str, handler: H) -> Self
    where
        H: Endpoint<T, Answer: Output>,
        T: Arguments + 'static,
    {
        self.push::<H, T>(
            "GET",
            path,
            on(MethodFilter::GET, Around::new(handler)),
            None,
        )
    }

    /// Answers `POST` requests.
    #[must_use]
    pub fn post<H, T>(self, path: &str, handler: H) -> Self
    where
        H: Endpoint<T, Answer: Output>,
        T: Arguments + 'static,
    {
        self.push_repeatable(MethodFilter::POST, "POST", path, handler)
    }

    /// Answers `PUT` requests.
    #[must_use]
    pub fn put<H, T>(self, path: &str, handler: H) -> Self
    where
        H: Endpoint<T, Answer: Output>,
        T: Arguments + 'static,
    {
        self.push::<H, T>(
            "PUT",
            path,
            on(MethodFilter::PUT, Around::new(handler)),
            None,
        )
    }

    /// Answers `PATCH` requests.
    #[must_use]
    pub fn patch<H, T>(self, path: &str, handler: H) -> Self
    where
        H: Endpoint<T, Answer: Output>,
        T: Arguments + 'static,
    {
        self.push_repeatable(MethodFilter::PATCH, "PATCH", path, handler)
    }

    /// Answers `DELETE` requests.
    #[must_use]
    pub fn delete<H, T>(self, path: &str, handler: H) -> Self
    where
        H: Endpoint<T, Answer: Output>,
        T: Arguments + 'static,
    {
        self.push::<H, T>(
            "DELETE",
            path,
            on(MethodFilter::DELETE, Around::new(handler)),
            None,
        )
    }

    /// Adds the routes of `other`, below the prefix of this list.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.at_route = false;
        self.mistakes.extend(other.mistakes);
        self.routes
            .extend(other.routes.into_iter().map(|mut route| {
                route.info.path = format!("{}{}", self.prefix, route.info.path);
                route
            }));
        self
    }

    /// Wraps a tower layer, such as one of `tower_http` or [`axum::middleware::from_fn`], around the routes added so far.
    #[must_use]
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: tower::Layer<axum::routing::Route> + Clone + Send + Sync + 'static,
        L::Service: tower::Service<axum::extract::Request> + Clone + Send + Sync + 'static,
        <L::Service as tower::Service<axum::extract::Request>>::Response:
            axum::response::IntoResponse + 'static,
        <L::Service as tower::Service<axum::extract::Request>>::Error:
            Into<std::convert::Infallible> + 'static,
        <L::Service as tower::Service<axum::extract::Request>>::Future: Send + 'static,
    {
        self.routes = self
            .routes
            .into_iter()
            .map(|route| Route {
                service: route.service.layer(layer.clone()),
                ..route
            })
            .collect();
        self
    }

    /// Says in a few words what the route does that was added last, for the description of the API. Otherwise the name of the
    /// handler does: `List posts`.
    #[must_use]
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        if let Some(route) = self.last("summary") {
            route.description.summary = Some(summary.into());
        }
        self
    }

    /// Says that the route that was added last can answer with this status and [code](crate::Error::code), which its handler's types do not
    /// tell: `quota_exceeded`.
    #[must_use]
    pub fn problem(mut self, status: StatusCode, code: impl Into<String>) -> Self {
        if let Some(route) = self.last("problem") {
            route.description.problems.push((status, code.into()));
        }
        self
    }

    /// Makes the route that was added last, a `POST` or `PATCH`, answer a repeated request like the first one, when both have
    /// the same header `Idempotency-Key`. Requests without the header are not changed.
    ///
    /// The handler then runs in one transaction with the storage of its answer: `ctx.db` is part of it, and jobs are enqueued
    /// when it is committed. An answer of 400 or above undoes the transaction and is not stored. The rules are those of
    /// [draft-ietf-httpapi-idempotency-key-header-07](https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header-07).
    ///
    /// It adds these answers: 400 `invalid_idempotency_key`, 409 `idempotency_key_in_use` while the first request is being
    /// worked on, 422 `idempotency_key_reused` to another request than the first.
    #[must_use]
    pub fn idempotent(mut self) -> Self {
        if let Some(route) = self.last("idempotent") {
            route.info.idempotent = true;
            if let Some(switch) = &route.switch {
                switch.turn_on();
            }
        }
        self
    }

    /// The route that `call` is about: the one that was just added.
    fn last(&mut self, call: &'static str) -> Option<&mut Route> {
        if !self.at_route {
            self.mistakes.push(RoutesError::Misplaced { call });
            return None;
        }
        self.routes.last_mut()
    }

    /// Marks the routes added so far as deprecated `since` a day, to be gone from the day of `sunset` on (UTC); `link` leads to what
    /// clients should do. Days are written `2026-11-21`.
    ///
    /// Their answers have the headers `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and `Link`.
    #[must_use]
    pub fn deprecated(mut self, since: &str, sunset: &str, link: &str) -> Self {
        match Deprecation::new(since, sunset, link) {
            Ok(deprecation) => {
                for route in &mut self.routes {
                    let service = std::mem::take(&mut route.service);
                    route.service = service.layer(deprecation.layer());
                    route.description.deprecated = true;
                }
            }
            Err(mistake) => self.mistakes.push(mistake),
        }
        self
    }

    /// The same handlers at other paths: those below `from` are below `to` instead. Routes that are added afterwards have
    /// whole paths.
    ///
    /// ```
    /// # use fw::prelude::*;
    /// # async fn list(_: Anyone) -> &'static str { "posts" }
    /// # async fn list_with_authors(_: Anyone) -> &'static str { "posts" }
    /// fn posts() -> Routes {
    ///     Routes::at("/api/v1/posts").get("/", list)
    /// }
    ///
    /// // Version 2 beside version 1: all the same, but for the list.
    /// let v2 = posts()
    ///     .rebase("/api/v1", "/api/v2")
    ///     .replace(Routes::at("/api/v2/posts").get("/", list_with_authors));
    /// let routes = Routes::new().merge(posts()).merge(v2);
    /// assert_eq!(routes.list().len(), 2);
    /// ```
    #[must_use]
    pub fn rebase(mut self, from: &str, to: &str) -> Self {
        self.prefix.clear();
        let mut moved = false;
        for route in &mut self.routes {
            let rest = route.info.path.strip_prefix(from);
            if let Some(rest) = rest.filter(|rest| rest.is_empty() || rest.starts_with('/')) {
                route.info.path = format!("{to}{rest}");
                moved = true;
            }
        }
        if !moved {
            let from = from.to_owned();
            self.mistakes.push(RoutesError::NothingBelow { from });
        }
        self
    }

    /// Adds the routes of `newer`, as [`merge`](Self::merge) does; where both have a handler for a method and path, the newer one
    /// stays.
    #[must_use]
    pub fn replace(mut self, newer: Self) -> Self {
        let replaced: Vec<_> = newer
            .routes
            .iter()
            .map(|route| {
                (
                    route.info.method,
                    format!("{}{}", self.prefix, route.info.path),
                )
            })
            .collect();
        self.routes.retain(|Route { info, .. }| {
            let mut replaced = replaced.iter();
            replaced.all(|(method, path)| (*method, path) != (info.method, &info.path))
        });
        self.merge(newer)
    }

    /// What is routed where, in the order in which it was added.
    pub fn list(&self) -> Vec<RouteInfo> {
        self.routes.iter().map(|route| route.info.clone()).collect()
    }

    /// The router that serves these routes.
    ///
    /// Fails when two routes stand in each other's way.
    pub fn into_router(mut self) -> Result<Router<AppContext>, RoutesError> {
        self.check()?;
        let mut paths: BTreeMap<String, (MethodRouter<AppContext>, Vec<&str>)> = BTreeMap::new();
        for route in self.routes {
            let (service, mut methods) = paths.remove(&route.info.path).unwrap_or_default();
            methods.push(route.info.method);
            paths.insert(route.info.path, (service.merge(route.service), methods));
        }
        Ok(paths
            .into_iter()
            .fold(Router::new(), |router, (path, (service, methods))| {
                router.route(&path, only(service, &methods))
            }))
    }

    fn push<H, T>(
        mut self,
        method: &'static str,
        path: &str,
        service: MethodRouter<AppContext>,
        switch: Option<Switch>,
    ) -> Self
    where
        H: Endpoint<T, Answer: Output>,
        T: Arguments + 'static,
    {
        let path = match path {
            "" | "/" if !self.prefix.is_empty() => self.prefix.clone(),
            path => format!("{}{path}", self.prefix),
        };
        self.routes.push(Route {
            info: RouteInfo {
                method,
                path,
                handler: std::any::type_name::<H>(),
                access: T::Access::rule(),
                idempotent: false,
            },
            service,
            switch,
            description: Description::of::<H, T>(),
        });
        self.at_route = true;
        self
    }

    /// Adds a route that can be made idempotent.
    fn push_repeatable<H, T>(
        self,
        filter: MethodFilter,
        method: &'static str,
        path: &str,
        handler: H,
    ) -> Self
    where
        H: Endpoint<T, Answer: Output>,
        T: Arguments + 'static,
    {
        let switch = Switch::default();
        let service = Repeatable::new(Around::new(handler), switch.clone());
        self.push::<H, T>(method, path, on(filter, service), Some(switch))
    }
}
