//! Responses to methods and paths that have no route: 405 or `OPTIONS` with `Allow`, and 404.

use axum::{
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use http::{HeaderValue, Method, StatusCode, header};

use crate::error::Error;

/// Every method that the framework routes.
const ALL: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/// Adds the fallback for all other methods to a path with these methods, given in their usual order: 204 for `OPTIONS` and 405
/// for every other method, both with `Allow` (RFC 9110, sections 9.3.7 and 15.5.6).
pub(crate) fn with_allow<S>(router: MethodRouter<S>, methods: &[&str]) -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    let has = |method: &str| {
        methods.contains(&method)
            || method == "OPTIONS"
            || method == "HEAD" && methods.contains(&"GET")
    };
    let allowed: Vec<&str> = ALL.split(", ").filter(|method| has(method)).collect();
    let allowed = HeaderValue::try_from(allowed.join(", "));
    let allowed = allowed.unwrap_or(HeaderValue::from_static(ALL));
    router.fallback(async move |method: Method| respond(&method, allowed.clone()))
}

/// The response to a request for a path without routes: 404, or 204 for `OPTIONS *`, which is about the server itself.
pub(crate) fn fallback(method: &Method, path: &str) -> Response {
    if path == "*" && method == Method::OPTIONS {
        return respond(method, HeaderValue::from_static(ALL));
    }
    Error::not_found()
        .detail("there is nothing at this path")
        .into_response()
}

fn respond(method: &Method, allowed: HeaderValue) -> Response {
    if method == Method::OPTIONS {
        return (StatusCode::NO_CONTENT, [(header::ALLOW, allowed)]).into_response();
    }
    Error::from_status(StatusCode::METHOD_NOT_ALLOWED)
        .header(header::ALLOW, allowed)
        .into_response()
}
