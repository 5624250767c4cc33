//! The listening socket of the server.

use std::{io, net::ToSocketAddrs};

use listenfd::ListenFd;
use tokio::net::TcpListener;

use super::ServerError;
use crate::config::ServerConfig;

/// Listens on the socket that the parent process handed over (`LISTEN_FDS`, as systemd and `systemfd` do), otherwise on
/// `server.host` and `server.port`.
pub async fn bind(config: &ServerConfig) -> Result<TcpListener, ServerError> {
    if let Some(inherited) = ListenFd::from_env()
        .take_tcp_listener(0)
        .map_err(ServerError::Inherited)?
    {
        inherited
            .set_nonblocking(true)
            .map_err(ServerError::Inherited)?;
        return TcpListener::from_std(inherited).map_err(ServerError::Inherited);
    }
    let address = (config.host.as_str(), config.port)
        .to_socket_addrs()
        .and_then(|mut found| {
            found
                .next()
                .ok_or_else(|| io::Error::other("no address found"))
        })
        .map_err(|source| ServerError::Host {
            host: config.host.clone(),
            source,
        })?;
    TcpListener::bind(address)
        .await
        .map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => ServerError::Taken { address },
            _ => ServerError::Bind { address, source },
        })
}
