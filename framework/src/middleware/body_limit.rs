//! Middleware that limits the size of request bodies: of each one, and of all that are in memory.

use std::mem;

use axum::{
    body::{Body, HttpBody},
    extract::{DefaultBodyLimit, Request},
};
use http::header;
use http_body_util::Limited;

use super::body_budget::{BodyBudget, Share};
use crate::{config::BodyLimitConfig, error::Error};

/// The limits, as configured.
pub(super) struct BodyLimit {
    max_bytes: usize,
    budget: BodyBudget,
}

impl BodyLimit {
    pub(super) fn new(config: &BodyLimitConfig) -> Self {
        Self {
            max_bytes: config.max_bytes,
            budget: BodyBudget::new(config.max_total_bytes),
        }
    }

    /// Refuses a body by its `Content-Length` before it is read, and cuts off one that turns out to be longer while it is read.
    fn admit(&self, request: &mut Request) -> Result<Share, Error> {
        let announced = request
            .headers()
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|length| length > self.max_bytes as u64) {
            return Err(Error::payload_too_large(self.max_bytes));
        }
        let share = self.budget.admit()?;
        let body = mem::take(request.body_mut());
        *request.body_mut() = Body::new(Limited::new(share.count(body), self.max_bytes));
        Ok(share)
    }
}

/// Applies the limits to a request. Its share of the memory is kept until the response.
pub(super) fn apply(
    limit: Option<&BodyLimit>,
    request: &mut Request,
) -> Result<Option<Share>, Error> {
    if request.body().is_end_stream() {
        return Ok(None);
    }
    // Replaces the limit of axum's own extractors.
    DefaultBodyLimit::disable().apply(request);
    limit.map(|limit| limit.admit(request)).transpose()
}
