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
    allow::only,
};
use crate::{context::AppContext, error::Error};

/// The paths of the health checks.
pub(crate) const LIVE: &str = "/health/live";
pub(crate) const READY: &str = "/health/ready";
const RESERVED: [&str; 2] = [LIVE, READY];

/// A list of routes, built by adding handlers.
#[derive(Default)]
pub struct Routes {
    prefix: String,
    routes: Vec<Route>,
}

struct Route {
    info: RouteInfo,
    service: MethodRouter<AppContext>,
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
            routes: Vec::new(),
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
        self.add(MethodFilter::POST, "POST", path, handler)
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
        self.add(MethodFilter::PATCH, "PATCH", path, handler)
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

    /// Adds the routes of `other`, below the prefix of this list.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
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
            },
            service: on(filter, handler),
        });
        self
    }

    /// Finds what axum would panic about.
    fn check(&self) -> Result<(), RoutesError> {
        let mut seen: BTreeMap<String, Vec<&RouteInfo>> = BTreeMap::new();
        for Route { info, .. } in &self.routes {
            if RESERVED.contains(&info.path.as_str()) {
                return Err(RoutesError::Reserved {
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
