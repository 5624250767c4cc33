//! Middleware that refuses requests which pages of other origins make browsers send (cross-site request forgery).
//!
//! Browsers say where a request comes from, so no token is needed (ASVS 5.0, 3.5.1): `Sec-Fetch-Site`, and `Origin` in those that are
//! older. A request with neither was not sent by a browser on behalf of a page.

use std::collections::HashSet;

use axum::extract::Request;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header, uri::Authority};

use crate::{
    config::{CorsConfig, CrossOriginConfig},
    error::Error,
};

pub(super) struct CrossOrigin {
    /// The other origins whose pages may send anything.
    trusted: HashSet<String>,
    /// True if those of every origin may send what has no cookie: CORS with the origin `*` is for requests without credentials.
    everyone: bool,
}

impl CrossOrigin {
    /// The check, as configured. An origin that CORS allows is trusted as well.
    pub(super) fn new(config: &CrossOriginConfig, cors: &CorsConfig) -> Self {
        let allowed = cors.allow_origins.iter().filter(|_| cors.enabled);
        let trusted = config.trusted_origins.iter().chain(allowed);
        let trusted: HashSet<_> = trusted.cloned().collect();
        Self {
            everyone: trusted.contains("*"),
            trusted,
        }
    }

    /// Refuses a request that changes something and comes from another origin.
    pub(super) fn check(&self, request: &Request) -> Result<(), Error> {
        let headers = request.headers();
        if request.method().is_safe()
            || (self.everyone && !headers.contains_key(header::COOKIE))
            || self.allows(headers, request.uri())
        {
            return Ok(());
        }
        Err(Error::new(StatusCode::FORBIDDEN, "cross_origin")
            .detail("the request was sent by a page of another origin"))
    }

    fn allows(&self, headers: &HeaderMap, uri: &Uri) -> bool {
        const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let origin = text(header::ORIGIN);
        if origin.is_some_and(|origin| self.trusted.contains(origin)) {
            return true;
        }
        match headers.get(SEC_FETCH_SITE).map(HeaderValue::as_bytes) {
            // `none` is a bookmark or the address bar.
            Some(b"same-origin" | b"none") => true,
            Some(_) => false,
            None if !headers.contains_key(header::ORIGIN) => true,
            None => {
                let host = text(header::HOST).or_else(|| uri.authority().map(Authority::as_str));
                let of_origin = origin.and_then(|origin| origin.split_once("://"));
                of_origin.is_some_and(|(_, origin)| Some(origin) == host)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn pages_of_other_origins_change_nothing() {
        let config = CrossOriginConfig {
            enabled: true,
            trusted_origins: vec!["https://admin.example.com".to_owned()],
        };
        let check = CrossOrigin::new(&config, &CorsConfig::default());
        for (headers, expected) in [
            (&[][..], true),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "odd")], false),
            (&[("origin", "https://www.example.com")], true),
            (&[("origin", "https://www.example.com:8443")], false),
            (&[("origin", "https://evil.example")], false),
            (&[("origin", "null")], false),
            (&[("origin", "https://admin.example.com")], true),
            (
                &[
                    ("origin", "https://admin.example.com"),
                    ("sec-fetch-site", "same-site"),
                ],
                true,
            ),
            (
                &[
                    ("origin", "https://www.example.com"),
                    ("sec-fetch-site", "cross-site"),
                ],
                false,
            ),
        ] {
            let request = |method: &str| {
                let mut request = Request::builder()
                    .method(method)
                    .uri("/")
                    .header("host", "www.example.com");
                for (name, value) in headers {
                    request = request.header(*name, *value);
                }
                request.body(Body::empty()).expect("a request")
            };
            assert_eq!(
                check.check(&request("POST")).is_ok(),
                expected,
                "{headers:?}"
            );
            assert!(check.check(&request("GET")).is_ok());
        }
    }

    #[test]
    fn origins_that_cors_allows_are_trusted() {
        let cors = CorsConfig {
            enabled: true,
            allow_origins: vec!["*".to_owned()],
            ..CorsConfig::default()
        };
        let check = CrossOrigin::new(&CrossOriginConfig::default(), &cors);
        let request = || Request::post("/").header("sec-fetch-site", "cross-site");
        let is_allowed = |request: http::request::Builder| {
            let request = request.body(Body::empty());
            check.check(&request.expect("a request")).is_ok()
        };
        assert!(is_allowed(request()));
        assert!(!is_allowed(request().header("cookie", "session=1")));
    }
}
