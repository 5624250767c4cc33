//! The routes of an application, as `cargo fw routes` lists and the server serves them.

mod check;
mod deprecation;
mod description;
mod layer;
pub mod method;
mod route;
mod switch;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use axum::{
    Router,
    routing::{MethodFilter, MethodRouter, on},
};
use serde::Serialize;

pub(crate) use self::switch::Switch;
pub use self::{
    check::RoutesError,
    layer::RouteLayer,
    route::{Route, delete, get, patch, post, put},
};
use self::{deprecation::Deprecation, description::Description, layer::Wrap, route::Definition};
use super::{
    access::ReachOf, allow::with_allow, endpoint::Erased, idempotency::Idempotent,
    permissions::KnownPermissions,
};
use crate::context::AppContext;
#[cfg(feature = "_templates")]
use crate::view::NamedRoute;

/// The paths of the health checks.
pub(crate) const LIVE: &str = "/health/live";
pub(crate) const READY: &str = "/health/ready";

/// A list of routes. Its options ([`layer`](Self::layer), [`deprecated`](Self::deprecated)) apply to every route in it, also
/// to those that are added later.
///
/// ```
/// use fw::prelude::*;
///
/// async fn list(_: Anyone) -> &'static str { "posts" }
/// async fn create(_: Anyone) -> NoContent { NoContent }
/// async fn show(_: Anyone, Path(id): Path<Id>) -> String { format!("post {id}") }
/// async fn replace(_: Anyone, Path(id): Path<Id>) -> String { format!("post {id}, all of it") }
/// async fn update(_: Anyone, Path(id): Path<Id>) -> String { format!("post {id}, some of it") }
/// async fn remove(_: Anyone, Path(_): Path<Id>) -> NoContent { NoContent }
///
/// let routes = Routes::at("/api/v1/posts").with([
///     get("/", list),
///     post("/", create).idempotent(),
///     get("/{id}", show).summary("Show a post"),
///     put("/{id}", replace),
///     patch("/{id}", update),
///     delete("/{id}", remove),
/// ]);
///
/// let show = &routes.list()[2];
/// assert_eq!((show.method, show.path.as_str()), ("GET", "/api/v1/posts/{id}"));
/// assert_eq!(show.access, "anyone");
/// ```
#[derive(Default)]
pub struct Routes {
    prefix: String,
    entries: Vec<Entry>,
    layers: Vec<Wrap>,
    deprecation: Option<Deprecation>,
    /// The errors of invalid calls, which `check` reports.
    mistakes: Vec<RoutesError>,
    /// The languages below whose names the pages are served as well.
    locales: Vec<String>,
}

/// A route in a list.
#[derive(Clone)]
struct Entry {
    info: RouteInfo,
    filter: MethodFilter,
    handler: Erased,
    #[cfg_attr(
        not(feature = "openapi"),
        expect(dead_code, reason = "nothing reads it then")
    )]
    description: Description,
    layers: Vec<Wrap>,
    deprecation: Option<Deprecation>,
    /// The setting without which it is not served.
    switch: Option<Switch>,
}

/// A description of one route, an element of [`Routes::list`]. See [`Routes`] for an example.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RouteInfo {
    /// `GET`, `POST` …
    pub method: &'static str,
    /// The full path, with parameters in braces.
    pub path: String,
    /// The path of the handler function.
    pub handler: &'static str,
    /// The access rule.
    pub access: String,
    /// True if a repeated request with the same `Idempotency-Key` gets the response to the first one.
    pub idempotent: bool,
}

/// The access rule of a route, an element of [`Routes::rules`].
///
/// ```
/// use fw::{controller::Reach, prelude::*};
///
/// async fn list(_: Anyone) -> &'static str { "posts" }
///
/// let rules = Routes::at("/posts").with([get("/", list)]).rules();
/// assert_eq!((rules[0].path.as_str(), rules[0].rule.as_str()), ("/posts", "anyone"));
/// assert_eq!((rules[0].reach)(&|_| false), Reach::All);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RouteRule {
    /// `GET`, `POST` …
    pub method: &'static str,
    /// The full path, with parameters in braces.
    pub path: String,
    /// The rule in words.
    pub rule: String,
    /// The names of the permissions that decide.
    pub permissions: Vec<String>,
    /// The part of the rows that callers with some permissions reach.
    pub reach: ReachOf,
}

