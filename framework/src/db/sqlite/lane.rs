//! One connection, and how it is lent.

use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sea_orm::{DatabaseConnection, DbErr, SqlxSqliteConnector};
use sqlx::{
    Connection, Sqlite, SqliteConnection, SqlitePool,
    pool::{PoolConnection, PoolOptions},
    sqlite::SqliteConnectOptions,
};
use tokio::{runtime::Handle, sync::OwnedSemaphorePermit};

use super::{
    lanes::Lanes,
    watch::{Running, Watch},
};
use crate::{config::DatabaseConfig, db::error::not_acquired};

/// SQLite virtual machine instructions between two looks at the clock: a few microseconds to a few milliseconds.
const INSTRUCTIONS_PER_CHECK: i32 = 1_000;

/// A pool of exactly one connection.
pub(super) struct Lane {
    pool: SqlitePool,
    /// The same pool.
    orm: DatabaseConnection,
    /// The connection, from one statement to the next: to give it back, the pool sends a ping to the connection's thread and
    /// waits for it, which costs about as much as the statement itself. Transactions are begun by the pool and need it there.
    kept: Mutex<Option<PoolConnection<Sqlite>>>,
    watch: Arc<Watch>,
    timeout: Duration,
}

impl Lane {
    pub(super) fn new(options: SqliteConnectOptions, config: &DatabaseConfig) -> Arc<Self> {
        let watch = Arc::new(Watch::default());
        let (during, after) = (Arc::clone(&watch), Arc::clone(&watch));
        let pool = PoolOptions::<Sqlite>::new()
            .max_connections(1)
            .acquire_timeout(config.acquire_timeout)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .after_connect(move |connection, _| {
                let watch = Arc::clone(&during);
                Box::pin(async move {
                    watch.trust();
                    let mut handle = connection.lock_handle().await?;
                    handle.set_progress_handler(INSTRUCTIONS_PER_CHECK, move || !watch.is_over());
                    Ok(())
                })
            })
            .after_release(move |connection, _| {
                let watch = Arc::clone(&after);
                Box::pin(async move {
                    if !watch.is_suspect() {
                        return Ok(true);
                    }
                    let sound = is_sound(connection).await?;
                    watch.trust();
                    Ok(sound)
                })
            })
            .connect_lazy_with(options);
        Arc::new(Self {
            orm: SqlxSqliteConnector::from_sqlx_sqlite_pool(pool.clone()),
            pool,
            kept: Mutex::default(),
            watch,
            timeout: config.statement_timeout,
        })
    }

    /// The lane as SeaORM's connection.
    pub(super) fn pool(&self) -> &DatabaseConnection {
        drop(self.take());
        &self.orm
    }

    pub(super) async fn close(&self) {
        // What is kept from now on goes back at once.
        let closed = self.pool.close();
        drop(self.take());
        closed.await;
    }

    fn take(&self) -> Option<PoolConnection<Sqlite>> {
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    fn keep(&self, connection: PoolConnection<Sqlite>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.pool.is_closed() {
            *kept = Some(connection);
        }
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        // Without a runtime the pool cannot take it back, and panics.
        if let (Some(connection), Err(_)) = (self.take(), Handle::try_current()) {
            drop(connection.detach());
        }
    }
}

/// Waits until an abandoned statement has ended, and says whether the connection may be used again.
///
/// When a statement is interrupted, or the disk is full, SQLite undoes the whole transaction by itself. sqlx's `ROLLBACK` then
/// fails, and sqlx goes on counting a transaction that is none: the next one would begin as a savepoint, and nothing that is
/// written would ever be committed.
async fn is_sound(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

/// A lane in use; it is free again when this is dropped.
pub(in crate::db) struct Lease {
    lane: Arc<Lane>,
    home: Arc<Lanes>,
    _permit: OwnedSemaphorePermit,
}

impl Lease {
    pub(super) fn new(lane: Arc<Lane>, home: Arc<Lanes>, permit: OwnedSemaphorePermit) -> Self {
        Self {
            lane,
            home,
            _permit: permit,
        }
    }

    /// The lane as SeaORM's connection, for transactions.
    pub(in crate::db) fn pool(&self) -> &DatabaseConnection {
        self.lane.pool()
    }

    /// The lane's connection for one statement that takes effect by itself, with the clock started.
    pub(super) async fn connection(&self) -> Result<Single<'_>, DbErr> {
        let connection = match self.lane.take() {
            Some(connection) => connection,
            None => self.lane.pool.acquire().await.map_err(not_acquired)?,
        };
        Ok(Single {
            running: self.start(),
            connection,
            lane: &self.lane,
        })
    }

    /// Starts the clock for one statement.
    pub(super) fn start(&self) -> Running<'_> {
        Running::start(&self.lane.watch, self.lane.timeout)
    }

    /// A transaction begins: unless it is committed, the connection is looked at before it is used again.
    pub(super) fn suspect(&self) {
        self.lane.watch.suspect();
    }

    /// The transaction was committed.
    pub(super) fn trust(&self) {
        self.lane.watch.trust();
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // The lane goes back before the permit does: fields are dropped after this.
        self.home.put(Arc::clone(&self.lane));
    }
}

/// A connection that runs one statement. Dropped before that has finished, it interrupts the statement and goes back to its
/// pool.
pub(super) struct Single<'a> {
    running: Running<'a>,
    connection: PoolConnection<Sqlite>,
    lane: &'a Lane,
}

impl Single<'_> {
    /// The statement has come to its end. After a failure the pool looks at the connection.
    pub(super) fn finish(self, is_sound: bool) {
        self.running.finish();
        if is_sound {
            self.lane.keep(self.connection);
        }
    }
}

impl Deref for Single<'_> {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Single<'_> {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}
