//! Middleware that logs one line for each request, when its response is ready.

use std::{sync::Arc, time::Instant};

use axum::{extract::Request, response::Response};
use http::Method;

use crate::error::Error;

/// The start of a log line, kept until the response is ready.
pub(super) struct Line {
    start: Instant,
    method: Method,
}

impl Line {
    pub(super) fn of(request: &Request) -> Self {
        Self {
            start: Instant::now(),
            method: request.method().clone(),
        }
    }

    /// Logs method, path (without the query, which may hold secrets), status and duration, and for an error its code and the
    /// fields at fault (not their values). Never headers or bodies.
    pub(super) fn write(self, path: &str, response: &Response) {
        let error = response.extensions().get::<Arc<Error>>();
        tracing::info!(
            target: "fw::access",
            method = self.method.as_str(),
            path,
            status = response.status().as_u16(),
            duration_ms = milliseconds(self.start),
            code = error.map(|error| error.code()),
            fields = error.and_then(|error| fields(error)),
            "request"
        );
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
