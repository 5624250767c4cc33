//! Answers 503 when a handler takes too long, and drops what it was doing.

use std::time::Duration;

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};

use super::wrap::{Answer, Wrap};
use crate::error::Error;

#[derive(Clone)]
pub(super) struct Timeout(pub(super) Duration);

impl Wrap for Timeout {
    fn wrap<F>(&self, request: Request, rest: impl FnOnce(Request) -> F) -> Answer
    where
        F: Future<Output = Response> + Send + 'static,
    {
        let limit = self.0;
        let answer = rest(request);
        Box::pin(async move {
            match tokio::time::timeout(limit, answer).await {
                Ok(response) => response,
                Err(_) => Error::unavailable(1)
                    .detail("the request took too long")
                    .source(format!("no answer within {limit:?}"))
                    .into_response(),
            }
        })
    }
}
