//! Middleware that logs one line for each request, when its response is ready or the request is cut off.

use std::{sync::Arc, time::Instant};

use axum::{extract::Request, response::Response};
use http::{Method, Uri};

use crate::error::Error;

/// The start of a log line, kept until the response is ready. If it is dropped before, the line says so: the client has closed its
/// connection, or the server has cut it off as the drain time was over.
pub(super) struct Line<'a> {
    start: Instant,
    method: Method,
    uri: &'a Uri,
    is_written: bool,
}

impl<'a> Line<'a> {
    pub(super) fn of(request: &Request, uri: &'a Uri) -> Self {
        Self {
            start: Instant::now(),
            method: request.method().clone(),
            uri,
            is_written: false,
        }
    }

    /// Logs method, path (without the query, which may hold secrets), status and duration, and for an error its code and the
    /// fields at fault (not their values). Never headers or bodies.
    pub(super) fn write(mut self, response: &Response) {
        self.is_written = true;
        let error = response.extensions().get::<Arc<Error>>();
        tracing::info!(
            target: "fw::access",
            method = self.method.as_str(),
            path = self.uri.path(),
            status = response.status().as_u16(),
            duration_ms = milliseconds(self.start),
            code = error.map(|error| error.code()),
            fields = error.and_then(|error| fields(error)),
            "request"
        );
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        if !self.is_written {
            tracing::info!(
                target: "fw::access",
                method = self.method.as_str(),
                path = self.uri.path(),
                duration_ms = milliseconds(self.start),
                "request cut off before its response"
            );
        }
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
