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

use std::collections::BTreeMap;

use axum::{
    Router,
    handler::Handler,
    routing::{MethodFilter, MethodRouter, on},
};
use serde::Serialize;

use super::{
    access::{Access, Guarded},
    idempotency::{Repeatable, Switch},
};
use crate::{context::AppContext, error::Error};

/// The paths of the health checks.
pub(crate) const LIVE: &str = "/health/live";
pub(crate) const READY: &str = "/health/ready";
const RESERVED: [&str; 2] = [LIVE, READY];

/// A list of routes, built by adding handlers.
#[derive(Default)]
#[allow(
    clippy::struct_field_names,
    reason = "what is in a list of routes is routes"
)]
pub struct Routes {
    prefix: String,
    routes: Vec<Route>,
    /// Whether the last route was just added here, so that `idempotent` means that one.
    at_route: bool,
    /// `idempotent` was called where there is no route to mean.
    misplaced: bool,
}

struct Route {
    info: RouteInfo,
    service: MethodRouter<AppContext>,
    /// What makes it idempotent; only `POST` and `PATCH` have it.
    switch: Option<Switch>,
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

/// Routes that cannot be served together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RoutesError {
    /// Two handlers for one method and path.
    #[error(
        "two handlers for `{method} {path}`: `{first}` and `{second}`\nhint: remove one of the two routes"
    )]
    Duplicate {
        /// The method.
        method: &'static str,
        /// The path.
        path: String,
        /// The handler that was added first.
        first: &'static str,
        /// The handler that was added later.
        second: &'static str,
    },
    /// Two paths that match the same requests but name their parameters differently.
    #[error(
        "`{first}` and `{second}` match the same requests\nhint: give their parameters the same names"
    )]
    Ambiguous {
        /// The path that was added first.
        first: String,
        /// The path that was added later.
        second: String,
    },
    /// A route of another method than `POST` and `PATCH` that is to be idempotent.
    #[error(
        "`{method} {path}` cannot be `idempotent()`: only `POST` and `PATCH` can\nhint: remove the call; `{method}` may be repeated without it"
    )]
    NotRepeatable {
        /// The method.
        method: &'static str,
        /// The path.
        path: String,
    },
    /// `idempotent()` where it means no route.
    #[error(
        "`idempotent()` does not come after a route\nhint: write it directly after the route that it is about, as in `.post(\"/\", create).idempotent()`"
    )]
    Misplaced,
    /// A path that the framework answers itself.
    #[error("`{path}` is answered by the framework\nhint: choose another path")]
    Reserved {
        /// The path.
        path: String,
    },
    /// A path that is no path.
    #[error("the path `{path}` must start with `/`, and its parameters must look like `{{id}}`")]
    Path {
        /// The path.
        path: String,
    },
}

impl From<RoutesError> for Error {
    fn from(error: RoutesError) -> Self {
        Self::internal(error)
    }
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
        H: Handler<T, AppContext>,
        T: Guarded + 'static,
    {
        self.add(MethodFilter::GET, "GET", path, handler)
    }

    /// Answers `POST` requests.
    #[must_use]
    pub fn post<H, T>(self, path: &str, handler: H) -> Self
    where
        H: Handler<T, AppContext>,
        T: Guarded + 'static,
    {
        self.add_repeatable(MethodFilter::POST, "POST", path, handler)
    }

    /// Answers `PUT` requests.
    #[must_use]
    pub fn put<H, T>(self, path: &str, handler: H) -> Self
    where
        H: Handler<T, AppContext>,
        T: Guarded + 'static,
    {
        self.add(MethodFilter::PUT, "PUT", path, handler)
    }

    /// Answers `PATCH` requests.
    #[must_use]
    pub fn patch<H, T>(self, path: &str, handler: H) -> Self
    where
        H: Handler<T, AppContext>,
        T: Guarded + 'static,
    {
        self.add_repeatable(MethodFilter::PATCH, "PATCH", path, handler)
    }

    /// Answers `DELETE` requests.
    #[must_use]
    pub fn delete<H, T>(self, path: &str, handler: H) -> Self
    where
        H: Handler<T, AppContext>,
        T: Guarded + 'static,
    {
        self.add(MethodFilter::DELETE, "DELETE", path, handler)
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
        match self.routes.last_mut().filter(|_| self.at_route) {
            Some(route) => {
                route.info.idempotent = true;
                if let Some(switch) = &route.switch {
                    switch.turn_on();
                }
            }
            None => self.misplaced = true,
        }
        self
    }

    /// Adds the routes of `other`, below the prefix of this list.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.at_route = false;
        self.misplaced |= other.misplaced;
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

    /// What is routed where, in the order in which it was added.
    pub fn list(&self) -> Vec<RouteInfo> {
        self.routes.iter().map(|route| route.info.clone()).collect()
    }

    /// The router that serves these routes.
    ///
    /// Fails when two routes stand in each other's way.
    pub fn into_router(self) -> Result<Router<AppContext>, RoutesError> {
        self.check()?;
        let mut paths: BTreeMap<String, MethodRouter<AppContext>> = BTreeMap::new();
        for route in self.routes {
            let methods = paths.remove(&route.info.path).unwrap_or_default();
            paths.insert(route.info.path, methods.merge(route.service));
        }
        Ok(paths
            .into_iter()
            .fold(Router::new(), |router, (path, service)| {
                router.route(&path, service)
            }))
    }

