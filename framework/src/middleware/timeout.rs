//! Middleware that responds with 503 when a handler takes too long, and cancels the handler.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use crate::{config::duration, error::Error};

/// Runs a handler for at most `limit`.
pub(super) fn within(
    limit: Duration,
    response: impl Future<Output = Response>,
) -> impl Future<Output = Response> {
    tokio::time::timeout(limit, response).map(move |response| {
        response.unwrap_or_else(|_| {
            Error::unavailable(1)
                .detail("the request took too long")
                .source(format!("no response within {}", duration::format(limit)))
                .into_response()
        })
    })
}
