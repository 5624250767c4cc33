//! Middleware for conditional requests: adds `ETag` and responds with 304 when `If-None-Match` names it.

use std::hash::{DefaultHasher, Hasher};

use axum::{
    body::{Body, HttpBody},
    extract::Request,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderValue, Method, StatusCode, header};
use http_body_util::BodyExt;

use crate::{controller::matches_weakly, error::Error};

/// The headers that describe the body, which a 304 does not have (RFC 9110, section 15.4.5).
const OF_THE_BODY: [header::HeaderName; 5] = [
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_LENGTH,
    header::CONTENT_RANGE,
    header::CONTENT_TYPE,
];

/// The conditions of a `GET` request: the entity tags of the responses that its client has.
pub(super) struct Conditions {
    known: Vec<HeaderValue>,
    has_query: bool,
}

impl Conditions {
    /// The conditions of a `GET` request; `HEAD` arrives here as `GET`.
    pub(super) fn of(request: &Request) -> Option<Self> {
        let known = request.headers().get_all(header::IF_NONE_MATCH);
        (request.method() == Method::GET).then(|| Self {
            known: known.iter().cloned().collect(),
            has_query: request.uri().query().is_some(),
        })
    }

    /// Adds a weak entity tag made from the body, unless the response has a tag of its own, and turns it into a 304 if the client
    /// has it already. Bodies of unknown size (streams) or of more than `max_bytes` are left alone.
    pub(super) async fn apply(self, mut response: Response, max_bytes: usize) -> Response {
        if response.status() != StatusCode::OK {
            return response;
        }
        if !response.headers().contains_key(header::ETAG) {
            response = with_etag(response, max_bytes).await;
        } else if self.has_query {
            // The tag of a handler stands for its row; what the query added to the response (`?include=`) may have changed.
            return response;
        }
        if self.known.is_empty() {
            return response;
        }
        let is_known = response.headers().get(header::ETAG).is_some_and(|tag| {
            let mut known = self.known.iter();
            known.any(|line| matches_weakly(line.as_bytes(), tag.as_bytes()))
        });
        if is_known {
            not_modified(response)
        } else {
            response
        }
    }
}

async fn with_etag(response: Response, max_bytes: usize) -> Response {
    let size = response.body().size_hint().exact();
    if size.is_none_or(|size| size > max_bytes as u64) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return Error::internal(error).into_response(),
    };
    parts.headers.insert(header::ETAG, entity_tag_of(&bytes));
    Response::from_parts(parts, Body::from(bytes))
}

/// Makes a weak entity tag, as it holds for all encodings of the body. Its hash may change with another version of the program:
/// then the body is sent once more.
fn entity_tag_of(body: &[u8]) -> HeaderValue {
    let mut hasher = DefaultHasher::new();
    hasher.write(body);
    hasher.write_usize(body.len());
    // The exact length: 11 characters between `W/"` and `"`.
    let mut tag = String::with_capacity(15);
    tag.push_str("W/\"");
    BASE64_URL_SAFE_NO_PAD.encode_string(hasher.finish().to_be_bytes(), &mut tag);
    tag.push('"');
    HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("W/\"\""))
}

/// The mark of a 304 for a page, which has no media type: its headers take the place of those that the client has stored with the page
/// (RFC 9111, section 3.2).
#[derive(Clone, Copy)]
struct OfPage;

/// Returns whether a response is a page, or says that one has not changed.
pub(super) fn is_of_page(response: &Response) -> bool {
    let media_type = response.headers().get(header::CONTENT_TYPE);
    media_type.is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
        || response.extensions().get::<OfPage>().is_some()
}

fn not_modified(response: Response) -> Response {
    let is_of_page = is_of_page(&response);
    let (mut parts, _) = response.into_parts();
    if is_of_page {
        parts.extensions.insert(OfPage);
    }
    parts.status = StatusCode::NOT_MODIFIED;
    for name in OF_THE_BODY {
        parts.headers.remove(name);
    }
    Response::from_parts(parts, Body::empty())
}
