//! Middleware that compresses response bodies.

use std::convert::Infallible;

use axum::{body::Body, extract::Request, response::Response};
use futures_util::{FutureExt, future::BoxFuture};
use http::{
    Extensions, HeaderMap, HeaderValue, StatusCode, Version,
    header::{self, Entry},
};
use tower::{Layer, Service, service_fn};
use tower_http::compression::{
    CompressionLayer,
    predicate::{And, NotForContentType, Predicate, SizeAbove},
};

use crate::{config::CompressionConfig, controller::refuses_every_coding, error::Error};

/// The offered content codings.
const CODINGS: [&str; 4] = ["x-gzip", "gzip", "br", "zstd"];

/// The compression of response bodies with gzip, Brotli or zstd, from `min_bytes` on. Left alone are bodies that are compressed
/// already, are event streams, or have a strong entity tag, which stands for their very bytes.
pub(super) struct Compression(CompressionLayer<Worthwhile>);

type Worthwhile =
    And<And<And<And<SizeAbove, NotForContentType>, NotForContentType>, NotForContentType>, Weak>;

/// A predicate: true for a response without a strong entity tag, which would stand for its bytes.
type Weak = fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool;

impl Compression {
    pub(super) fn new(config: &CompressionConfig) -> Self {
        let is_worthwhile = SizeAbove::new(config.min_bytes.into())
            .and(NotForContentType::GRPC)
            .and(NotForContentType::IMAGES)
            .and(NotForContentType::SSE)
            .and(is_not_strongly_tagged as Weak);
        Self(CompressionLayer::new().compress_when(is_worthwhile))
    }

    /// Runs `rest` and compresses its response.
    pub(super) fn around<'a, F: Future<Output = Response> + Send + 'a>(
        &self,
        request: Request,
        rest: impl Fn(Request) -> F,
    ) -> BoxFuture<'a, Response> {
        let mut service = self
            .0
            .layer(service_fn(|request| rest(request).map(Ok::<_, Infallible>)));
        service
            .call(request)
            .map(|Ok(response)| response.map(Body::new))
            .boxed()
    }
}

/// Returns whether a request asks for an encoding; only such a request needs to pass the layer.
pub(super) fn is_wanted(request: &Request) -> bool {
    request.headers().contains_key(header::ACCEPT_ENCODING)
}

/// Refuses a request that accepts no encoding at all, before the handler has any effect. The layer would do so afterwards.
pub(super) fn check(request: &Request) -> Result<(), Error> {
    if refuses_every_coding(request.headers(), &CODINGS) {
        return Err(Error::from_status(StatusCode::NOT_ACCEPTABLE)
            .detail("`accept-encoding` allows neither the plain body nor `gzip`, `br` or `zstd`"));
    }
    Ok(())
}

fn is_not_strongly_tagged(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    headers
        .get(header::ETAG)
        .is_none_or(|tag| tag.as_bytes().starts_with(b"W/"))
}

/// Adds `Vary: accept-encoding` to a response, also to an uncompressed one: a cache must not serve it to clients that accept
/// other encodings (RFC 9110, section 12.5.5).
pub(super) fn vary(response: &mut Response) {
    let says_so = |line: &HeaderValue| {
        let names = line.to_str().unwrap_or_default().split(',');
        names
            .map(str::trim)
            .any(|name| name == "*" || name.eq_ignore_ascii_case("accept-encoding"))
    };
    let value = HeaderValue::from_static("accept-encoding");
    match response.headers_mut().entry(header::VARY) {
        Entry::Vacant(none) => {
            none.insert(value);
        }
        Entry::Occupied(lines) if lines.iter().any(says_so) => {}
        Entry::Occupied(mut lines) => lines.append(value),
    }
}
