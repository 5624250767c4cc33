//! Middleware that limits the size of request bodies.

use std::mem;

use axum::{
    body::{Body, HttpBody},
    extract::{DefaultBodyLimit, Request},
};
use http::header;
use http_body_util::Limited;

use crate::error::Error;

/// Refuses a body by its `Content-Length` before it is read, and cuts off one that turns out to be longer while it is read.
pub(super) fn apply(max_bytes: Option<usize>, request: &mut Request) -> Result<(), Error> {
    if request.body().is_end_stream() {
        return Ok(());
    }
    // Replaces the limit of axum's own extractors.
    DefaultBodyLimit::disable().apply(request);
    let Some(max_bytes) = max_bytes else {
        return Ok(());
    };
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > max_bytes as u64) {
        return Err(Error::payload_too_large(max_bytes));
    }
    let body = mem::take(request.body_mut());
    *request.body_mut() = Body::new(Limited::new(body, max_bytes));
    Ok(())
}
