//! Answers 503 when a handler takes too long, and drops what it was doing.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use crate::error::Error;

/// The answer, if it comes in time.
pub(super) fn within(
    limit: Duration,
    answer: impl Future<Output = Response>,
) -> impl Future<Output = Response> {
    tokio::time::timeout(limit, answer).map(move |answer| {
        answer.unwrap_or_else(|_| {
            Error::unavailable(1)
                .detail("the request took too long")
                .source(format!("no answer within {limit:?}"))
                .into_response()
        })
    })
}
