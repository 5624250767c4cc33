//! What of a request the server itself looks at, before the application sees it.

use std::{
    pin::Pin,
    sync::OnceLock,
    task::{Context, Poll},
};

use axum::body::{Body, Bytes, HttpBody};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Version, header, uri::Authority};
use hyper::body::{Frame, Incoming, SizeHint};

use super::stream::Unread;
use crate::error::Error;

/// Refuses what a proxy in front could understand differently, and with it where this request ends or whom it is meant for.
/// Most of that hyper refuses already.
/// A client sends the same `Host` with each request of a connection: the first good one is kept in `host`.
pub(super) fn check<B>(request: &Request<B>, host: &OnceLock<HeaderValue>) -> Result<(), Error> {
    let wrong = if !is_target_valid(request) {
        "the request target must be a path, or a URL"
    } else if !is_host_valid(request.version(), request.headers(), host) {
        "the request must have exactly one header `host`, a name or an address with or without a port"
    } else if !is_transfer_encoding_known(request.headers()) {
        "the only transfer encoding is `chunked`, once"
    } else {
        return Ok(());
    };
    Err(Error::from_status(StatusCode::BAD_REQUEST)
        .detail(wrong)
        .header(header::CONNECTION, HeaderValue::from_static("close")))
}

/// RFC 9112, section 3.2: `*` is for `OPTIONS` alone, and an authority without more for `CONNECT` alone.
fn is_target_valid<B>(request: &Request<B>) -> bool {
    match request.uri().path() {
        "*" => request.method() == Method::OPTIONS,
        "" => request.method() == Method::CONNECT || request.uri().scheme().is_some(),
        _ => true,
    }
}

/// RFC 9112, section 3.2: 400 for a request without `Host`, with more than one, or with an invalid one. HTTP/1.0 does not
/// know it yet.
fn is_host_valid(version: Version, headers: &HeaderMap, known: &OnceLock<HeaderValue>) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, None) => version < Version::HTTP_11,
        // Empty is what a client sends whose target has no authority.
        (Some(host), None) if known.get() == Some(host) => true,
        (Some(host), None) if host.is_empty() || is_authority(host.as_bytes()) => {
            // A later one that differs is looked at each time.
            let _ = known.set(copy_of(host));
            true
        }
        _ => false,
    }
}

/// The value alone: a clone would keep the whole request that it is part of.
fn copy_of(value: &HeaderValue) -> HeaderValue {
    HeaderValue::from_bytes(value.as_bytes()).unwrap_or_else(|_| value.clone())
}

/// `uri-host [ ":" port ]`, without user.
fn is_authority(host: &[u8]) -> bool {
    Authority::try_from(host).is_ok_and(|authority| {
        let port = authority.as_str().strip_prefix(authority.host());
        port.is_some_and(|port| {
            port.strip_prefix(':')
                .map_or(port, |digits| digits)
                .bytes()
                .all(|byte| byte.is_ascii_digit())
        })
    })
}

/// RFC 9112, section 6.1: `chunked` is applied once, as the last coding. Others than that are not understood here.
fn is_transfer_encoding_known(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, None) => true,
        (Some(coding), None) => coding.as_bytes().eq_ignore_ascii_case(b"chunked"),
        _ => false,
    }
}

/// The body of a request; says so when it is dropped before its end.
pub(super) fn body(incoming: Incoming, unread: &Unread) -> Body {
    if incoming.is_end_stream() {
        return Body::empty();
    }
    Body::new(RequestBody {
        incoming,
        unread: unread.clone(),
        ended: false,
    })
}

struct RequestBody {
    incoming: Incoming,
    unread: Unread,
    ended: bool,
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.incoming).poll_frame(context);
        self.ended |= matches!(frame, Poll::Ready(None));
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if !self.ended && !self.incoming.is_end_stream() {
            self.unread.set(true);
        }
    }
}
