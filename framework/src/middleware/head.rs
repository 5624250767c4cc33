//! Answers `HEAD` with exactly the head of the answer to `GET` (RFC 9110, section 9.3.2).

use axum::{
    body::{Body, HttpBody},
    extract::Request,
    response::Response,
};
use http::{HeaderValue, Method, StatusCode, header};

/// Makes a `GET` request of a `HEAD` request, so that everything further inside computes the same headers; says whether it was
/// one.
pub(super) fn as_get(request: &mut Request) -> bool {
    let is_head = request.method() == Method::HEAD;
    if is_head {
        *request.method_mut() = Method::GET;
    }
    is_head
}

/// The answer without its body, but with its length.
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