/// Lists the routes of the application, a handle of the [context](AppContext).
#[cfg(feature = "auth")]
#[derive(Clone)]
pub(crate) struct ListedRoutes(pub(crate) std::sync::Arc<dyn Fn() -> Routes + Send + Sync>);

impl Routes {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty list with a prefix: the paths of all routes in it begin with `prefix`.
    pub fn at(prefix: impl Into<String>) -> Self {
        let mut prefix: String = prefix.into();
        prefix.truncate(prefix.trim_end_matches('/').len());
        Self {
            prefix,
            ..Self::default()
        }
    }

    /// Adds routes, made by [`get`], [`post`] and so on, below the prefix of this list. The path `/` is the prefix itself.
    #[must_use]
    pub fn with<const N: usize>(mut self, routes: [Box<Route>; N]) -> Self {
        for route in routes {
            let entry = self.entry(route);
            self.entries.push(entry);
        }
        self
    }

    /// Adds the routes of `other`, with its options, below the prefix of this list.
    #[must_use]
    pub fn merge(mut self, mut other: Self) -> Self {
        self.mistakes.append(&mut other.mistakes);
        for mut entry in other.into_entries() {
            entry.info.path = format!("{}{}", self.prefix, entry.info.path);
            self.entries.push(entry);
        }
        self
    }

    /// Replaces the routes with the same methods and paths, which must be there, by these.
    #[must_use]
    pub fn replace<const N: usize>(mut self, routes: [Box<Route>; N]) -> Self {
        for route in routes {
            let newer = self.entry(route);
            let same = |entry: &&mut Entry| {
                (entry.info.method, &entry.info.path) == (newer.info.method, &newer.info.path)
            };
            match self.entries.iter_mut().find(same) {
                Some(older) => *older = newer,
                None => self.mistakes.push(RoutesError::NothingToReplace {
                    method: newer.info.method,
                    path: newer.info.path,
                }),
            }
        }
        self
    }

    /// Moves the routes, and the prefix of this list, from below `from` to below `to`, with the same handlers.
    ///
    /// ```
    /// # use fw::prelude::*;
    /// # async fn list(_: Anyone) -> &'static str { "posts" }
    /// # async fn list_with_authors(_: Anyone) -> &'static str { "posts" }
    /// # async fn show(_: Anyone, Path(id): Path<Id>) -> String { format!("post {id}") }
    /// fn posts() -> Routes {
    ///     Routes::at("/api/v1/posts").with([get("/", list), get("/{id}", show)])
    /// }
    ///
    /// // Version 2 beside version 1: all the same, but for the list.
    /// let v2 = posts()
    ///     .rebase("/api/v1", "/api/v2")
    ///     .replace([get("/", list_with_authors)]);
    /// let routes = Routes::new().merge(posts()).merge(v2);
    /// assert_eq!(routes.list()[2].path, "/api/v2/posts");
    /// ```
    #[must_use]
    pub fn rebase(mut self, from: &str, to: &str) -> Self {
        let mut moved = false;
        let paths = self.entries.iter_mut().map(|entry| &mut entry.info.path);
        for path in paths.chain([&mut self.prefix]) {
            let rest = path.strip_prefix(from);
            if let Some(rest) = rest.filter(|rest| rest.is_empty() || rest.starts_with('/')) {
                *path = format!("{to}{rest}");
                moved = true;
            }
        }
        if !moved {
            let from = from.to_owned();
            self.mistakes.push(RoutesError::NothingBelow { from });
        }
        self
    }

    /// Wraps a tower layer, such as one of `tower_http` or [`axum::middleware::from_fn`], around all routes of this list. A layer
    /// that is added later sees a request earlier; layers of a route are within those of its list.
    #[must_use]
    pub fn layer(mut self, layer: impl RouteLayer) -> Self {
        self.layers.push(layer.erase());
        self
    }

    /// Marks all routes of this list as deprecated, as [`Route::deprecated`] does one; those that are marked already stay as they
    /// are.
    #[must_use]
    pub fn deprecated(mut self, since: &str, sunset: &str, link: &str) -> Self {
        match Deprecation::new(since, sunset, link) {
            Ok(deprecation) => self.deprecation = Some(deprecation),
            Err(mistake) => self.mistakes.push(mistake),
        }
        self
    }

