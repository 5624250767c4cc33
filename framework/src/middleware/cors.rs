//! Lets browsers on other origins call the API, where the configuration allows it.

use std::task::{Context, Poll, ready};

use axum::{extract::Request, response::Response};
use futures_util::future::Either;
use http::{HeaderName, HeaderValue, Method, header};
use tower::{Layer, Service};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::config::CorsConfig;

/// The layer of `tower_http` for requests of browsers; it takes every `OPTIONS` request for a preflight, so those that are none
/// pass it by.
#[derive(Clone)]
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
}

impl<S: Clone> Layer<S> for Cors {
    type Service = CorsService<S>;

    fn layer(&self, inner: S) -> CorsService<S> {
        CorsService {
            cors: self.0.layer(inner.clone()),
            inner,
        }
    }
}

#[derive(Clone)]
pub(super) struct CorsService<S> {
    cors: tower_http::cors::Cors<S>,
    inner: S,
}

impl<S> Service<Request> for CorsService<S>
where
    S: Service<Request, Response = Response>,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Either<S::Future, tower_http::cors::ResponseFuture<S::Future>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        ready!(self.inner.poll_ready(context))?;
        self.cors.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let asks_for_a_method = header::ACCESS_CONTROL_REQUEST_METHOD;
        if request.method() == Method::OPTIONS && !request.headers().contains_key(asks_for_a_method)
        {
            Either::Left(self.inner.call(request))
        } else {
            Either::Right(self.cors.call(request))
        }
    }
}
