//! Lets browsers on other origins call the API, where the configuration allows it.

use std::convert::Infallible;

use axum::{extract::Request, response::Response};
use futures_util::{FutureExt, future::BoxFuture};
use http::{HeaderName, HeaderValue, Method, header};
use tower::{Layer, Service, service_fn};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::config::CorsConfig;

/// The layer of `tower_http` for requests of browsers.
pub(super) struct Cors(CorsLayer);

impl Cors {
    /// The layer for a configuration that was checked when it was read (no wildcard together with credentials).
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
        let headers: Vec<HeaderName> = config
            .allow_headers
            .iter()
            .filter_map(|header| header.parse().ok())
            .collect();
        let layer = CorsLayer::new()
            .allow_origin(origins)
            .allow_methods(methods)
            .allow_headers(headers)
            .allow_credentials(config.allow_credentials)
            .expose_headers([
                super::request_id::HEADER,
                header::ETAG,
                header::LOCATION,
                header::RETRY_AFTER,
                http::HeaderName::from_static("idempotency-replayed"),
                http::HeaderName::from_static("deprecation"),
                http::HeaderName::from_static("sunset"),
                header::LINK,
            ])
            .max_age(config.max_age);
        Self(layer)
    }

    /// Answers preflights, and adds to the answers of `rest` what browsers want to know.
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

/// Whether a request is of its concern: the layer takes every `OPTIONS` request for a preflight, so those that are none pass it
/// by.
pub(super) fn concerns(request: &Request) -> bool {
    request.method() != Method::OPTIONS
        || request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}
