//! Whether there is a server at all.

use std::{io, time::Duration};

use sqlx::postgres::PgConnectOptions;
use tokio::{
    net::{TcpStream, UnixStream},
    sync::Mutex,
    time::{Instant, sleep, timeout},
};

/// Whoever has waited for a connection for this long looks whether there is a server at all. Most connections are there or
/// opened in less.
const LOOK_AFTER: Duration = Duration::from_millis(100);

/// How long it may take to look.
const LOOK: Duration = Duration::from_secs(1);

/// The server of a pool.
pub(super) struct Server {
    options: PgConnectOptions,
    /// When somebody has last looked for it, and whether it refused.
    last_look: Mutex<Option<(Instant, Option<io::ErrorKind>)>>,
}

impl Server {
    pub(super) fn new(options: PgConnectOptions) -> Self {
        Self {
            options,
            last_look: Mutex::default(),
        }
    }

    /// Ends when the server refuses connections and `is_connected` says that there is none yet. What has its connection is left
    /// alone: it may well come to its end.
    pub(super) async fn refused(&self, is_connected: impl Fn() -> bool) -> io::ErrorKind {
        loop {
            sleep(LOOK_AFTER).await;
            if is_connected() {
                return std::future::pending().await;
            }
            // In a box, like what opens a connection: every statement holds this, and hardly one gets here.
            if let Some(refused) = Box::pin(self.look()).await
                && !is_connected()
            {
                return refused;
            }
        }
    }

    /// Looks for the server, or hears what another one has just seen.
    async fn look(&self) -> Option<io::ErrorKind> {
        let mut last = self.last_look.lock().await;
        if let Some((at, refused)) = *last
            && at.elapsed() < LOOK_AFTER
        {
            return refused;
        }
        let refused = match timeout(LOOK, self.reach()).await {
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
                Some(error.kind())
            }
            // Any other failure sqlx reports itself.
            _ => None,
        };
        *last = Some((Instant::now(), refused));
        refused
    }

    /// Opens a connection and closes it again, which the server does not mind.
    async fn reach(&self) -> io::Result<()> {
        let (host, port) = (self.options.get_host(), self.options.get_port());
        let folder = self.options.get_socket().and_then(|folder| folder.to_str());
        match folder.or(host.starts_with('/').then_some(host)) {
            Some(folder) => UnixStream::connect(format!("{folder}/.s.PGSQL.{port}"))
                .await
                .map(drop),
            None => TcpStream::connect((host, port)).await.map(drop),
        }
    }
}
