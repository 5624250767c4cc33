//! The middleware stack of an application: the framework's, as configured, and the application's own.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Router,
    extract::Request,
    response::{IntoResponse, Response},
    routing::Route,
};
use serde::Serialize;
use tower::{Layer, Service};

use super::{pipeline::Pipeline, rate_limit};
use crate::{
    config::{MiddlewareConfig, duration},
    context::AppContext,
};

/// A middleware stack, around the routes of an application.
///
/// ```
/// use fw::{
///     axum::{extract::Request, middleware::{Next, from_fn}, response::Response},
///     config::MiddlewareConfig,
///     middleware::{MiddlewareInfo, Stack},
/// };
///
/// async fn tenant(request: Request, next: Next) -> Response {
///     next.run(request).await
/// }
///
/// // In `Hooks::middleware`:
/// let stack = Stack::new().layer("tenant", from_fn(tenant));
///
/// let list: Vec<MiddlewareInfo> = stack.list(&MiddlewareConfig::default());
/// assert_eq!(list.first().map(|outermost| outermost.name.as_str()), Some("request_id"));
/// assert_eq!(list.last().map(|innermost| innermost.name.as_str()), Some("tenant"));
/// ```
pub struct Stack {
    own: Vec<(&'static str, Wrapper)>,
}

type Wrapper = Box<dyn FnOnce(Router) -> Router + Send>;

/// The service that a server runs: routes with the stack around them.
#[derive(Clone)]
pub(crate) struct AppService(Arc<Pipeline>);

impl AppService {
    /// Handles a request.
    pub(crate) fn handle(&self, request: Request) -> impl Future<Output = Response> + Send + use<> {
        Arc::clone(&self.0).handle(request)
    }
}

/// A description of one middleware, as `cargo fw middleware` lists it. See [`Stack`] for an example.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MiddlewareInfo {
    /// Its name; for the framework's own also the name of its section under `[middleware]`.
    pub name: String,
    /// True if it is in the stack.
    pub enabled: bool,
    /// Its effective settings.
    pub settings: String,
}

impl Stack {
    /// The default stack.
    pub fn new() -> Self {
        Self { own: Vec::new() }
    }

    /// Adds a tower layer of the application's own, such as one of `tower_http` or [`axum::middleware::from_fn`], inside
    /// the framework's middleware. Those that are added first see a request first.
    #[must_use]
    pub fn layer<L>(mut self, name: &'static str, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.own
            .push((name, Box::new(move |router| router.layer(layer))));
        self
    }

    /// Lists the middleware, from the outside in.
    pub fn list(&self, config: &MiddlewareConfig) -> Vec<MiddlewareInfo> {
        let MiddlewareConfig {
            request_id,
            access_log,
            catch_panic,
            security_headers,
            cors,
            cross_origin,
            rate_limit,
            body_limit,
            timeout,
            compression,
            etag,
        } = config;
        let info = |name: &str, enabled: bool, settings: String| MiddlewareInfo {
            name: name.to_owned(),
            enabled,
            settings,
        };
        let mut list = vec![
            info(
                "request_id",
                request_id.enabled,
                "header x-request-id".into(),
            ),
            info(
                "access_log",
                access_log.enabled,
                "one line for each request".into(),
            ),
            info(
                "security_headers",
                security_headers.enabled,
                format!(
                    "hsts {}, csp {:?}, cache-control {:?}",
                    duration::format(security_headers.hsts_max_age),
                    security_headers.content_security_policy,
                    security_headers.cache_control
                ),
            ),
            info(
                "cors",
                cors.enabled,
                format!(
                    "origins {:?}, credentials {}",
                    cors.allow_origins, cors.allow_credentials
                ),
            ),
            info(
                "cross_origin",
                cross_origin.enabled,
                format!("trusted origins {:?}", cross_origin.trusted_origins),
            ),
            info(
                "catch_panic",
                catch_panic.enabled,
                "a panic is a 500 response".into(),
            ),
            info(
                "rate_limit",
                rate_limit.enabled,
                rate_limit::summary(rate_limit),
            ),
            info(
                "body_limit",
                body_limit.enabled,
                format!(
                    "{} bytes, all together {} bytes",
                    body_limit.max_bytes, body_limit.max_total_bytes
                ),
            ),
            info("timeout", timeout.enabled, duration::format(timeout.after)),
            info(
                "compression",
                compression.enabled,
                format!("from {} bytes", compression.min_bytes),
            ),
            info(
                "etag",
                etag.enabled,
                format!("bodies up to {} bytes", etag.max_bytes),
            ),
        ];
        list.extend(
            self.own
                .iter()
                .map(|(name, _)| info(name, true, "the application's own".into())),
        );
        list
    }

    /// Wraps the stack around the routes.
    pub(crate) fn around(self, routes: Router, ctx: &AppContext) -> AppService {
        let routes = self
            .own
            .into_iter()
            .rev()
            .fold(routes, |routes, (_, wrap)| wrap(routes));
        AppService(Arc::new(Pipeline::new(routes, ctx)))
    }
}

impl Default for Stack {
    fn default() -> Self {
        Self::new()
    }
}
