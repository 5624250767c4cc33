//! The extractor of the IP address of a client.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, OptionalFromRequestParts};
use http::{Extensions, request::Parts};

use crate::{error::Error, openapi::Input};

/// The IP address of the client, an extractor. Behind the reverse proxies in `server.trusted_proxies` it is the last address in
/// `x-forwarded-for` (or `server.forwarded_header`) that is not one of them; otherwise it is the other end of the connection, whatever the header
/// says.
///
/// `Option<ClientIp>` is `None` for a request without a connection, as in tests, and for one through a Unix domain socket that no proxy
/// has put the header into. The plain extractor fails for these, with 500.
///
/// ```
/// use fw::{middleware::ClientIp, prelude::*};
///
/// async fn whoami(_: Anyone, ClientIp(address): ClientIp) -> String {
///     address.to_string()
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientIp(pub IpAddr);

/// A connection through a Unix domain socket, in the extensions of its requests: it has no address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnixSocket;

impl ClientIp {
    /// The address as the middleware has found it.
    pub(crate) fn of(extensions: &Extensions) -> Option<Self> {
        extensions.get().copied().or_else(|| {
            let peer = extensions.get::<ConnectInfo<SocketAddr>>()?;
            Some(Self(peer.0.ip().to_canonical()))
        })
    }
}

impl<S: Sync> FromRequestParts<S> for ClientIp {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        Self::of(&parts.extensions).ok_or_else(|| {
            Error::internal(
                "the address of the client is unknown: the request came without a connection, or through a Unix domain socket without `x-forwarded-for`",
            )
        })
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for ClientIp {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Error> {
        Ok(Self::of(&parts.extensions))
    }
}

impl Input for ClientIp {
    const READS_QUERY: bool = false;
}
