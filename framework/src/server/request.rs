//! Checks of requests by the server itself, against request smuggling, and the request body.

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

/// Refuses a request that a proxy in front could understand differently, so that they disagree where it ends or which host it is
/// for. Hyper refuses most of them already.
/// A client sends the same `Host` with each request of a connection: the first valid one is kept in `host`.
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

/// Returns whether the target is valid (RFC 9112, section 3.2): `*` only with `OPTIONS`, a bare authority only with `CONNECT`.
fn is_target_valid<B>(request: &Request<B>) -> bool {
    match request.uri().path() {
        "*" => request.method() == Method::OPTIONS,
        "" => request.method() == Method::CONNECT || request.uri().scheme().is_some(),
        _ => true,
    }
}

/// Returns whether `Host` is valid (RFC 9112, section 3.2): 400 for a request without it, with more than one, or with an
/// invalid one. HTTP/1.0 does not require it.
fn is_host_valid(version: Version, headers: &HeaderMap, known: &OnceLock<HeaderValue>) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, None) => version < Version::HTTP_11,
        // A client whose target has no authority sends an empty `Host`.
        (Some(host), None) if known.get() == Some(host) => true,
        (Some(host), None) if host.is_empty() || is_authority(host.as_bytes()) => {
            // A later one that differs is checked each time.
            let _ = known.set(copy_of(host));
            true
        }
        _ => false,
    }
}

/// A copy of the value alone: a clone would keep the buffer of the request that it is part of.
fn copy_of(value: &HeaderValue) -> HeaderValue {
    HeaderValue::from_bytes(value.as_bytes()).unwrap_or_else(|_| value.clone())
}

/// Returns whether a text is `uri-host [ ":" port ]`, without user.
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

/// Returns whether the transfer encoding is known (RFC 9112, section 6.1): `chunked`, once, as the last coding. Others are not
/// supported.
fn is_transfer_encoding_known(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, None) => true,
        (Some(coding), None) => coding.as_bytes().eq_ignore_ascii_case(b"chunked"),
        _ => false,
    }
}

/// A request body that sets `unread` if it is dropped before its end.
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
