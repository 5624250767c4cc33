//! Tells browsers to be careful with the answers of this server.
//!
//! The set follows the OWASP Secure Headers project and ASVS 5.0, chapter V3.4, for an API: nothing may be framed,
//! sniffed or loaded. No answer is used again without asking (RFC 9111, section 5.2.2.4), and only the client's own cache
//! keeps it; errors are not kept at all. A handler that sets one of the headers itself is left alone.

use axum::response::Response;
use http::{HeaderName, HeaderValue, header};

use crate::config::SecurityHeadersConfig;

pub(super) struct SecurityHeaders {
    always: Vec<(HeaderName, HeaderValue)>,
    /// `cache-control` of what may be kept.
    cache_control: Option<HeaderValue>,
}

impl SecurityHeaders {
    pub(super) fn new(config: &SecurityHeadersConfig) -> Self {
        let hsts = config.hsts_max_age.as_secs();
        let transport = (hsts > 0).then(|| format!("max-age={hsts}; includeSubDomains"));
        let headers = [
            (
                header::STRICT_TRANSPORT_SECURITY,
                transport.as_deref().unwrap_or_default(),
            ),
            (
                header::CONTENT_SECURITY_POLICY,
                &config.content_security_policy,
            ),
            (header::REFERRER_POLICY, &config.referrer_policy),
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
        let cache_control = HeaderValue::from_str(&config.cache_control).ok();
        Self {
            always: headers.collect(),
            cache_control: cache_control.filter(|value| !value.is_empty()),
        }
    }
}

impl SecurityHeaders {
    pub(super) fn add_to(&self, response: &mut Response) {
        let cache_control = if response.status().as_u16() < 400 {
            self.cache_control.clone()
        } else {
            Some(HeaderValue::from_static("no-store"))
        };
        let headers = response.headers_mut();
        headers.reserve(self.always.len() + 1);
        if let Some(value) = cache_control {
            headers.entry(header::CACHE_CONTROL).or_insert(value);
        }
        for (name, value) in &self.always {
            headers.entry(name).or_insert_with(|| value.clone());
        }
    }
}