    /// Describes the routes, in the order in which they were added.
    pub fn list(&self) -> Vec<RouteInfo> {
        self.entries
            .iter()
            .map(|entry| entry.info.clone())
            .collect()
    }

    /// The permissions that the access rules of these routes ask for.
    pub fn permissions(&self) -> KnownPermissions {
        let entries = self.entries.iter();
        KnownPermissions::of(entries.flat_map(|entry| (entry.handler.permissions)()))
    }

    /// The access rule of each route, by path and method.
    pub fn rules(&self) -> Vec<RouteRule> {
        let entries = self.entries.iter();
        let mut rules: Vec<RouteRule> = entries
            .map(|entry| RouteRule {
                method: entry.info.method,
                path: entry.info.path.clone(),
                rule: entry.info.access.clone(),
                permissions: (entry.handler.permissions)(),
                reach: entry.handler.reach,
            })
            .collect();
        rules.sort_by(|a, b| (&a.path, a.method).cmp(&(&b.path, b.method)));
        rules
    }

    /// Returns true if an access rule needs the sessions of accounts.
    #[cfg_attr(
        not(feature = "auth"),
        expect(dead_code, reason = "there are none then")
    )]
    pub(crate) fn need_accounts(&self) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.handler.needs_accounts)
    }

    /// The routes as templates and redirects name them.
    #[cfg(feature = "_templates")]
    pub(crate) fn named(&self) -> Vec<NamedRoute> {
        let entries = self.entries.iter();
        entries
            .map(|entry| NamedRoute {
                handler: entry.info.handler,
                path: entry.info.path.clone(),
                is_page: entry.handler.links().is_for_browsers,
            })
            .collect()
    }

    /// Builds the router that serves these routes.
    ///
    /// # Errors
    ///
    /// When two routes conflict, or an option of a route is invalid.
    pub fn into_router(mut self) -> Result<Router<AppContext>, RoutesError> {
        self.check()?;
        self.localize()?;
        let mut paths: BTreeMap<String, (MethodRouter<AppContext>, Vec<&str>)> = BTreeMap::new();
        for entry in self.into_entries() {
            let (service, mut methods) = paths.remove(&entry.info.path).unwrap_or_default();
            methods.push(entry.info.method);
            let own = entry.service();
            paths.insert(entry.info.path, (service.merge(own), methods));
        }
        Ok(paths
            .into_iter()
            .fold(Router::new(), |router, (path, (service, methods))| {
                router.route(&path, with_allow(service, &methods))
            }))
    }

    /// A route as an entry of this list.
    fn entry(&mut self, route: Box<Route>) -> Entry {
        let (method, filter) = (route.method.name(), route.method.filter());
        let Definition {
            path,
            handler,
            idempotent,
            description,
            layers,
            deprecation,
        } = route.definition;
        let path = match path.as_str() {
            "" | "/" if !self.prefix.is_empty() => self.prefix.clone(),
            path => format!("{}{path}", self.prefix),
        };
        let deprecation = deprecation.and_then(|deprecation| {
            deprecation
                .map_err(|mistake| self.mistakes.push(mistake))
                .ok()
        });
        Entry {
            info: RouteInfo {
                method,
                path,
                handler: handler.name,
                access: (handler.rule)(),
                idempotent,
            },
            filter,
            handler,
            description,
            layers,
            deprecation,
            switch: None,
        }
    }

    /// The entries, with the options of this list.
    fn into_entries(self) -> impl Iterator<Item = Entry> {
        let Self {
            entries,
            layers,
            deprecation,
            ..
        } = self;
        entries.into_iter().map(move |mut entry| {
            entry.layers.extend_from_slice(&layers);
            if entry.deprecation.is_none() {
                entry.deprecation.clone_from(&deprecation);
            }
            entry
        })
    }
}

impl Entry {
    fn service(&self) -> MethodRouter<AppContext> {
        let handler = self.handler.clone();
        let handler = if self.info.idempotent {
            on(self.filter, Idempotent(handler))
        } else {
            on(self.filter, handler)
        };
        let wrapped = self
            .layers
            .iter()
            .fold(handler, |service, layer| layer.around(service));
        match &self.deprecation {
            Some(deprecation) => wrapped.layer(deprecation.layer()),
            None => wrapped,
        }
    }
}
