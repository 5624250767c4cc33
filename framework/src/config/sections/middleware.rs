//! The section `[middleware]`: one table for each middleware of the stack.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Checks, CorsConfig, RateLimitConfig, Section, cors_origin};
use crate::{config::duration, env::Environment};

/// The section `[middleware]`: one table for each middleware of the stack. A table changes only the keys that it contains.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MiddlewareConfig {
    /// An id for every request.
    pub request_id: RequestIdConfig,
    /// One line of the log for every request.
    pub access_log: AccessLogConfig,
    /// The response 500 for a panic in a handler.
    pub catch_panic: CatchPanicConfig,
    /// Response headers that make browsers stricter.
    pub security_headers: SecurityHeadersConfig,
    /// Cross-origin requests.
    pub cors: CorsConfig,
    /// The refusal of requests that pages of other origins send.
    pub cross_origin: CrossOriginConfig,
    /// Rules that limit how often a client may call.
    pub rate_limit: RateLimitConfig,
    /// The largest body of a request.
    pub body_limit: BodyLimitConfig,
    /// The timeout of a request.
    pub timeout: TimeoutConfig,
    /// The compression of responses.
    pub compression: CompressionConfig,
    /// Entity tags, with which a client does not download again what it has cached.
    pub etag: EtagConfig,
}

/// The section `[middleware.request_id]`: an id for every request, in the log, in the response header `x-request-id` and in error bodies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RequestIdConfig {
    /// Default true.
    pub enabled: bool,
}

/// The section `[middleware.access_log]`: one line of the log for every request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccessLogConfig {
    /// Default true.
    pub enabled: bool,
}

/// The section `[middleware.catch_panic]`: a panic in a handler is logged, and the response is 500.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CatchPanicConfig {
    /// Default true.
    pub enabled: bool,
}

/// The section `[middleware.security_headers]`: response headers that make browsers stricter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SecurityHeadersConfig {
    /// Default true.
    pub enabled: bool,
    /// `strict-transport-security`: the time for which a browser uses HTTPS only, at most `730d`; `0s` leaves the header out. Default
    /// `0s`; in production `365d`.
    #[serde(with = "duration")]
    pub hsts_max_age: Duration,
    /// `content-security-policy`; empty leaves the header out. Default `default-src 'none'; base-uri 'none';
    /// form-action 'none'; frame-ancestors 'none'`: nothing is loaded, and the last three do not follow from `default-src`.
    pub content_security_policy: String,
    /// `referrer-policy`; empty leaves the header out. Default `no-referrer`.
    pub referrer_policy: String,
    /// `content-security-policy` of HTML; empty leaves the header out. Default: scripts, styles, fonts and requests of the own origin,
    /// images of it and `data:`, no inline script or style.
    pub html_content_security_policy: String,
    /// `referrer-policy` of HTML; empty leaves the header out. Default `same-origin`: with `no-referrer` browsers send `origin: null` with forms.
    pub html_referrer_policy: String,
    /// `x-frame-options`: `DENY`, `SAMEORIGIN`, or empty to leave the header out. Default `DENY`.
    pub frame_options: String,
    /// `cache-control` of responses below 400, the others have `no-store`; empty leaves the header out. Default
    /// `private, no-cache`: the client may store a response, but must revalidate it before it uses it again.
    pub cache_control: String,
}

/// The section `[middleware.cross_origin]`: requests other than `GET`, `HEAD` and `OPTIONS` that pages of other origins make a browser send are
/// refused (cross-site request forgery).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CrossOriginConfig {
    /// Default true.
    pub enabled: bool,
    /// Other origins whose pages may send everything, such as `https://admin.example.com`; those of `middleware.cors.allow_origins` may as well.
    /// Default none.
    pub trusted_origins: Vec<String>,
}

/// The section `[middleware.body_limit]`: the largest body of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BodyLimitConfig {
    /// Default true.
    pub enabled: bool,
    /// The largest body, in bytes, at least 1. Default 2 MiB.
    pub max_bytes: usize,
    /// The most bytes of all bodies together that are in memory, at least 1; beyond them the response is 503 and nothing more is read.
    /// Default 256 MiB.
    pub max_total_bytes: usize,
}

/// The section `[middleware.timeout]`: the timeout of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TimeoutConfig {
    /// Default true.
    pub enabled: bool,
    /// The time after which the response to a request is 503, above 0 and at most `1h`. Default `30s`.
    #[serde(with = "duration")]
    pub after: Duration,
}

