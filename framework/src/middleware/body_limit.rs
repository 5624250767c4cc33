//! Refuses bodies that are larger than the application wants to read.

use axum::{
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
};
use http::header;
use http_body_util::Limited;

use super::wrap::{Answer, Wrap};
use crate::error::Error;

/// Refuses by `Content-Length` before anything is read, and cuts off what turns out to be longer while it is read.
#[derive(Clone)]
pub(super) struct BodyLimit(pub(super) usize);

impl Wrap for BodyLimit {
    fn wrap<F>(&self, request: Request, rest: impl FnOnce(Request) -> F) -> Answer
    where
        F: Future<Output = Response> + Send + 'static,
    {
        let limit = self.0;
        let announced = request
            .headers()
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|length| length > limit as u64) {
            return Box::pin(async move { Error::payload_too_large(limit).into_response() });
        }
        let answer = rest(request.map(|body| Body::new(Limited::new(body, limit))));
        Box::pin(answer)
    }
}
