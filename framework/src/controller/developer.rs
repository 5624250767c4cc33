//! The rule for pages for developers, which show what is inside: who may see them, and where.

use std::net::IpAddr;

use axum::{
    extract::Request,
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use http::{HeaderMap, Uri, header, uri::Authority};

use crate::{config::Config, context::AppContext, error::Error};

/// Returns whether pages for developers are served at all.
pub(crate) fn are_pages_served(config: &Config) -> bool {
    cfg!(debug_assertions) && config.environment.is_development()
}

/// Lets only requests for a host of this machine pass. A site on the internet whose name has this machine's address for a moment (DNS
/// rebinding) has a browser here send requests for its own name.
pub(crate) fn guarded(methods: MethodRouter<AppContext>) -> MethodRouter<AppContext> {
    methods.layer(from_fn(guard))
}

async fn guard(request: Request, next: Next) -> Response {
    if is_on_this_machine(request.uri(), request.headers()) {
        return next.run(request).await;
    }
    let refusal = Error::forbidden().detail(
        "pages for developers are for this machine only: open them at `http://localhost` or `http://127.0.0.1`, with the port of the server",
    );
    refusal.into_response()
}

/// Returns whether a request is for a host of this machine, and so comes from a developer.
pub(crate) fn is_on_this_machine(uri: &Uri, headers: &HeaderMap) -> bool {
    let host = || headers.get(header::HOST)?.to_str().ok()?.parse().ok();
    let authority = uri.authority().cloned().or_else(host);
    authority.is_some_and(|authority: Authority| is_loopback(authority.host()))
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = address.parse::<IpAddr>() {
        return address.is_loopback();
    }
    // RFC 6761, section 6.3.
    let host = host.to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_names_of_this_machine_pass() {
        let with_host = |host| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static(host));
            is_on_this_machine(&Uri::from_static("/_fw/mail"), &headers)
        };
        for own in [
            "localhost",
            "localhost:3000",
            "LOCALHOST:3000",
            "shop.localhost:3000",
            "127.0.0.1:3000",
            "127.1.2.3",
            "[::1]:3000",
        ] {
            assert!(with_host(own), "{own}");
        }
        for other in [
            "",
            "example.com",
            "localhost.example.com",
            "127.0.0.1.example.com:3000",
            "notlocalhost",
            "192.168.1.7:3000",
            "0.0.0.0:3000",
            "[::2]",
        ] {
            assert!(!with_host(other), "{other}");
        }
        assert!(!is_on_this_machine(
            &Uri::from_static("/"),
            &HeaderMap::new()
        ));
        let absolute = Uri::from_static("http://evil.example/_fw/mail");
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("localhost"));
        assert!(!is_on_this_machine(&absolute, &headers));
    }
}
