//! Writes one line for each request, when its answer is ready.

use std::{sync::Arc, time::Instant};

use axum::{extract::Request, response::Response};

use super::wrap::{Answer, Wrap};
use crate::error::Error;

/// Logs method, path (without the query, which may hold secrets), status and duration, and of an error its code and the
/// fields at fault (not what was in them). Never headers or bodies.
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
            let error = response.extensions().get::<Arc<Error>>();
            tracing::info!(
                target: "fw::access",
                method = method.as_str(),
                path = uri.path(),
                status = response.status().as_u16(),
                duration_ms = milliseconds(start),
                code = error.map(|error| error.code()),
                fields = error.and_then(|error| fields(error)),
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

fn fields(error: &Error) -> Option<String> {
    let fields: Vec<String> = error
        .field_errors()
        .iter()
        .map(|field| format!("{} {}", field.pointer, field.code))
        .collect();
    (!fields.is_empty()).then(|| fields.join(", "))
}
