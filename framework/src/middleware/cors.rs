//! Middleware for cross-origin resource sharing (CORS).

use std::convert::Infallible;

use axum::{extract::Request, response::Response};
use futures_util::{FutureExt, future::BoxFuture};
use http::{HeaderName, HeaderValue, Method, header};
use tower::{Layer, Service, service_fn};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::config::CorsConfig;

/// The response headers of the framework that scripts may read.
const EXPOSED: [HeaderName; 10] = [
    super::request_id::HEADER,
    header::ETAG,
    header::LOCATION,
    header::RETRY_AFTER,
    HeaderName::from_static("idempotency-replayed"),
    HeaderName::from_static("deprecation"),
    HeaderName::from_static("ratelimit"),
    HeaderName::from_static("ratelimit-policy"),
    HeaderName::from_static("sunset"),
    header::LINK,
];

/// The CORS layer of `tower_http`, as configured.
pub(super) struct Cors(CorsLayer);

impl Cors {
    /// Makes the layer. The configuration was checked when it was read (no wildcard together with credentials).
    pub(super) fn new(config: &CorsConfig) -> Self {
        let origins = if config.allow_origins.iter().any(|origin| origin == "*") {
            AllowOrigin::any()
        } else {
            AllowOrigin::list(
                config
                    .allow_origins
                    .iter()
                    .filter_map(|origin| HeaderValue::from_str(origin).ok()),
            )
        };
        let methods: Vec<Method> = config
            .allow_methods
            .iter()
            .filter_map(|method| method.parse().ok())
            .collect();
        let names = |headers: &[String]| -> Vec<HeaderName> {
            headers
                .iter()
                .filter_map(|header| header.parse().ok())
                .collect()
        };
        let mut exposed = EXPOSED.to_vec();
        exposed.extend(names(&config.expose_headers));
        let layer = CorsLayer::new()
            .allow_origin(origins)
            .allow_methods(methods)
            .allow_headers(names(&config.allow_headers))
            .allow_credentials(config.allow_credentials)
            .expose_headers(exposed)
            .max_age(config.max_age);
        Self(layer)
    }

    /// Answers preflight requests, and adds the CORS headers to the responses of `rest`.
    pub(super) fn around<'a, F: Future<Output = Response> + Send + 'a>(
        &self,
        request: Request,
        rest: impl Fn(Request) -> F,
    ) -> BoxFuture<'a, Response> {
        let mut service = self
            .0
            .layer(service_fn(|request| rest(request).map(Ok::<_, Infallible>)));
        service.call(request).map(|Ok(response)| response).boxed()
    }
}

/// Returns whether a request has to pass the layer. The layer takes every `OPTIONS` request for a preflight, so those that are
/// none must not reach it.
pub(super) fn concerns(request: &Request) -> bool {
    request.method() != Method::OPTIONS
        || request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}
