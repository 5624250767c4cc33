//! The application as its templates know it: its address, and the names of its routes.

use std::sync::{Arc, LazyLock, OnceLock};

use super::{
    locale_paths::LocalePaths,
    route_names::{NamedRoute, RouteNames},
};

/// The application as its templates know it.
pub(super) struct Site {
    public_url: Option<String>,
    pub(super) locale_paths: LocalePaths,
    route_names: OnceLock<LazyNames>,
}

/// A function that lists the routes of an application.
#[derive(Clone)]
pub(crate) struct RouteSource(pub(crate) Arc<dyn Fn() -> Vec<NamedRoute> + Send + Sync>);

type LazyNames = LazyLock<RouteNames, Box<dyn FnOnce() -> RouteNames + Send + Sync>>;

impl Site {
    pub(super) fn new(public_url: Option<String>, locale_paths: LocalePaths) -> Self {
        Self {
            public_url,
            locale_paths,
            route_names: OnceLock::new(),
        }
    }

    /// Sets the routes. They are listed at the first use.
    pub(super) fn set_routes(&self, routes: impl Fn() -> Vec<NamedRoute> + Send + Sync + 'static) {
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
