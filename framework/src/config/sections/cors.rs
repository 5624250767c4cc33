//! The section `[middleware.cors]`: cross-origin requests.

use std::time::Duration;

use http::{HeaderName, Method};
use serde::{Deserialize, Serialize};

use super::{Checks, Section, cors_origin};
use crate::config::duration;

/// The section `[middleware.cors]`: the other origins that may call from a browser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CorsConfig {
    /// True if other origins may call; needs `allow_origins`. Default false.
    pub enabled: bool,
    /// Origins as browsers send them, such as `https://app.example.com`, or `*` alone for every one. Default none.
    pub allow_origins: Vec<String>,
    /// The methods that they may use. Default `GET`, `POST`, `PUT`, `PATCH`, `DELETE`.
    pub allow_methods: Vec<String>,
    /// The request headers that they may send. Default `authorization`, `content-type`, `idempotency-key`, `if-match`,
    /// `if-none-match`, `x-request-id`.
    pub allow_headers: Vec<String>,
    /// The response headers that their scripts may read besides those of the framework: `deprecation`, `etag`, `idempotency-replayed`,
    /// `link`, `location`, `ratelimit`, `ratelimit-policy`, `retry-after`, `sunset`, `x-request-id`. Default none.
    pub expose_headers: Vec<String>,
    /// True if cookies and credentials may be sent; refused together with the origin `*`. Default false.
    pub allow_credentials: bool,
    /// The time for which a browser may cache the preflight response, at most `1d`. Default `1h`.
    #[serde(with = "duration")]
    pub max_age: Duration,
}

impl Section for CorsConfig {
    fn check(&self, checks: &mut Checks) {
        let wildcard = self.allow_origins.iter().any(|origin| origin == "*");
        if wildcard && self.allow_credentials {
            checks.wrong(
                "middleware.cors.allow_credentials",
                "false while `middleware.cors.allow_origins` has `*`: any site could act for its visitors",
                "`true`",
            );
        }
        if wildcard && self.allow_origins.len() > 1 {
            checks.wrong(
                "middleware.cors.allow_origins",
                "`*` alone or no `*`",
                "both",
            );
        }
        for origin in self.allow_origins.iter().filter(|origin| *origin != "*") {
            if let Err(unusable) = cors_origin::check(origin) {
                let key = "middleware.cors.allow_origins";
                checks.refused(key, unusable.reason, Some(unusable.hint));
            }
        }
        if let Some(method) = self.allow_methods.iter().find(|method| !is_method(method)) {
            checks.wrong(
                "middleware.cors.allow_methods",
                "a list of methods in capitals such as `GET`",
                format!("`{method}`"),
            );
        }
        for (key, headers) in [
            ("middleware.cors.allow_headers", &self.allow_headers),
            ("middleware.cors.expose_headers", &self.expose_headers),
        ] {
            // With credentials, browsers take a `*` for the name of a header.
            let is_wrong = |name: &&String| {
                name.parse::<HeaderName>().is_err() || (*name == "*" && self.allow_credentials)
            };
            if let Some(header) = headers.iter().find(is_wrong) {
                let expected = "a list of names of headers such as `content-type`";
                checks.wrong(key, expected, format!("`{header}`"));
            }
        }
        if self.enabled && self.allow_origins.is_empty() {
            checks.wrong(
                "middleware.cors.enabled",
                "false while `middleware.cors.allow_origins` is empty",
                "`true`",
            );
        }
        checks.time_or_zero(
            "middleware.cors.max_age",
            self.max_age,
            Duration::from_hours(24),
        );
    }
}

impl Default for CorsConfig {
    fn default() -> Self {
        let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Self {
            enabled: false,
            allow_origins: Vec::new(),
            allow_methods: owned(&["GET", "POST", "PUT", "PATCH", "DELETE"]),
            allow_headers: owned(&[
                "authorization",
                "content-type",
                "idempotency-key",
                "if-match",
                "if-none-match",
                "x-request-id",
            ]),
            expose_headers: Vec::new(),
            allow_credentials: false,
            max_age: Duration::from_hours(1),
        }
    }
}

fn is_method(method: &str) -> bool {
    method.chars().all(|c| c.is_ascii_uppercase()) && method.parse::<Method>().is_ok()
}
