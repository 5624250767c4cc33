//! Lets browsers on other origins call the API, where the configuration allows it.

use http::{HeaderName, HeaderValue, Method};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::config::CorsConfig;

/// The layer for a configuration that was checked when it was read (no wildcard together with credentials).
pub(super) fn layer(config: &CorsConfig) -> CorsLayer {
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
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods(methods)
        .allow_headers(headers)
        .allow_credentials(config.allow_credentials)
        .expose_headers([super::request_id::HEADER])
        .max_age(config.max_age)
}
