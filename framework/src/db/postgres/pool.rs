//! The connections that serve requests, and whose turn it is.

use std::{sync::Arc, time::Duration};

use sea_orm::{
    ConnAcquireErr, DatabaseConnection, DatabaseTransaction, DbErr, RuntimeErr,
    SqlxPostgresConnector, TransactionOptions,
};
use sqlx::{Connection, Postgres, pool::PoolOptions};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{
    begin::{Beginning, connected},
    kept::{Kept, Taken},
    options::options,
    server::Server,
};
use crate::{
    config::DatabaseConfig,
    db::{PgTarget, error::not_acquired},
};

/// A connection that has been idle for this long is asked whether it is still alive before it is used.
const PING_AFTER_IDLE: Duration = Duration::from_secs(5);

/// The pool that serves requests. Connections are opened when they are needed.
pub(in crate::db) struct PgPool {
    pool: sqlx::PgPool,
    /// The same pool.
    orm: DatabaseConnection,
    /// Connections of the pool.
    kept: Kept,
    /// As many as the pool has connections, kept or not; first come, first served.
    turns: Arc<Semaphore>,
    acquire_timeout: Duration,
    server: Server,
}

/// The right to use one connection.
pub(super) type Turn = OwnedSemaphorePermit;

impl PgPool {
    pub(in crate::db) fn new(target: &PgTarget, config: &DatabaseConfig) -> Self {
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
                        connected().await;
                    }
                    Ok(alive)
                })
            })
            .after_connect(|_, _| {
                Box::pin(async {
                    connected().await;
                    Ok(())
                })
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
            orm: SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone()),
            pool,
            kept: Kept::default(),
            turns: Arc::new(Semaphore::new(config.max_connections as usize)),
            acquire_timeout: config.acquire_timeout,
            server: Server::new(target.options.clone()),
        }
    }

    /// A connection for one statement. It must be given to `keep` before the turn ends.
    ///
    /// sqlx takes a refused connection for a server that is just starting, and tries again until `acquire_timeout` is over: while
    /// the server is down every request would wait that long, and all of them for each other. So whoever still has no
    /// connection after a moment looks for the server, and fails at once when it refuses.
    pub(super) async fn connection(&self) -> Result<(Turn, Taken), DbErr> {
        let connection = async {
            let turn = self.turn().await?;
            let taken = match self.kept.take() {
                Ok(taken) => taken,
                Err(wanting) => {
                    // In a box, since it is rare and its future is large: every statement would copy it.
                    let acquired = Box::pin(self.pool.acquire()).await;
                    let connection = acquired.map_err(not_acquired)?;
                    drop(wanting);
                    Taken::new(connection)
                }
            };
            Ok((turn, taken))
        };
        self.unless_refused(self.in_time(connection), || false)
            .await
    }

    /// Takes a connection back whose statement has succeeded.
    pub(super) fn keep(&self, taken: Taken) {
        self.kept.put(taken);
    }

    /// A transaction, and its turn.
    pub(super) async fn begin_transaction(
        &self,
        options: TransactionOptions,
    ) -> Result<(DatabaseTransaction, Turn), DbErr> {
        let beginning = Beginning::default();
        let begin = async {
            let turn = self.in_time(self.turn()).await?;
            // The pool begins it, with one of its own.
            let _wanting = self.kept.give();
            let begun = beginning.begin(self.orm.clone(), options).await?;
            Ok((begun, turn))
        };
        self.unless_refused(begin, || beginning.is_connected())
            .await
    }

    pub(super) async fn close_all(&self) {
        self.turns.close();
        let closed = self.pool.close();
        self.kept.close();
        closed.await;
    }

    async fn turn(&self) -> Result<Turn, DbErr> {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        timeout(self.acquire_timeout, work)
            .await
            .unwrap_or(Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)))
    }

    async fn unless_refused<T>(
        &self,
        work: impl Future<Output = Result<T, DbErr>>,
        is_connected: impl Fn() -> bool,
    ) -> Result<T, DbErr> {
        tokio::select! {
            biased;
            result = work => result,
            refused = self.server.refused(is_connected) => {
                let refused = sqlx::Error::Io(refused.into());
                Err(DbErr::Conn(RuntimeErr::SqlxError(refused.into())))
            }
        }
    }
}
