//! Writes one line for each request, when its answer is ready.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    response::Response,
};

use super::wrap::{Answer, Wrap};

/// Logs method, path (without the query, which may hold secrets), status and duration; never headers or bodies.
#[derive(Clone)]
pub(super) struct AccessLog;

impl Wrap for AccessLog {
    fn wrap<F>(&self, request: Request, rest: impl FnOnce(Request) -> F) -> Answer
    where
        F: Future<Output = Response> + Send + 'static,
    {
        let start = Instant::now();
        let method = request.method().clone();
        let uri = request.uri().clone();
        let answer = rest(request);
        Box::pin(async move {
            let response = answer.await;
            tracing::info!(
                target: "fw::access",
                method = method.as_str(),
                path = uri.path(),
                route = response.extensions().get::<MatchedPath>().map(MatchedPath::as_str),
                status = response.status().as_u16(),
                duration_ms = milliseconds(start),
                "request"
            );
            response
        })
    }
}

/// Milliseconds since `start`, to the microsecond.
fn milliseconds(start: Instant) -> f64 {
    (start.elapsed().as_secs_f64() * 1_000_000.0).round() / 1000.0
}
