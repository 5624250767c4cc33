//! All lanes of a database, and whose turn it is.

use std::{
    collections::HashSet,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sea_orm::{ConnAcquireErr, DbErr};
use sqlx::sqlite::SqliteConnectOptions;
use tokio::sync::Semaphore;

use super::{
    lane::{Lane, Lease},
    options,
};
use crate::{config::DatabaseConfig, db::statement::only_reads};

/// The lanes of one database.
pub(in crate::db) struct SqliteLanes {
    writer: Arc<Lanes>,
    /// The same as `writer` for a database in memory, where each connection would be a database of its own.
    readers: Arc<Lanes>,
    /// The locks that transactions of this process hold.
    locks: Arc<Mutex<HashSet<i64>>>,
}

impl SqliteLanes {
    /// Prepares the lanes; connections are opened when they are first used.
    pub(in crate::db) fn new(path: Option<&Path>, config: &DatabaseConfig) -> Self {
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

    /// Whether there is only one connection, as to a database in memory.
    pub(super) fn is_sole(&self) -> bool {
        Arc::ptr_eq(&self.writer, &self.readers)
    }

    /// Takes a lock of this process, unless somebody has it.
    pub(super) fn try_lock(&self, key: i64) -> Option<Lock> {
        let mut taken = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        taken.insert(key).then(|| Lock {
            all: Arc::clone(&self.locks),
            key,
        })
    }

    pub(super) async fn close_all(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
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

/// Lanes of which any will do.
pub(super) struct Lanes {
    all: Vec<Arc<Lane>>,
    free: Mutex<Vec<Arc<Lane>>>,
    /// Hands out lanes first come, first served.
    permits: Arc<Semaphore>,
    acquire_timeout: Duration,
}

impl Lanes {
    fn new(all: Vec<Arc<Lane>>, config: &DatabaseConfig) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(all.len())),
            free: Mutex::new(all.clone()),
            all,
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
            .pop()
            .ok_or(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
        Ok(Lease::new(lane, Arc::clone(self), permit))
    }

    /// Takes a lane back.
    pub(super) fn put(&self, lane: Arc<Lane>) {
        self.free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(lane);
    }

    async fn close(&self) {
        self.permits.close();
        for lane in &self.all {
            lane.close().await;
        }
    }
}
