//! Refuses bodies that are larger than the application wants to read.

use axum::{body::Body, extract::Request};
use http::header;
use http_body_util::Limited;

use crate::error::Error;

/// Refuses by `Content-Length` before anything is read, and cuts off what turns out to be longer while it is read.
pub(super) fn apply(max_bytes: usize, request: Request) -> Result<Request, Error> {
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > max_bytes as u64) {
        return Err(Error::payload_too_large(max_bytes));
    }
    Ok(request.map(|body| Body::new(Limited::new(body, max_bytes))))
}