/// The section `[middleware.compression]`: responses are compressed for clients that accept it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompressionConfig {
    /// Default true.
    pub enabled: bool,
    /// Smaller responses are not compressed, 0–65535 bytes. Default 1024.
    pub min_bytes: u16,
}

/// The section `[middleware.etag]`: entity tags, with which a client does not download again what it has cached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EtagConfig {
    /// Default true.
    pub enabled: bool,
    /// The largest body that gets an `etag`, in bytes, at least 1. Default 1 MiB.
    pub max_bytes: usize,
}

/// The policy for responses that are data: a browser that shows one loads nothing, sends no form and follows no `<base>`.
const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The policy for pages: everything comes from the own origin, and nothing is written in the page itself (ASVS 5.0, 3.4.3).
const HTML_CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

impl Section for MiddlewareConfig {
    /// The defaults: in production browsers use HTTPS only, for a year.
    fn defaults(environment: &Environment) -> Self {
        let mut config = Self::default();
        if environment.is_production() {
            config.security_headers.hsts_max_age = Duration::from_hours(365 * 24);
        }
        config
    }

    fn check(&self, checks: &mut Checks) {
        self.security_headers.check(checks);
        self.cors.check(checks);
        self.cross_origin.check(checks);
        self.rate_limit.check(checks);
        checks.range(
            "middleware.body_limit.max_bytes",
            &self.body_limit.max_bytes,
            1..=usize::MAX,
        );
        checks.range(
            "middleware.body_limit.max_total_bytes",
            &self.body_limit.max_total_bytes,
            1..=usize::MAX,
        );
        checks.range(
            "middleware.etag.max_bytes",
            &self.etag.max_bytes,
            1..=usize::MAX,
        );
        checks.time(
            "middleware.timeout.after",
            self.timeout.after,
            Duration::from_hours(1),
        );
    }
}

impl SecurityHeadersConfig {
    fn check(&self, checks: &mut Checks) {
        let two_years = Duration::from_hours(730 * 24);
        checks.time_or_zero(
            "middleware.security_headers.hsts_max_age",
            self.hsts_max_age,
            two_years,
        );
        checks.header(
            "middleware.security_headers.content_security_policy",
            &self.content_security_policy,
        );
        checks.header(
            "middleware.security_headers.referrer_policy",
            &self.referrer_policy,
        );
        checks.header(
            "middleware.security_headers.html_content_security_policy",
            &self.html_content_security_policy,
        );
        checks.header(
            "middleware.security_headers.html_referrer_policy",
            &self.html_referrer_policy,
        );
        checks.header(
            "middleware.security_headers.cache_control",
            &self.cache_control,
        );
        if !["DENY", "SAMEORIGIN", ""].contains(&self.frame_options.as_str()) {
            checks.wrong(
                "middleware.security_headers.frame_options",
                "`DENY`, `SAMEORIGIN` or nothing",
                format!("`{}`", self.frame_options),
            );
        }
    }
}

impl CrossOriginConfig {
    fn check(&self, checks: &mut Checks) {
        for origin in &self.trusted_origins {
            if let Err(unusable) = cors_origin::check(origin) {
                let key = "middleware.cross_origin.trusted_origins";
                checks.refused(key, unusable.reason, Some(unusable.hint));
            }
        }
    }
}

impl Default for RequestIdConfig {
    fn default() -> Self {
        Self { enabled: true }
    }
}

impl Default for AccessLogConfig {
    fn default() -> Self {
        Self { enabled: true }
    }
}

impl Default for CatchPanicConfig {
    fn default() -> Self {
        Self { enabled: true }
    }
}

impl Default for SecurityHeadersConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            hsts_max_age: Duration::ZERO,
            content_security_policy: CONTENT_SECURITY_POLICY.to_owned(),
            referrer_policy: "no-referrer".to_owned(),
            html_content_security_policy: HTML_CONTENT_SECURITY_POLICY.to_owned(),
            html_referrer_policy: "same-origin".to_owned(),
            frame_options: "DENY".to_owned(),
            cache_control: "private, no-cache".to_owned(),
        }
    }
}

impl Default for CrossOriginConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            trusted_origins: Vec::new(),
        }
    }
}

impl Default for BodyLimitConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            max_bytes: 2 * 1024 * 1024,
            max_total_bytes: 256 * 1024 * 1024,
        }
    }
}

impl Default for TimeoutConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            after: Duration::from_secs(30),
        }
    }
}

impl Default for CompressionConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            min_bytes: 1024,
        }
    }
}

impl Default for EtagConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            max_bytes: 1024 * 1024,
        }
    }
}
