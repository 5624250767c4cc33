//! Answers the methods that a path does not have: which ones does it have?

use axum::{
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use http::{HeaderValue, Method, StatusCode, header};

use crate::error::Error;

/// Every method that the framework routes.
const ALL: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/// A path with these methods, in their usual order. `OPTIONS` is answered 204 and every other method 405, both with `Allow`
/// (RFC 9110, sections 9.3.7 and 15.5.6).
pub(crate) fn only<S>(router: MethodRouter<S>, methods: &[&str]) -> MethodRouter<S>
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
    router.fallback(async move |method: Method| answer(&method, allowed.clone()))
}

/// What is answered to a path that nothing is routed at; `OPTIONS *` asks about the server as a whole.
pub(crate) fn elsewhere(method: &Method, path: &str) -> Response {
    if path == "*" && method == Method::OPTIONS {
        return answer(method, HeaderValue::from_static(ALL));
    }
    Error::not_found()
        .detail("there is nothing at this path")
        .into_response()
}

fn answer(method: &Method, allowed: HeaderValue) -> Response {
    if method == Method::OPTIONS {
        return (StatusCode::NO_CONTENT, [(header::ALLOW, allowed)]).into_response();
    }
    Error::from_status(StatusCode::METHOD_NOT_ALLOWED)
        .header(header::ALLOW, allowed)
        .into_response()
}
