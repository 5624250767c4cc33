//! Middleware that finds the IP address of a client, also behind reverse proxies.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, Request};

use crate::{config::Network, controller::ClientIp};

/// Finds the client of a request, and adds it to the extensions where it is not the other end of the connection.
pub(super) fn find<B>(request: &mut Request<B>, trusted: &[Network]) -> Option<ClientIp> {
    let peer = ClientIp::of(request.extensions());
    let is_trusted = |address| trusted.iter().any(|network| network.contains(address));
    // Whoever may write to a Unix domain socket is on this machine, and allowed to.
    if peer.is_some_and(|ClientIp(peer)| !is_trusted(peer)) {
        return peer;
    }
    let Some(client) = forwarded_for(request.headers(), is_trusted) else {
        return peer;
    };
    request.extensions_mut().insert(ClientIp(client));
    Some(ClientIp(client))
}

/// The last address in `x-forwarded-for` that is not trusted; the first one if all are. Each proxy adds the address that it was called from,
/// so those before are the client's own claims. What is no address ends the search: nothing before it is known to come from a proxy.
fn forwarded_for(headers: &HeaderMap, is_trusted: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
    let mut client = None;
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    for entry in lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b',')) {
        let Some(address) = parse(entry) else { break };
        client = Some(address);
        if !is_trusted(address) {
            break;
        }
    }
    client
}

/// Parses an address, with or without a port: some proxies add it.
fn parse(entry: &[u8]) -> Option<IpAddr> {
    let entry = std::str::from_utf8(entry).ok()?.trim();
    let address = entry
        .parse::<IpAddr>()
        .or_else(|_| entry.parse::<SocketAddr>().map(|with_port| with_port.ip()))
        .ok()?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::extract::ConnectInfo;

    use super::*;

    fn client(peer: Option<&str>, forwarded: &[&str]) -> Option<String> {
        let trusted = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
        let mut request = Request::new(());
        if let Some(peer) = peer {
            let peer = SocketAddr::new(peer.parse().unwrap(), 4711);
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        for line in forwarded {
            let line = line.parse().unwrap();
            request.headers_mut().append("x-forwarded-for", line);
        }
        let found = find(&mut request, &trusted);
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
    fn a_client_behind_proxies_is_the_last_that_is_none_of_them() {
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
            (&[""], "10.0.0.1"),
            (&[], "10.0.0.1"),
        ] {
            let found = client(Some("10.0.0.1"), forwarded);
            assert_eq!(found.as_deref(), Some(expected), "{forwarded:?}");
        }
    }

    #[test]
    fn a_unix_domain_socket_is_trusted() {
        let found = client(None, &["203.0.113.1, 198.51.100.7"]);
        assert_eq!(found.as_deref(), Some("198.51.100.7"));
    }
}
