//! PostgreSQL behind [`Db`](super::Db): a connection pool that says at once when the server refuses connections.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sea_orm::{DatabaseConnection, DbErr, RuntimeErr, SqlxPostgresConnector};
use sqlx::{ConnectOptions, Connection, Postgres, pool::PoolOptions, postgres::PgConnectOptions};
use tokio::{
    net::{TcpStream, UnixStream},
    sync::Mutex,
    time::{Instant, sleep, timeout},
};

use super::PgTarget;
use crate::config::DatabaseConfig;

/// A connection that has been idle for this long is asked whether it is still alive before it is used.
const PING_AFTER_IDLE: Duration = Duration::from_secs(5);

/// Whoever has waited for a connection for this long looks whether there is a server at all. Most connections are there or
/// opened in less.
const LOOK_AFTER: Duration = Duration::from_millis(100);

/// How long it may take to look.
const LOOK: Duration = Duration::from_secs(1);

tokio::task_local! {
    /// Whether the statement of this task has got its connection.
    static CONNECTED: Arc<AtomicBool>;
}

/// The pool that serves requests. Connections are opened when they are needed.
pub(super) struct PgPool {
    connections: DatabaseConnection,
    server: PgConnectOptions,
    /// When somebody has last looked for the server, and whether it refused.
    last_look: Mutex<Option<(Instant, Option<io::ErrorKind>)>>,
}

impl PgPool {
    pub(super) fn new(target: &PgTarget, config: &DatabaseConfig) -> Self {
        let pool = PoolOptions::<Postgres>::new()
            .min_connections(config.min_connections)
            .max_connections(config.max_connections)
            .acquire_timeout(config.acquire_timeout)
            .idle_timeout(config.idle_timeout)
            .max_lifetime(config.max_lifetime)
            .test_before_acquire(false)
            .before_acquire(|connection, metadata| {
                Box::pin(async move {
                    let alive =
                        metadata.idle_for < PING_AFTER_IDLE || connection.ping().await.is_ok();
                    if alive {
                        connected();
                    }
                    Ok(alive)
                })
            })
            .after_connect(|_, _| {
                connected();
                Box::pin(async { Ok(()) })
            })
            // A transaction whose end was lost (its owner was dropped at the wrong moment) must not swallow the writes of
            // the next.
            .after_release(|connection, _| {
                Box::pin(async move { Ok(!connection.is_in_transaction()) })
            })
            // The server cancels the statement itself, whatever becomes of the client.
            .connect_lazy_with(options(target, config).options([(
                "statement_timeout",
                config.statement_timeout.as_millis().to_string(),
            )]));
        Self {
            connections: SqlxPostgresConnector::from_sqlx_postgres_pool(pool),
            server: target.options.clone(),
            last_look: Mutex::default(),
        }
    }

    /// Runs what needs one connection.
    ///
    /// sqlx takes a refused connection for a server that is just starting, and tries again until `acquire_timeout` is over: while
    /// the server is down every request would wait that long, and all of them for each other. So whoever still has no
    /// connection after a moment looks for the server, and fails at once when it refuses.
    pub(super) async fn run<T>(
        &self,
        work: impl AsyncFnOnce(&DatabaseConnection) -> Result<T, DbErr>,
    ) -> Result<T, DbErr> {
        let connected = Arc::new(AtomicBool::new(false));
        let work = CONNECTED.scope(Arc::clone(&connected), work(&self.connections));
        tokio::select! {
            biased;
            result = work => result,
            refused = self.refused(&connected) => {
                let refused = sqlx::Error::Io(refused.into());
                Err(DbErr::Conn(RuntimeErr::SqlxError(refused.into())))
            }
        }
    }

    pub(super) async fn close(&self) {
        // Closing a pool cannot fail in a way that anyone could act on.
        let _ = self.connections.clone().close().await;
    }

    /// Ends when there is no connection yet and the server refuses a new one. What has its connection is left alone: it may
    /// well come to its end.
    async fn refused(&self, connected: &AtomicBool) -> io::ErrorKind {
        loop {
            sleep(LOOK_AFTER).await;
            if connected.load(Ordering::Relaxed) {
                return std::future::pending().await;
            }
            if let Some(refused) = self.look().await
                && !connected.load(Ordering::Relaxed)
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
        let (host, port) = (self.server.get_host(), self.server.get_port());
        let folder = self.server.get_socket().and_then(|folder| folder.to_str());
        match folder.or(host.starts_with('/').then_some(host)) {
            Some(folder) => UnixStream::connect(format!("{folder}/.s.PGSQL.{port}"))
                .await
                .map(drop),
            None => TcpStream::connect((host, port)).await.map(drop),
        }
    }
}

fn connected() {
    // Connections that are opened ahead, for nobody, are outside of any statement.
    let _ = CONNECTED.try_with(|connected| connected.store(true, Ordering::Relaxed));
}

/// A connection of its own, without statement timeout, for migrations.
pub(super) fn dedicated(target: &PgTarget, config: &DatabaseConfig) -> DatabaseConnection {
    let pool = PoolOptions::<Postgres>::new()
        .max_connections(1)
        .acquire_timeout(config.acquire_timeout)
        .connect_lazy_with(options(target, config));
    SqlxPostgresConnector::from_sqlx_postgres_pool(pool)
}

fn options(target: &PgTarget, config: &DatabaseConfig) -> PgConnectOptions {
    target
        .options
        .clone()
        .application_name(env!("CARGO_PKG_NAME"))
        .log_statements(log::LevelFilter::Trace)
        .log_slow_statements(log::LevelFilter::Warn, config.slow_query)
}
