//! Compresses larger answers for clients that accept it.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll},
};

use axum::{
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
};
use futures_util::future::Either;
use http::{Extensions, HeaderMap, HeaderValue, StatusCode, Version, header};
use tower::{Layer, Service};
use tower_http::compression::{
    CompressionBody, CompressionLayer,
    predicate::{NotForContentType, Predicate, SizeAbove},
};

use crate::{config::CompressionConfig, controller::refuses_every_coding, error::Error};

/// What is offered.
const CODINGS: [&str; 4] = ["x-gzip", "gzip", "br", "zstd"];

/// gzip, Brotli and zstd for bodies from `min_bytes` on, except those that are compressed already, are streamed as events, or
/// have a strong entity tag, which stands for their very bytes.
pub(super) fn layer(config: &CompressionConfig) -> CompressionLayer<impl Predicate + use<>> {
    CompressionLayer::new().compress_when(
        SizeAbove::new(config.min_bytes.into())
            .and(NotForContentType::GRPC)
            .and(NotForContentType::IMAGES)
            .and(NotForContentType::SSE)
            .and(is_not_strongly_tagged),
    )
}

fn is_not_strongly_tagged(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    headers
        .get(header::ETAG)
        .is_none_or(|tag| tag.as_bytes().starts_with(b"W/"))
}

/// Says that the answer depends on `Accept-Encoding`, also where it was not compressed: a cache must not give it to others
/// who want it otherwise (RFC 9110, section 12.5.5).
pub(super) fn vary(response: http::Response<CompressionBody<Body>>) -> Response {
    let mut response = response.map(Body::new);
    let says_so = response.headers().get_all(header::VARY).iter().any(|line| {
        let names = line.to_str().unwrap_or_default().split(',');
        names
            .map(str::trim)
            .any(|name| name == "*" || name.eq_ignore_ascii_case("accept-encoding"))
    });
    if !says_so {
        let value = HeaderValue::from_static("accept-encoding");
        response.headers_mut().append(header::VARY, value);
    }
    response
}

/// Answers 406 to a request that accepts no encoding at all, before the handler has had any effect. The layer of `tower_http`
/// would do so afterwards.
#[derive(Clone, Copy)]
pub(super) struct RefuseNone;

impl<S> Layer<S> for RefuseNone {
    type Service = RefusingNone<S>;

    fn layer(&self, inner: S) -> RefusingNone<S> {
        RefusingNone(inner)
    }
}

#[derive(Clone)]
pub(super) struct RefusingNone<S>(S);

impl<S> Service<Request> for RefusingNone<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<Ready<Result<Response, Infallible>>, S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if refuses_every_coding(request.headers(), &CODINGS) {
            let refusal = Error::from_status(StatusCode::NOT_ACCEPTABLE)
                .detail(
                    "`accept-encoding` allows neither the plain body nor `gzip`, `br` or `zstd`",
                )
                .into_response();
            return Either::Left(ready(Ok(refusal)));
        }
        Either::Right(self.0.call(request))
    }
}
