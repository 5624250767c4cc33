//! A stored response, to be replayed.

use axum::{
    body::{Body, Bytes},
    response::Response,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::error::Error;

/// The header of a replayed response.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Headers that are not stored: those of one connection or one moment, and cookies, as a table is no place for the secrets in them.
const NOT_STORED: [HeaderName; 5] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::DATE,
    header::SET_COOKIE,
    header::TRANSFER_ENCODING,
];

/// A response as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredResponse {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl StoredResponse {
    /// Reads the body of a response, and returns the response with its storable form.
    ///
    /// Fails if the body has more than `limit` bytes, or an error.
    pub(crate) async fn read(response: Response, limit: usize) -> Result<(Response, Self), Error> {
        let (parts, body) = response.into_parts();
        let body = match Limited::new(body, limit).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => {
                return Err(Error::internal(format!(
                    "the response to a request with an `Idempotency-Key` has more than the {limit} bytes of `idempotency.max_body_bytes`"
                )));
            }
            Err(error) => return Err(Error::internal(error)),
        };
        let mut headers = parts.headers.clone();
        for name in &NOT_STORED {
            headers.remove(name);
        }
        let stored = Self {
            status: parts.status,
            headers,
            body: body.clone(),
        };
        Ok((Response::from_parts(parts, Body::from(body)), stored))
    }

    /// The response to a repeated request.
    pub(crate) fn replay(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
            .headers_mut()
            .insert(REPLAYED, HeaderValue::from_static("true"));
        response
    }

    /// The headers in the form of HTTP/1.1: names and values cannot contain a line feed.
    pub(super) fn header_lines(&self) -> Vec<u8> {
        let mut lines = Vec::new();
        for (name, value) in &self.headers {
            lines.extend_from_slice(name.as_str().as_bytes());
            lines.push(b':');
            lines.extend_from_slice(value.as_bytes());
            lines.push(b'\n');
        }
        lines
    }

    /// The response from the stored columns; `None` if they are damaged.
    pub(super) fn from_stored(status: i32, lines: &[u8], body: Vec<u8>) -> Option<Self> {
        let mut headers = HeaderMap::new();
        for line in lines
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
        {
            let colon = line.iter().position(|byte| *byte == b':')?;
            headers.append(
                HeaderName::from_bytes(&line[..colon]).ok()?,
                HeaderValue::from_bytes(&line[colon + 1..]).ok()?,
            );
        }
        Some(Self {
            status: StatusCode::from_u16(u16::try_from(status).ok()?).ok()?,
            headers,
            body: body.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;

    #[tokio::test]
    async fn what_is_stored_is_what_comes_back() {
        let response = (
            StatusCode::CREATED,
            [
                (header::LOCATION, "/posts/1"),
                (header::LINK, "a"),
                (header::SET_COOKIE, "secret=1"),
            ],
            "body",
        );
        let (sent, stored) = StoredResponse::read(response.into_response(), 4)
            .await
            .expect("read");
        assert_eq!(sent.headers()[header::SET_COOKIE], "secret=1");
        let read = StoredResponse::from_stored(201, &stored.header_lines(), b"body".to_vec());
        assert_eq!(read.as_ref(), Some(&stored));
        let replayed = stored.replay();
        assert_eq!(replayed.status(), 201);
        assert_eq!(replayed.headers()[REPLAYED], "true");
        assert_eq!(replayed.headers()[header::LOCATION], "/posts/1");
        assert!(!replayed.headers().contains_key(header::SET_COOKIE));
    }

    #[tokio::test]
    async fn a_large_response_is_refused() {
        let error = StoredResponse::read("12345".into_response(), 4)
            .await
            .expect_err("refused");
        assert_eq!(error.status(), 500);
        assert!(
            error.to_string().contains("idempotency.max_body_bytes"),
            "{error}"
        );
    }
}
