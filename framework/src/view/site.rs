//! The application as its templates know it: its address, and the names of its routes.

use std::sync::{Arc, LazyLock, OnceLock};

use super::route_names::RouteNames;

/// The application as its templates know it.
pub(super) struct Site {
    public_url: Option<String>,
    route_names: OnceLock<LazyNames>,
}

/// A function that lists the routes of an application: the paths of their handlers, and their own.
#[derive(Clone)]
pub(crate) struct RouteSource(
    pub(crate) Arc<dyn Fn() -> Vec<(&'static str, String)> + Send + Sync>,
);

type LazyNames = LazyLock<RouteNames, Box<dyn FnOnce() -> RouteNames + Send + Sync>>;

impl Site {
    pub(super) fn new(public_url: Option<String>) -> Self {
        Self {
            public_url,
            route_names: OnceLock::new(),
        }
    }

    /// Sets the routes: the paths of their handlers, and their own. They are listed at the first use.
    pub(super) fn set_routes(
        &self,
        routes: impl Fn() -> Vec<(&'static str, String)> + Send + Sync + 'static,
    ) {
        let names: Box<dyn FnOnce() -> RouteNames + Send + Sync> =
            Box::new(move || RouteNames::of(routes()));
        // A second service of the same application has the same routes.
        let _ = self.route_names.set(LazyLock::new(names));
    }

    /// The base of absolute URLs.
    pub(super) fn public_url(&self) -> Result<&str, &'static str> {
        self.public_url
            .as_deref()
            .ok_or("`url` needs `server.public_url`, such as `https://www.example.com`")
    }

    pub(super) fn route_names(&self) -> &RouteNames {
        static NONE: LazyLock<RouteNames> = LazyLock::new(RouteNames::default);
        self.route_names.get().map_or(&NONE, |names| &**names)
    }
}
