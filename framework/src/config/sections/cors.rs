//! The section `[middleware.cors]`: cross-origin requests.

use std::time::Duration;

use http::{HeaderName, Method, Uri};
use serde::{Deserialize, Serialize};

use super::{Checks, Section};
use crate::config::duration;

/// The section `[middleware.cors]`: the other origins that may call from a browser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CorsConfig {
    /// True if other origins may call; needs `allow_origins`. Default false.
    pub enabled: bool,
    /// Origins such as `https://app.example.com`, or `*` alone for every one. Default none.
    pub allow_origins: Vec<String>,
    /// The methods that they may use. Default `GET`, `POST`, `PUT`, `PATCH`, `DELETE`.
    pub allow_methods: Vec<String>,
    /// The request headers that they may send. Default `authorization`, `content-type`, `idempotency-key`, `if-match`,
    /// `if-none-match`, `x-request-id`.
    pub allow_headers: Vec<String>,
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
        if let Some(origin) = self.allow_origins.iter().find(|origin| !is_origin(origin)) {
            checks.wrong(
                "middleware.cors.allow_origins",
                "a list of origins such as `https://app.example.com`, without a path",
                format!("`{origin}`"),
            );
        }
        if let Some(method) = self.allow_methods.iter().find(|method| !is_method(method)) {
            checks.wrong(
                "middleware.cors.allow_methods",
                "a list of methods in capitals such as `GET`",
                format!("`{method}`"),
            );
        }
        if let Some(header) = self
            .allow_headers
            .iter()
            .find(|name| name.parse::<HeaderName>().is_err())
        {
            checks.wrong(
                "middleware.cors.allow_headers",
                "a list of names of headers such as `content-type`",
                format!("`{header}`"),
            );
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
            allow_credentials: false,
            max_age: Duration::from_hours(1),
        }
    }
}

/// Returns true if a text is an origin as browsers send it, a scheme and an authority, or `*`; `null` is not accepted.
fn is_origin(origin: &str) -> bool {
    let has_no_path = || {
        origin
            .split_once("://")
            .is_some_and(|(_, rest)| !rest.contains(['/', '?', '#', '@']))
    };
    origin == "*"
        || origin
            .parse::<Uri>()
            .is_ok_and(|uri| uri.scheme().is_some() && uri.authority().is_some())
            && has_no_path()
}

fn is_method(method: &str) -> bool {
    method.chars().all(|c| c.is_ascii_uppercase()) && method.parse::<Method>().is_ok()
}
