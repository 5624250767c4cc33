//! SQLite behind [`Db`](super::Db): one lane for writes, several for reads.
//!
//! A lane is a pool of exactly one connection, so that its statement timeout can be held exactly: the connection's
//! progress handler stops the statement once its deadline has passed, or once nobody waits for it any more.

use std::{
    collections::HashSet,
    path::Path,
    sync::{
        Arc, LazyLock, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{ConnAcquireErr, DatabaseConnection, DbErr, SqlxSqliteConnector};
use sqlx::{
    ConnectOptions, Connection, Sqlite, SqliteConnection,
    pool::PoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::statement::only_reads;
use crate::config::DatabaseConfig;

/// SQLite virtual machine instructions between two looks at the clock: a few microseconds to a few milliseconds.
const INSTRUCTIONS_PER_CHECK: i32 = 1_000;

/// The lanes of one database.
pub(super) struct SqliteLanes {
    writer: Arc<Lanes>,
    /// The same as `writer` for a database in memory, where each connection would be a database of its own.
    readers: Arc<Lanes>,
    /// The locks that transactions of this process hold.
    locks: Arc<Mutex<HashSet<i64>>>,
}

impl SqliteLanes {
    /// Prepares the lanes; connections are opened when they are first used.
    pub(super) fn new(path: Option<&Path>, config: &DatabaseConfig) -> Self {
        let lane = |options: SqliteConnectOptions| Lane::new(options, config);
        let writer = Arc::new(Lanes::new(vec![lane(options(path, config))], config));
        let readers = if path.is_some() {
            let count = config.max_connections.saturating_sub(1).max(1);
            let read_only = || options(path, config).pragma("query_only", "on");
            Arc::new(Lanes::new(
                (0..count).map(|_| lane(read_only())).collect(),
                config,
            ))
        } else {
            Arc::clone(&writer)
        };
        Self {
            writer,
            readers,
            locks: Arc::default(),
        }
    }

    /// A lane that may write; waits its turn for up to `acquire_timeout`.
    pub(super) async fn write(&self) -> Result<Lease, DbErr> {
        self.writer.lease().await
    }

    /// A lane that only reads.
    pub(super) async fn read(&self) -> Result<Lease, DbErr> {
        self.readers.lease().await
    }

    /// The lane that a statement needs.
    pub(super) async fn lane_for(&self, sql: &str) -> Result<Lease, DbErr> {
        if only_reads(sql) {
            self.read().await
        } else {
            self.write().await
        }
    }

    /// The connection of a database in memory, which has no other one.
    pub(super) fn sole(&self) -> Option<&DatabaseConnection> {
        Arc::ptr_eq(&self.writer, &self.readers)
            .then(|| self.writer.pools.first())
            .flatten()
    }

    /// Takes a lock of this process, unless somebody has it.
    pub(super) fn try_lock(&self, key: i64) -> Option<Lock> {
        let mut taken = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        taken.insert(key).then(|| Lock {
            all: Arc::clone(&self.locks),
            key,
        })
    }

    /// Closes every connection after its current statement.
    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// How every connection to an SQLite database is opened.
pub(super) fn options(path: Option<&Path>, config: &DatabaseConfig) -> SqliteConnectOptions {
    let options = match path {
        Some(path) => SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal),
        None => SqliteConnectOptions::new().in_memory(true),
    };
    options
        .foreign_keys(true)
        .busy_timeout(config.busy_timeout)
        .create_if_missing(true)
        .optimize_on_close(true, 400)
        .log_statements(log::LevelFilter::Trace)
        .log_slow_statements(log::LevelFilter::Warn, config.slow_query)
}

/// A lock of this process; it is free again when this is dropped.
pub(super) struct Lock {
    all: Arc<Mutex<HashSet<i64>>>,
    key: i64,
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.all
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.key);
    }
}

struct Lanes {
    free: Mutex<Vec<Lane>>,
    /// All pools, to close those that are in use as well.
    pools: Vec<DatabaseConnection>,
    /// Hands out lanes first come, first served.
    permits: Arc<Semaphore>,
    acquire_timeout: Duration,
}

impl Lanes {
    fn new(lanes: Vec<Lane>, config: &DatabaseConfig) -> Self {
        Self {
            pools: lanes.iter().map(|lane| lane.pool.clone()).collect(),
            permits: Arc::new(Semaphore::new(lanes.len())),
            free: Mutex::new(lanes),
            acquire_timeout: config.acquire_timeout,
        }
    }

    async fn lease(self: &Arc<Self>) -> Result<Lease, DbErr> {
        let permit = tokio::time::timeout(
            self.acquire_timeout,
            Arc::clone(&self.permits).acquire_owned(),
        )
        .await
        .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?
        .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
        let lane = self
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        Ok(Lease {
            lane: lane.ok_or(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?,
            home: Arc::clone(self),
            _permit: permit,
        })
    }

    async fn close(&self) {
        self.permits.close();
        for pool in &self.pools {
            // Closing a pool cannot fail in a way that anyone could act on.
            let _ = pool.clone().close().await;
        }
    }
}

#[derive(Clone)]
struct Lane {
    pool: DatabaseConnection,
    watch: Arc<Watch>,
    timeout: Duration,
}

impl Lane {
    fn new(options: SqliteConnectOptions, config: &DatabaseConfig) -> Self {
        let watch = Arc::new(Watch::default());
        let (during, before, after) = (Arc::clone(&watch), Arc::clone(&watch), Arc::clone(&watch));
        let pool = PoolOptions::<Sqlite>::new()
            .max_connections(1)
            .acquire_timeout(config.acquire_timeout)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .after_connect(move |connection, _| {
                let watch = Arc::clone(&during);
                Box::pin(async move {
                    watch.has_no_statement();
                    let mut handle = connection.lock_handle().await?;
                    handle.set_progress_handler(INSTRUCTIONS_PER_CHECK, move || !watch.is_over());
                    Ok(())
                })
            })
            .before_acquire(move |_, _| {
                before.has_no_statement();
                Box::pin(async { Ok(true) })
            })
            .after_release(move |connection, _| {
                let watch = Arc::clone(&after);
                Box::pin(async move {
                    if !watch.suspect.load(Ordering::Relaxed) {
                        return Ok(true);
                    }
                    let sound = is_sound(connection).await?;
                    watch.trust();
                    Ok(sound)
                })
            })
            .connect_lazy_with(options);
        Self {
            pool: SqlxSqliteConnector::from_sqlx_sqlite_pool(pool),
            watch,
            timeout: config.statement_timeout,
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
pub(super) struct Lease {
    lane: Lane,
    home: Arc<Lanes>,
    _permit: OwnedSemaphorePermit,
}

impl Lease {
    /// The lane's connection.
    pub(super) fn connection(&self) -> &DatabaseConnection {
        &self.lane.pool
    }

    /// Starts the clock for one statement.
    pub(super) fn start(&self) -> Running<'_> {
        self.lane.watch.set(self.lane.timeout);
        Running {
            watch: &self.lane.watch,
            finished: false,
        }
    }

    /// A transaction begins: unless it is committed, the connection is looked at before it is used again.
    pub(super) fn suspect(&self) {
        self.lane.watch.suspect.store(true, Ordering::Relaxed);
    }

    /// The transaction was committed.
    pub(super) fn trust(&self) {
        self.lane.watch.trust();
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // The lane goes back before the permit does: fields are dropped after this.
        self.home
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(self.lane.clone());
    }
}

/// A statement that is running. Dropped before it has finished (the client has gone, the request has timed out), it
/// interrupts the statement.
pub(super) struct Running<'a> {
    watch: &'a Watch,
    finished: bool,
}

impl Running<'_> {
    /// The statement has come to its end.
    pub(super) fn finish(mut self) {
        self.finished = true;
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if self.finished {
            self.watch.deadline.store(0, Ordering::Relaxed);
        } else {
            self.watch.abandon();
        }
    }
}

/// What the progress handler of a connection looks at.
#[derive(Default)]
struct Watch {
    /// When the statement is interrupted: milliseconds since the process began, or 0 for never.
    deadline: AtomicU64,
    /// Nobody waits for the statement any more. It stays so until the connection is back in its pool: the next user of the
    /// lane must not set a new deadline for the old statement.
    abandoned: AtomicBool,
    /// The connection must be looked at before it is used again.
    suspect: AtomicBool,
}

static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

fn now() -> u64 {
    // 1 is the earliest moment, so that 0 can mean "never".
    u64::try_from(EPOCH.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1
}

impl Watch {
    fn set(&self, timeout: Duration) {
        let timeout = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        self.deadline
            .store(now().saturating_add(timeout), Ordering::Relaxed);
    }

    fn abandon(&self) {
        self.suspect.store(true, Ordering::Relaxed);
        self.abandoned.store(true, Ordering::Relaxed);
    }

    /// The connection is about to be used. Whoever was given up while he waited for it has left no statement behind, and the
    /// next one must not be interrupted in its place.
    fn has_no_statement(&self) {
        self.abandoned.store(false, Ordering::Relaxed);
    }

    fn trust(&self) {
        self.abandoned.store(false, Ordering::Relaxed);
        self.suspect.store(false, Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        let deadline = self.deadline.load(Ordering::Relaxed);
        self.abandoned.load(Ordering::Relaxed) || (deadline != 0 && now() > deadline)
    }
}
