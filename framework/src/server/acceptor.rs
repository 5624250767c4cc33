//! The acceptor of connections, which limits the number of open ones.

use std::{future::poll_fn, sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep},
};

use super::{listener::Listeners, socket::Connection};

/// The delay before another attempt when the system has no file handle left for a new connection.
const OUT_OF_HANDLES: Duration = Duration::from_millis(50);

/// The shortest time between two log lines about the same error.
const LOG_INTERVAL: Duration = Duration::from_mins(1);

/// A connected client, with its permit among the connections that may be open.
pub(super) struct Accepted {
    pub(super) connection: Connection,
    pub(super) place: OwnedSemaphorePermit,
}

/// An acceptor of connections. At the limit the next ones wait in the kernel's backlog.
pub(super) struct Acceptor {
    listeners: Listeners,
    places: Arc<Semaphore>,
    limit: usize,
    open_files: Option<usize>,
    full: LogThrottle,
    failed: LogThrottle,
}

impl Acceptor {
    /// Makes an acceptor, and raises the limit of open files, as each connection is one.
    pub(super) fn new(listeners: Listeners, max_connections: usize) -> Self {
        let open_files = raise_open_files();
        // The database, the log and the backups need files besides.
        let limit = open_files.map_or(max_connections, |files| {
            max_connections.min(files - files / 4)
        });
        Self {
            listeners,
            places: Arc::new(Semaphore::new(limit)),
            limit,
            open_files,
            full: LogThrottle::default(),
            failed: LogThrottle::default(),
        }
    }

    /// Accepts the next connection. Cancellation safe: nothing is lost when the future is dropped.
    pub(super) async fn accept(&mut self) -> Accepted {
        loop {
            let place = self.place().await;
            match poll_fn(|context| self.listeners.poll_accept(context)).await {
                Ok(connection) => return Accepted { connection, place },
                Err(error) => {
                    if self.failed.is_due() {
                        tracing::warn!(%error, open_files = self.open_files, "new connections cannot be accepted");
                    }
                    sleep(OUT_OF_HANDLES).await;
                }
            }
        }
    }

    /// Stops listening. Returns the clients that are connected but were not accepted yet.
    pub(super) fn close(self) -> Vec<Accepted> {
        let places = self.places;
        let place = || Arc::clone(&places).try_acquire_owned().ok();
        let last = self.listeners.close(place).into_iter();
        last.map(|(connection, place)| Accepted { connection, place })
            .collect()
    }

    async fn place(&mut self) -> OwnedSemaphorePermit {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return place;
        }
        if self.full.is_due() {
            tracing::warn!(
                connections = self.limit,
                open_files = self.open_files,
                "new connections wait: no more may be open (`server.max_connections`, and three quarters of the open files that the system allows)"
            );
        }
        match Arc::clone(&self.places).acquire_owned().await {
            Ok(place) => place,
            // The semaphore is never closed.
            Err(_) => std::future::pending().await,
        }
    }
}

/// A limit on how often a lasting error is logged.
#[derive(Default)]
struct LogThrottle(Option<Instant>);

impl LogThrottle {
    fn is_due(&mut self) -> bool {
        let due = self.0.is_none_or(|last| last.elapsed() >= LOG_INTERVAL);
        if due {
            self.0 = Some(Instant::now());
        }
        due
    }
}

/// Raises the limit of open files to the largest that this process may have, and returns it; `None` if there is no limit, or it
/// cannot be read. The low default (1024 on most systems) only protects programs that use `select`.
fn raise_open_files() -> Option<usize> {
    let limit = rlimit::increase_nofile_limit(u64::MAX).or_else(|error| {
        tracing::debug!(%error, "the limit of open files stays");
        rlimit::getrlimit(rlimit::Resource::NOFILE).map(|(soft, _)| soft)
    });
    let limit = limit.ok().filter(|limit| *limit != rlimit::INFINITY)?;
    usize::try_from(limit).ok()
}
