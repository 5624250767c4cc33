//! Middleware for `HEAD` requests: the response has exactly the headers of that to `GET` (RFC 9110, section 9.3.2).

use axum::{
    body::{Body, HttpBody},
    extract::Request,
    response::Response,
};
use http::{HeaderValue, Method, StatusCode, header};

/// Turns a `HEAD` request into a `GET` request, so that everything further inside computes the same headers. Returns whether
/// it was one.
pub(super) fn as_get(request: &mut Request) -> bool {
    let is_head = request.method() == Method::HEAD;
    if is_head {
        *request.method_mut() = Method::GET;
    }
    is_head
}

/// Removes the body of a response, but keeps its length.
pub(super) fn head_of(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let may_have_length = !matches!(
        parts.status,
        StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
    );
    if let (Some(length), true) = (body.size_hint().exact(), may_have_length) {
        parts
            .headers
            .entry(header::CONTENT_LENGTH)
            .or_insert_with(|| HeaderValue::from(length));
    }
    Response::from_parts(parts, Body::empty())
}
