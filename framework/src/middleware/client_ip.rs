//! Middleware that finds the IP address of a client, also behind reverse proxies.

use std::{
    net::IpAddr,
    sync::atomic::{AtomicBool, Ordering},
};

use http::{HeaderMap, Request};

use super::forwarded;
use crate::{
    config::{ForwardedHeader, Network, ServerConfig},
    controller::ClientIp,
};

/// The reverse proxies in front, and the header in which they tell the address of a client.
pub(super) struct Proxies {
    trusted: Vec<Network>,
    header: ForwardedHeader,
    has_warned: AtomicBool,
}

impl Proxies {
    pub(super) fn new(config: &ServerConfig) -> Self {
        Self {
            trusted: config.trusted_proxies.clone(),
            header: config.forwarded_header,
            has_warned: AtomicBool::new(false),
        }
    }

    /// Finds the client of a request, and adds it to the extensions where it is not the other end of the connection.
    pub(super) fn find_client<B>(&self, request: &mut Request<B>) -> Option<ClientIp> {
        let peer = ClientIp::of(request.extensions());
        // Whoever may write to a Unix domain socket is on this machine, and allowed to.
        if let Some(ClientIp(address)) = peer.filter(|ClientIp(peer)| !self.are_trusted(*peer)) {
            self.warn_of(address, request.headers());
            return peer;
        }
        let Some(client) = self.client(request.headers()) else {
            return peer;
        };
        request.extensions_mut().insert(ClientIp(client));
        Some(ClientIp(client))
    }

    fn are_trusted(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(address))
    }

    /// The last address in the header that is not trusted; the first one if all are. Each proxy adds the address that it was called from,
    /// so those before are the client's own claims. What is no address ends the search: nothing before it is known to come from a proxy.
    fn client(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let mut client = None;
        for entry in forwarded::entries(self.header, headers) {
            let Some(address) = entry else { break };
            client = Some(address);
            if !self.are_trusted(address) {
                break;
            }
        }
        client
    }

    /// Warns once of a proxy that is not trusted: the clients behind it are one client, to limits as well.
    fn warn_of(&self, peer: IpAddr, headers: &HeaderMap) {
        if is_private(peer)
            && headers.contains_key(forwarded::name(self.header))
            && !self.has_warned.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                proxy = %peer,
                "a proxy that is not in `server.trusted_proxies` forwards requests: all of its clients count as one address; add it if it is yours"
            );
        }
    }
}

/// Returns whether an address is one of a private network or of this machine, as those of reverse proxies are.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private() || address.is_loopback(),
        IpAddr::V6(address) => address.is_unique_local() || address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::extract::ConnectInfo;

    use super::*;

    fn client(peer: Option<&str>, forwarded: &[&str]) -> Option<String> {
        let proxies = Proxies::new(&ServerConfig {
            trusted_proxies: ["10.0.0.0/8", "fd00::/8"]
                .map(|network| network.parse().unwrap())
                .to_vec(),
            ..ServerConfig::default()
        });
        let mut request = Request::new(());
        if let Some(peer) = peer {
            let peer = SocketAddr::new(peer.parse().unwrap(), 4711);
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        for line in forwarded {
            let line = line.parse().unwrap();
            request.headers_mut().append("x-forwarded-for", line);
        }
        let found = proxies.find_client(&mut request);
        assert_eq!(found, ClientIp::of(request.extensions()));
        found.map(|client| client.0.to_string())
    }

    #[test]
    fn a_client_without_a_trusted_proxy_is_the_other_end() {
        let found = client(Some("192.0.2.1"), &["198.51.100.7"]);
        assert_eq!(found.as_deref(), Some("192.0.2.1"));
        let found = client(Some("::ffff:192.0.2.1"), &[]);
        assert_eq!(found.as_deref(), Some("192.0.2.1"));
        assert_eq!(client(None, &[]), None);
    }

    #[test]
    fn attack_140_a_client_behind_proxies_is_the_last_that_is_none_of_them() {
        for (forwarded, expected) in [
            (&["198.51.100.7"][..], "198.51.100.7"),
            // What the client has written itself comes first.
            (&["203.0.113.1, 198.51.100.7"], "198.51.100.7"),
            (&["198.51.100.7, 10.1.1.1"], "198.51.100.7"),
            (&["198.51.100.7", "10.1.1.1,10.1.1.2"], "198.51.100.7"),
            (&["198.51.100.7:4711, [fd00::1]:80"], "198.51.100.7"),
            (&["2001:db8::1"], "2001:db8::1"),
            (&["10.3.3.3, 10.2.2.2"], "10.3.3.3"),
            (&["198.51.100.7, unknown, 10.1.1.1"], "10.1.1.1"),
            (&["unknown"], "10.0.0.1"),
            (&["198.51.100.7,"], "10.0.0.1"),
            (&["::ffff:198.51.100.7"], "198.51.100.7"),
            (&["::ffff:10.1.1.1"], "10.1.1.1"),
            (&[""], "10.0.0.1"),
            (&[], "10.0.0.1"),
        ] {
            let found = client(Some("10.0.0.1"), forwarded);
            assert_eq!(found.as_deref(), Some(expected), "{forwarded:?}");
        }
        let claims = vec!["203.0.113.1"; 100].join(",") + ", 198.51.100.7";
        let found = client(Some("::ffff:10.0.0.1"), &[&claims]);
        assert_eq!(found.as_deref(), Some("198.51.100.7"));
    }

    #[test]
    fn a_unix_domain_socket_is_trusted() {
        let found = client(None, &["203.0.113.1, 198.51.100.7"]);
        assert_eq!(found.as_deref(), Some("198.51.100.7"));
    }
}
