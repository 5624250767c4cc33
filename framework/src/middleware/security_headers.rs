//! Middleware that adds security headers to responses.
//!
//! The set follows the OWASP Secure Headers project and ASVS 5.0, chapter V3.4. For data nothing may be framed, sniffed or loaded; a page
//! may load what comes from its own origin. No response is reused without revalidation (RFC 9111, section 5.2.2.4), and only the client's own cache
//! stores it; errors are not stored at all. A header that a handler sets itself is left alone.

use std::mem;

use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::etag::is_of_page;
use crate::config::SecurityHeadersConfig;

pub(super) struct SecurityHeaders {
    data: Headers,
    html: Headers,
}

/// The headers of responses of one kind.
struct Headers {
    /// Those of a response that may be cached.
    success: HeaderMap,
    /// Those of an error.
    error: HeaderMap,
}

impl SecurityHeaders {
    pub(super) fn new(config: &SecurityHeadersConfig) -> Self {
        Self {
            data: Headers::new(
                config,
                &config.content_security_policy,
                &config.referrer_policy,
            ),
            html: Headers::new(
                config,
                &config.html_content_security_policy,
                &config.html_referrer_policy,
            ),
        }
    }

    /// Adds the headers that the response does not have.
    pub(super) fn add_to(&self, response: &mut Response) {
        let headers = if is_of_page(response) {
            &self.html
        } else {
            &self.data
        };
        // The few headers of the response go to a copy of the many: to insert one into a map costs more than to copy it with all.
        let many = if response.status().as_u16() < 400 {
            &headers.success
        } else {
            &headers.error
        };
        let few = mem::replace(response.headers_mut(), many.clone());
        put(few, response.headers_mut());
    }
}

/// Puts the headers of a response in the place of those of the same names. `extend` takes twice as long, which only a header of several
/// lines is worth.
fn put(few: HeaderMap, all: &mut HeaderMap) {
    if few.keys_len() < few.len() {
        return all.extend(few);
    }
    for (name, value) in few {
        if let Some(name) = name {
            all.insert(name, value);
        }
    }
}

impl Headers {
    fn new(config: &SecurityHeadersConfig, content_policy: &str, referrer_policy: &str) -> Self {
        let hsts = config.hsts_max_age.as_secs();
        let transport = (hsts > 0).then(|| format!("max-age={hsts}; includeSubDomains"));
        let headers = [
            (header::CACHE_CONTROL, config.cache_control.as_str()),
            (
                header::STRICT_TRANSPORT_SECURITY,
                transport.as_deref().unwrap_or_default(),
            ),
            (header::CONTENT_SECURITY_POLICY, content_policy),
            (header::REFERRER_POLICY, referrer_policy),
            (header::X_FRAME_OPTIONS, &config.frame_options),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (
                HeaderName::from_static("cross-origin-opener-policy"),
                "same-origin",
            ),
            (
                HeaderName::from_static("cross-origin-resource-policy"),
                "same-origin",
            ),
        ];
        // An empty value means: do not send this header. Others were checked when the configuration was read.
        let headers = headers
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .filter_map(|(name, value)| Some((name, HeaderValue::from_str(value).ok()?)));
        // The copies have room for the headers of any response.
        let mut success = HeaderMap::with_capacity(24);
        success.extend(headers);
        let mut error = success.clone();
        error.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Self { success, error }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn the_headers_of_the_response_win_with_all_their_lines() {
        let headers = SecurityHeaders::new(&SecurityHeadersConfig::default());
        for several in [false, true] {
            let mut response = Response::new(Body::empty());
            let own = response.headers_mut();
            own.insert(
                header::CACHE_CONTROL,
                HeaderValue::from_static("max-age=60"),
            );
            own.append(header::SET_COOKIE, HeaderValue::from_static("a=1"));
            if several {
                own.append(header::SET_COOKIE, HeaderValue::from_static("b=2"));
            }
            headers.add_to(&mut response);
            let lines = |name| {
                let lines = response.headers().get_all(name).iter();
                lines.map(HeaderValue::as_bytes).collect::<Vec<_>>()
            };
            assert_eq!(lines(header::CACHE_CONTROL), [b"max-age=60"]);
            let cookies: &[&[u8]] = if several {
                &[b"a=1", b"b=2"]
            } else {
                &[b"a=1"]
            };
            assert_eq!(lines(header::SET_COOKIE), cookies);
            assert_eq!(lines(header::X_CONTENT_TYPE_OPTIONS), [b"nosniff"]);
        }
    }
}