    fn add<H, T>(
        mut self,
        filter: MethodFilter,
        method: &'static str,
        path: &str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, AppContext>,
        T: Guarded + 'static,
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
                access: <T::Access as Access>::rule(),
                idempotent: false,
            },
            service: on(filter, handler),
            switch: None,
        });
        self.at_route = true;
        self
    }

    /// Adds a route that can be made idempotent.
    fn add_repeatable<H, T>(
        self,
        filter: MethodFilter,
        method: &'static str,
        path: &str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, AppContext>,
        T: Guarded + 'static,
    {
        let switch = Switch::default();
        let service = on(filter, Repeatable::new(handler.clone(), switch.clone()));
        let mut routes = self.add(filter, method, path, handler);
        if let Some(route) = routes.routes.last_mut() {
            route.service = service;
            route.switch = Some(switch);
        }
        routes
    }

    /// Finds what axum would panic about, and what does not make sense.
    fn check(&self) -> Result<(), RoutesError> {
        if self.misplaced {
            return Err(RoutesError::Misplaced);
        }
        let mut seen: BTreeMap<String, Vec<&RouteInfo>> = BTreeMap::new();
        for Route { info, switch, .. } in &self.routes {
            if RESERVED.contains(&info.path.as_str()) {
                return Err(RoutesError::Reserved {
                    path: info.path.clone(),
                });
            }
            if info.idempotent && switch.is_none() {
                return Err(RoutesError::NotRepeatable {
                    method: info.method,
                    path: info.path.clone(),
                });
            }
            let shape = shape(&info.path).ok_or_else(|| RoutesError::Path {
                path: info.path.clone(),
            })?;
            let same = seen.entry(shape).or_default();
            if let Some(first) = same.iter().find(|first| first.path != info.path) {
                return Err(RoutesError::Ambiguous {
                    first: first.path.clone(),
                    second: info.path.clone(),
                });
            }
            if let Some(first) = same.iter().find(|first| first.method == info.method) {
                return Err(RoutesError::Duplicate {
                    method: info.method,
                    path: info.path.clone(),
                    first: first.handler,
                    second: info.handler,
                });
            }
            same.push(info);
        }
        Ok(())
    }
}

/// A path without the names of its parameters; `None` when it is malformed.
fn shape(path: &str) -> Option<String> {
    let mut shape = String::new();
    let mut segments = path.strip_prefix('/')?.split('/').peekable();
    while let Some(segment) = segments.next() {
        shape.push('/');
        let parameter = segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        match parameter.map(|name| {
            name.strip_prefix('*')
                .map_or((name, false), |rest| (rest, true))
        }) {
            // A parameter for the rest of the path is the last one.
            Some((name, true)) if is_name(name) && segments.peek().is_none() => {
                shape.push_str("{*}");
            }
            Some((name, false)) if is_name(name) => shape.push_str("{}"),
            None if !segment.contains(['{', '}']) && !segment.starts_with([':', '*']) => {
                shape.push_str(segment);
            }
            _ => return None,
        }
    }
    Some(shape)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::super::access::Anyone;
    use super::*;

    async fn first(_: Anyone) {}
    async fn second(_: Anyone) {}

    #[test]
    fn joins_prefix_and_path() {
        let routes =
            Routes::at("/api/v1/").merge(Routes::at("/posts").get("/", first).get("/{id}", second));
        let paths: Vec<_> = routes.list().into_iter().map(|route| route.path).collect();
        assert_eq!(paths, ["/api/v1/posts", "/api/v1/posts/{id}"]);
    }

    #[test]
    fn refuses_what_axum_would_panic_about() {
        let message = |routes: Routes| routes.into_router().expect_err("refused").to_string();
        assert!(
            message(Routes::new().get("/a", first).get("/a", second))
                .contains("two handlers for `GET /a`")
        );
        assert!(
            message(Routes::new().get("/{id}", first).post("/{name}", second))
                .contains("match the same requests")
        );
        assert!(message(Routes::new().get("a", first)).contains("must start with `/`"));
        for path in ["/:id", "/{a}{b}", "/{*}", "/{*rest}/x", "/{}"] {
            assert!(
                message(Routes::new().get(path, first)).contains("must look like `{id}`"),
                "{path}"
            );
        }
        assert!(message(Routes::new().get(LIVE, first)).contains("answered by the framework"));
    }

    #[test]
    fn only_the_post_or_patch_before_it_is_made_idempotent() {
        let routes = Routes::at("/a").post("/", first).idempotent();
        let routes = routes.patch("/", second).idempotent().put("/", first);
        let idempotent: Vec<_> = routes.list().iter().map(|info| info.idempotent).collect();
        assert_eq!(idempotent, [true, true, false]);
        assert!(routes.into_router().is_ok());

        let message = |routes: Routes| routes.into_router().expect_err("refused").to_string();
        let get = Routes::new().get("/a", first).idempotent();
        assert!(message(get).contains("`GET /a` cannot be `idempotent()`"));
        assert!(message(Routes::new().idempotent()).contains("after a route"));
        let merged = Routes::new()
            .merge(Routes::at("/a").post("/", first))
            .idempotent();
        assert!(message(Routes::new().merge(merged)).contains("after a route"));
    }

    #[test]
    fn methods_of_one_path_are_merged() {
        assert!(
            Routes::at("/a")
                .get("/", first)
                .post("/", second)
                .into_router()
                .is_ok()
        );
    }
}
