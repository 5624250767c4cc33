//! The fingerprint of a request, by which a repeated one is recognized.

use http::{header, request::Parts};
use sha2::{Digest, Sha256};

/// A hash of a request: its method, its path with the query, the media type and the bytes of its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(crate) fn of(parts: &Parts, body: &[u8]) -> Self {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        // Upper and lower case and parameters (`charset=utf-8`) make no difference.
        let media_type = parts
            .headers
            .get(header::CONTENT_TYPE)
            .map(|value| value.as_bytes().split(|byte| *byte == b';').next())
            .map(|value| value.unwrap_or_default().trim_ascii().to_ascii_lowercase())
            .unwrap_or_default();
        let mut hash = Sha256::new();
        for part in [
            parts.method.as_str().as_bytes(),
            path.as_bytes(),
            &media_type,
        ] {
            hash.update(part);
            // None of them can contain it.
            hash.update([0]);
        }
        hash.update(body);
        Self(hash.finalize().into())
    }

    /// The hash.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn of(method: &str, path: &str, media_type: &str, body: &str) -> Fingerprint {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, media_type)
            .body(())
            .expect("a request");
        Fingerprint::of(&request.into_parts().0, body.as_bytes())
    }

    #[test]
    fn tells_requests_apart() {
        let first = of("POST", "/a?b=1", "application/json", "{}");
        assert_eq!(
            first,
            of("POST", "/a?b=1", "Application/JSON; charset=utf-8", "{}")
        );
        for other in [
            of("PATCH", "/a?b=1", "application/json", "{}"),
            of("POST", "/a?b=2", "application/json", "{}"),
            of("POST", "/a", "application/json", "{}"),
            of("POST", "/a?b=1", "text/plain", "{}"),
            of("POST", "/a?b=1", "application/json", "{ }"),
        ] {
            assert_ne!(first, other);
        }
    }
}
