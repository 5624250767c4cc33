//! `[middleware]`: one table for each layer that every request passes.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Checks, CorsConfig, Section};
use crate::{config::duration, env::Environment};

/// `[middleware]`: one table for each layer that every request passes. A table changes only what it names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MiddlewareConfig {
    /// An id for every request.
    pub request_id: RequestIdConfig,
    /// One line of the log for every request.
    pub access_log: AccessLogConfig,
    /// A panic in a handler is answered with 500.
    pub catch_panic: CatchPanicConfig,
    /// Headers that tell a browser to be careful.
    pub security_headers: SecurityHeadersConfig,
    /// Which other origins may call.
    pub cors: CorsConfig,
    /// How often a client may call.
    pub rate_limit: RateLimitConfig,
    /// How large a request may be.
    pub body_limit: BodyLimitConfig,
    /// How long a request may take.
    pub timeout: TimeoutConfig,
    /// Answers are compressed.
    pub compression: CompressionConfig,
    /// Clients are not sent again what they have.
    pub etag: EtagConfig,
}

/// `[middleware.request_id]`: an id for every request, in the log, in the answer's `x-request-id` and in error bodies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RequestIdConfig {
    /// Default true.
    pub enabled: bool,
}

/// `[middleware.access_log]`: one line of the log for every request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccessLogConfig {
    /// Default true.
    pub enabled: bool,
}

/// `[middleware.catch_panic]`: a panic in a handler is logged and answered with 500.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CatchPanicConfig {
    /// Default true.
    pub enabled: bool,
}

/// `[middleware.security_headers]`: headers that tell a browser to be careful.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SecurityHeadersConfig {
    /// Default true.
    pub enabled: bool,
    /// `strict-transport-security`: how long a browser uses HTTPS only, at most `730d`; `0s` leaves the header out. Default
    /// `0s`; in production `365d`.
    #[serde(with = "duration")]
    pub hsts_max_age: Duration,
    /// `content-security-policy`; empty leaves the header out. Default `default-src 'none'; frame-ancestors 'none'`.
    pub content_security_policy: String,
    /// `referrer-policy`; empty leaves the header out. Default `no-referrer`.
    pub referrer_policy: String,
    /// `x-frame-options`: `DENY`, `SAMEORIGIN`, or empty to leave the header out. Default `DENY`.
    pub frame_options: String,
    /// `cache-control` of answers below 400, the others have `no-store`; empty leaves the header out. Default
    /// `private, no-cache`: the client may keep an answer, but asks before it uses it again.
    pub cache_control: String,
}

/// `[middleware.rate_limit]`: how often one client may call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimitConfig {
    /// Default true.
    pub enabled: bool,
    /// The paths that are limited, with everything below them. Each starts with `/`. Default `/api/v1/auth`.
    pub paths: Vec<String>,
    /// Requests of one client in the time `per`, at least 1. Default 20.
    pub requests: u32,
    /// The time in which `requests` are allowed, above 0 and at most `1d`. Default `1m`.
    #[serde(with = "duration")]
    pub per: Duration,
    /// Whether the client's address is taken from `x-forwarded-for`. Only behind a proxy that sets it. Default false.
    pub trust_forwarded_for: bool,
}

/// `[middleware.body_limit]`: how large the body of a request may be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BodyLimitConfig {
    /// Default true.
    pub enabled: bool,
    /// The largest body, in bytes, at least 1. Default 2 MiB.
    pub max_bytes: usize,
}

/// `[middleware.timeout]`: how long a request may take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TimeoutConfig {
    /// Default true.
    pub enabled: bool,
    /// How long a request may take until it is answered with 503, above 0 and at most `1h`. Default `30s`.
    #[serde(with = "duration")]
    pub after: Duration,
}

/// `[middleware.compression]`: answers are compressed for clients that accept it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompressionConfig {
    /// Default true.
    pub enabled: bool,
    /// Smaller answers stay as they are, 0–65535 bytes. Default 1024.
    pub min_bytes: u16,
}

/// `[middleware.etag]`: clients are not sent again what they have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EtagConfig {
    /// Default true.
    pub enabled: bool,
    /// The largest body that gets an `etag`, in bytes, at least 1. Default 1 MiB.
    pub max_bytes: usize,
}

impl Section for MiddlewareConfig {
    /// In production, browsers are told to use HTTPS for a year.
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
        self.rate_limit.check(checks);
        checks.range(
            "middleware.body_limit.max_bytes",
            &self.body_limit.max_bytes,
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

impl RateLimitConfig {
    fn check(&self, checks: &mut Checks) {
        if let Some(path) = self.paths.iter().find(|path| !path.starts_with('/')) {
            checks.wrong(
                "middleware.rate_limit.paths",
                "a list of paths that start with `/`",
                format!("`{path}`"),
            );
        }
        checks.range(
            "middleware.rate_limit.requests",
            &self.requests,
            1..=u32::MAX,
        );
        checks.time(
            "middleware.rate_limit.per",
            self.per,
            Duration::from_hours(24),
        );
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
            content_security_policy: "default-src 'none'; frame-ancestors 'none'".to_owned(),
            referrer_policy: "no-referrer".to_owned(),
            frame_options: "DENY".to_owned(),
            cache_control: "private, no-cache".to_owned(),
        }
    }
}

impl Default for RateLimitConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            paths: vec!["/api/v1/auth".to_owned()],
            requests: 20,
            per: Duration::from_mins(1),
            trust_forwarded_for: false,
        }
    }
}

impl Default for BodyLimitConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            max_bytes: 2 * 1024 * 1024,
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
