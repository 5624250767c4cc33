//! Errors of a server that cannot listen.

use std::{io, net::SocketAddr};

use crate::error::Error;

/// The error of a server that cannot listen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// Another program listens on the address.
    #[error(
        "{address} is taken: another program listens there\nhint: stop it, or choose another port with `--port` or `server.port` (0 takes any free one)"
    )]
    Taken {
        /// The configured address.
        address: SocketAddr,
    },
    /// The system does not allow listening on the address.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The configured address.
        address: SocketAddr,
        /// The error of the system.
        source: io::Error,
    },
    /// `server.host` is neither an address nor a name that can be resolved.
    #[error(
        "`server.host`: `{host}` cannot be resolved: {source}\nhint: use an address such as `127.0.0.1` or `0.0.0.0`"
    )]
    Host {
        /// The configured host.
        host: String,
        /// The error of the resolver.
        source: io::Error,
    },
    /// The socket that was handed over with `LISTEN_FDS` cannot be used.
    #[error("the inherited socket (LISTEN_FDS) cannot be used: {0}")]
    Inherited(#[source] io::Error),
    /// The signal handlers cannot be installed.
    #[error("the signal handlers cannot be installed: {0}")]
    Signals(#[source] io::Error),
}

impl From<ServerError> for Error {
    fn from(error: ServerError) -> Self {
        Self::internal(error)
    }
}
