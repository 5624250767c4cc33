//! Errors of a server that cannot listen.

use std::{io, net::SocketAddr, time::Duration};

use crate::{config::duration, error::Error};

/// An error of a server that cannot listen, or that cut work off at its end. See [`bind`](super::bind) for an example.
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
    /// A socket that was handed over with `LISTEN_FDS` cannot be used.
    #[error("inherited socket {number} (LISTEN_FDS) cannot be used: {source}")]
    Inherited {
        /// Its number among the sockets that were handed over, from 1.
        number: usize,
        /// The error of the system.
        source: io::Error,
    },
    /// Work was cut off at the end of the drain time.
    #[error(
        "work was cut off: the drain time (`server.drain_timeout`, {}) was over\nhint: the log names what; give it more time, or let it watch `ctx.draining()`",
        duration::format(*.limit)
    )]
    CutOff {
        /// The drain time.
        limit: Duration,
    },
    /// The signal handlers cannot be installed.
    #[error("the signal handlers cannot be installed: {0}")]
    Signals(#[source] io::Error),
}

impl From<ServerError> for Error {
    #[track_caller]
    fn from(error: ServerError) -> Self {
        Self::internal(error)
    }
}
