//! The section `[server]`: address, limits and timeouts of the server.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Checks, Network, Section};
use crate::config::duration;

/// The section `[server]`: address, limits and timeouts of the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// The address to listen on: an IP address or a host name; `0.0.0.0` for all of IPv4, `::` for all. Default `127.0.0.1`.
    pub host: String,
    /// The port, 0–65535; 0 takes any free one. Default 3000.
    pub port: u16,
    /// The address that people reach the application at, such as `https://www.example.com`, without a slash at its end: the base of absolute
    /// URLs in pages and mails. Default none.
    pub public_url: Option<String>,
    /// The maximum number of connections, 1–1 000 000; more wait in the system's queue. Default 10 000.
    pub max_connections: usize,
    /// The time that a client may take to send the head of a request, or leave a connection unused, above 0 and at most `5m`.
    /// Default `10s`.
    #[serde(with = "duration")]
    pub header_timeout: Duration,
    /// The time for which a client may read nothing of a response before its connection is closed, above 0 and at most `1h`. A
    /// client that reads slowly is not affected. Default `1m`.
    #[serde(with = "duration")]
    pub write_timeout: Duration,
    /// The reverse proxies in front, as addresses or networks such as `10.0.0.0/8`: of a request that comes from one of them, the client is
    /// the last address in `forwarded_header` that is not one of them. Whatever is connected through a Unix domain socket is trusted. Default none.
    pub trusted_proxies: Vec<Network>,
    /// The header in which those proxies tell the address of a client: `x-forwarded-for`, or `forwarded` (RFC 7239). Another one is the client's
    /// own claim, and not read. Default `x-forwarded-for`.
    pub forwarded_header: ForwardedHeader,
    /// The time for which new connections are still accepted after the signal to stop, at most `5m`, so that a load balancer
    /// notices first that `/health/ready` is 503. Default `0s`.
    #[serde(with = "duration")]
    pub shutdown_delay: Duration,
    /// The time that running requests and jobs may take to finish after the signal to stop and `shutdown_delay`, at most `10m`.
    /// Default `30s`.
    #[serde(with = "duration")]
    pub drain_timeout: Duration,
}

/// The header in which reverse proxies tell the address of a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ForwardedHeader {
    /// `x-forwarded-for`: a list of addresses.
    #[default]
    #[serde(rename = "x-forwarded-for")]
    XForwardedFor,
    /// `forwarded`: a list of pairs such as `for=192.0.2.1;proto=https` (RFC 7239).
    #[serde(rename = "forwarded")]
    Forwarded,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 3000,
            public_url: None,
            max_connections: 10_000,
            header_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_mins(1),
            trusted_proxies: Vec::new(),
            forwarded_header: ForwardedHeader::default(),
            shutdown_delay: Duration::ZERO,
            drain_timeout: Duration::from_secs(30),
        }
    }
}

impl Section for ServerConfig {
    fn check(&self, checks: &mut Checks) {
        checks.not_empty("server.host", &self.host);
        if let Some(url) = self.public_url.as_deref().filter(|url| !is_base(url)) {
            let expected =
                "the URL of a site such as `https://www.example.com`, without a slash at its end";
            checks.wrong("server.public_url", expected, format!("`{url}`"));
        }
        checks.range(
            "server.max_connections",
            &self.max_connections,
            1..=1_000_000,
        );
        checks.time(
            "server.header_timeout",
            self.header_timeout,
            Duration::from_mins(5),
        );
        checks.time(
            "server.write_timeout",
            self.write_timeout,
            Duration::from_hours(1),
        );
        checks.time_or_zero(
            "server.shutdown_delay",
            self.shutdown_delay,
            Duration::from_mins(5),
        );
        checks.time_or_zero(
            "server.drain_timeout",
            self.drain_timeout,
            Duration::from_mins(10),
        );
    }
}

/// Returns whether a text is the base of URLs: a scheme and a host, and perhaps a path, without a slash at its end.
fn is_base(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| {
        ["http", "https"].contains(&url.scheme())
            && url.query().is_none()
            && url.fragment().is_none()
            && !text.ends_with('/')
    })
}
