//! The listening sockets of a server.

use std::{
    fmt::{self, Display},
    io,
    net::{SocketAddr, ToSocketAddrs},
    task::{Context, Poll, ready},
};

use listenfd::ListenFd;
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use super::{ServerError, socket::Connection};
use crate::config::ServerConfig;

/// The listening sockets of a server, at least one. See [`bind`] for an example.
#[derive(Debug)]
pub struct Listeners(Vec<Listener>);

/// A listening socket.
#[derive(Debug)]
enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// Listens on all sockets that the parent process handed over (`LISTEN_FDS`, as systemd and `systemfd` do), TCP or Unix domain ones,
/// otherwise on `server.host` and `server.port`.
///
/// Fails when a socket that was handed over cannot be used, when the host cannot be resolved, and when the address is taken or not
/// allowed.
///
/// ```
/// use fw::{config::ServerConfig, server::{ServerError, bind}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let any_port = ServerConfig { port: 0, ..ServerConfig::default() };
/// let listeners = bind(&any_port).await?;
/// let address = listeners.address().ok_or("a TCP socket")?;
/// assert_eq!(listeners.to_string(), format!("http://{address}"));
///
/// let same_port = ServerConfig { port: address.port(), ..ServerConfig::default() };
/// assert!(matches!(bind(&same_port).await, Err(ServerError::Taken { .. })));
/// # Ok(())
/// # }
/// ```
pub async fn bind(config: &ServerConfig) -> Result<Listeners, ServerError> {
    let inherited = inherited()?;
    if !inherited.is_empty() {
        return Ok(Listeners(inherited));
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
        .map(|listener| Listeners(vec![Listener::Tcp(listener)]))
        .map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => ServerError::Taken { address },
            _ => ServerError::Bind { address, source },
        })
}

fn inherited() -> Result<Vec<Listener>, ServerError> {
    let mut handed_over = ListenFd::from_env();
    (0..handed_over.len())
        .map(|index| {
            listener(&mut handed_over, index).map_err(|source| ServerError::Inherited {
                number: index + 1,
                source,
            })
        })
        .collect()
}

fn listener(handed_over: &mut ListenFd, index: usize) -> io::Result<Listener> {
    let is_of_another_kind = || {
        let message = "it is neither a TCP nor a Unix domain stream socket";
        io::Error::new(io::ErrorKind::InvalidInput, message)
    };
    if let Ok(Some(socket)) = handed_over.take_tcp_listener(index) {
        socket.set_nonblocking(true)?;
        return TcpListener::from_std(socket).map(Listener::Tcp);
    }
    let socket = handed_over.take_unix_listener(index);
    let socket = socket.ok().flatten().ok_or_else(is_of_another_kind)?;
    socket.set_nonblocking(true)?;
    UnixListener::from_std(socket).map(Listener::Unix)
}

impl Listeners {
    /// The address of the first TCP socket.
    pub fn address(&self) -> Option<SocketAddr> {
        self.0.iter().find_map(|listener| match listener {
            Listener::Tcp(listener) => listener.local_addr().ok(),
            Listener::Unix(_) => None,
        })
    }

    /// Polls for the next connection. The sockets are polled in their order; all of them are woken for.
    pub(super) fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<Connection>> {
        for listener in &self.0 {
            if let Poll::Ready(accepted) = listener.poll_accept(context) {
                return Poll::Ready(accepted);
            }
        }
        Poll::Pending
    }

    /// Stops listening. Returns the clients that are connected but were not accepted yet, each with what `permit` returned for
    /// it, until that is `None`.
    pub(super) fn close<P>(self, mut permit: impl FnMut() -> Option<P>) -> Vec<(Connection, P)> {
        let mut last = Vec::new();
        for listener in self.0 {
            let Ok(accept) = listener.into_queue() else {
                continue;
            };
            while let Some(permit) = permit()
                && let Ok(connection) = accept()
            {
                last.push((connection, permit));
            }
        }
        last
    }
}

impl Display for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, listener) in self.0.iter().enumerate() {
            let separator = if number == 0 { "" } else { ", " };
            write!(f, "{separator}{listener}")?;
        }
        Ok(())
    }
}

impl Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(listener) => match listener.local_addr() {
                Ok(address) => write!(f, "http://{address}"),
                Err(error) => write!(f, "an unknown address ({error})"),
            },
            Self::Unix(listener) => {
                let address = listener.local_addr().ok();
                match address.as_ref().and_then(|address| address.as_pathname()) {
                    Some(path) => write!(f, "unix:{}", path.display()),
                    None => f.write_str("an unnamed Unix domain socket"),
                }
            }
        }
    }
}

impl Listener {
    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<Connection>> {
        Poll::Ready(match self {
            Self::Tcp(listener) => ready!(listener.poll_accept(context)).map(Connection::from),
            Self::Unix(listener) => {
                ready!(listener.poll_accept(context)).map(|(stream, _)| stream.into())
            }
        })
    }

    /// Returns a function that takes the next client which waits in the system's queue, and fails if there is none.
    fn into_queue(self) -> io::Result<Box<dyn Fn() -> io::Result<Connection> + Send>> {
        Ok(match self {
            Self::Tcp(listener) => {
                let listener = listener.into_std()?;
                Box::new(move || {
                    let (stream, peer) = listener.accept()?;
                    stream.set_nonblocking(true)?;
                    Ok((TcpStream::from_std(stream)?, peer).into())
                })
            }
            Self::Unix(listener) => {
                let listener = listener.into_std()?;
                Box::new(move || {
                    let (stream, _) = listener.accept()?;
                    stream.set_nonblocking(true)?;
                    Ok(UnixStream::from_std(stream)?.into())
                })
            }
        })
    }
}
