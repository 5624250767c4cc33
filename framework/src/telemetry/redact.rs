//! Headers that are never logged.

use std::fmt;

use http::{HeaderMap, HeaderName, header};

/// The headers whose values are never logged: they let whoever reads the log act for a user.
pub const HEADERS: [HeaderName; 5] = [
    header::AUTHORIZATION,
    header::PROXY_AUTHORIZATION,
    header::COOKIE,
    header::SET_COOKIE,
    HeaderName::from_static("x-api-key"),
];

/// Whether the value of a header must not be logged.
pub fn is_secret(name: &HeaderName) -> bool {
    HEADERS.contains(name)
}

/// Headers as they may be logged: `Debug` shows `[redacted]` for the values of [`HEADERS`].
///
/// ```
/// use fw::telemetry::redact::Headers;
///
/// let mut headers = http::HeaderMap::new();
/// headers.insert("cookie", "session=hunter2".parse().unwrap());
/// assert_eq!(format!("{:?}", Headers(&headers)), r#"{"cookie": "[redacted]"}"#);
/// ```
pub struct Headers<'a>(
    /// The headers of a request or of an answer.
    pub &'a HeaderMap,
);

impl fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.iter().map(|(name, value)| {
            let value = if is_secret(name) {
                "[redacted]".into()
            } else {
                String::from_utf8_lossy(value.as_bytes())
            };
            (name.as_str(), value)
        });
        f.debug_map().entries(shown).finish()
    }
}
