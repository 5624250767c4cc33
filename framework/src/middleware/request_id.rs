//! Middleware that gives every request an id, for its log lines, its response and its errors.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts, Request},
    response::Response,
};
use http::{HeaderName, HeaderValue, request::Parts};
use uuid::Builder;

use crate::{error::Error, openapi::Input, telemetry};

/// The header that carries the id, in requests and responses.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is accepted from a client.
const MAX_LENGTH: usize = 128;

/// The id of a request: an extractor, and [`current`](Self::current) for what has no request at hand.
///
/// It is the client's `x-request-id` when that is 1 to 128 letters, digits, `-`, `_` or `.`; otherwise a new `UUIDv7`. A request has none
/// where the middleware `request_id` is off: the extractor responds with 500 then, and as an `Option` with `None`.
///
/// ```
/// use fw::{middleware::RequestId, prelude::*};
///
/// async fn report(_: Anyone, id: RequestId) -> String {
///     format!("tell the support this number: {}", id.as_str())
/// }
///
/// Routes::new().with([get("/report", report)]);
/// ```
#[derive(Clone, Debug)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// The id of the request that the present work belongs to; `None` outside of requests, and in a task that one has spawned. In a job
    /// it is the id of the request that has enqueued it. See [`RequestId`] for an example of the extractor.
    ///
    /// ```
    /// # use fw::middleware::RequestId;
    /// fn contact() -> Option<String> {
    ///     let id = RequestId::current()?;
    ///     Some(format!("https://support.example.com/?request={}", id.as_str()))
    /// }
    /// # assert_eq!(contact(), None);
    /// ```
    pub fn current() -> Option<Self> {
        telemetry::current_request()?.id.map(Self)
    }

    /// The id that a request gets.
    pub(super) fn of(request: &Request) -> Self {
        match request.headers().get(HEADER) {
            Some(given) if is_well_formed(given.as_bytes()) => Self(given.clone()),
            _ => Self::new(),
        }
    }

    /// The id as the value of the header.
    pub(super) fn value(&self) -> HeaderValue {
        self.0.clone()
    }

    /// Adds the id to the response.
    pub(super) fn add_to(self, response: &mut Response) {
        response.headers_mut().insert(HEADER, self.0);
    }

    /// A `UUIDv7` (RFC 9562, section 5.7): the time, and bits that are unique among the requests of all servers, though they can be
    /// guessed with effort. Bits from the system would cost two system calls for each request.
    fn new() -> Self {
        static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        static COUNT: AtomicU64 = AtomicU64::new(0);

        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let mut rest = [0; 10];
        rest[..8].copy_from_slice(&KEY.hash_one(count).to_ne_bytes());
        rest[8..].copy_from_slice(&KEY.hash_one(!count).to_ne_bytes()[..2]);
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
        let millis = since_1970.map_or(0, |time| time.as_millis());
        let id = Builder::from_unix_timestamp_millis(millis.try_into().unwrap_or(0), &rest);
        let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
        let text = id.into_uuid().hyphenated().encode_lower(&mut text);
        Self(HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("-")))
    }
}

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = Error;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Error> {
        Self::current().ok_or_else(|| {
            Error::internal("the request has no id: the middleware `request_id` is off")
        })
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for RequestId {
    type Rejection = Error;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Option<Self>, Error> {
        Ok(Self::current())
    }
}

impl Input for RequestId {
    const READS_QUERY: bool = false;
}

fn is_well_formed(id: &[u8]) -> bool {
    (1..=MAX_LENGTH).contains(&id.len())
        && id
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::is_well_formed;

    #[test]
    fn only_harmless_ids_are_taken_over() {
        assert!(is_well_formed(b"0197-abc_DEF.1"));
        for bad in [
            &b""[..],
            b"a b",
            b"a\"b",
            b"<script>",
            "ä".as_bytes(),
            &[b'a'; 129],
        ] {
            assert!(!is_well_formed(bad), "{bad:?}");
        }
    }
}
