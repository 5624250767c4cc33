//! An SQLite database: one connection that writes, several that read.

use std::{path::Path, sync::Arc};

use futures_util::future::BoxFuture;
use sea_orm::{
    AccessMode, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, SqlxSqliteConnector,
    Statement, TransactionOptions,
};
use sqlx::{Sqlite, pool::PoolOptions, sqlite::SqliteConnectOptions};
use tracing::Instrument;

use super::{
    connection::{Options, SqliteConn},
    locks::Locks,
    options,
};
use crate::{
    config::DatabaseConfig,
    db::{
        own_transaction::{self, Holder},
        pool::{Checkout, Limits, Pool},
        pooled_transaction::PooledTransaction,
        session::{AfterCommit, Database, DbFuture, Guard, OpenTransaction, Session},
        statement::only_reads,
        stream::{self, RowStream},
    },
};

/// An SQLite database with its two connection pools.
pub(in crate::db) struct SqliteDatabase {
    /// A pool of one connection, so that writers wait in a fair queue.
    writer: Arc<Pool<SqliteConn>>,
    /// The pool of read-only connections; the same as `writer` for a database in memory, which runs one statement at a time.
    readers: Arc<Pool<SqliteConn>>,
    /// The options of a database in memory.
    memory: Option<SqliteConnectOptions>,
    locks: Locks,
    holder: Holder,
}

impl SqliteDatabase {
    /// Creates the pools, whose connections are opened on demand.
    pub(in crate::db) fn new(path: Option<&Path>, config: &DatabaseConfig) -> Self {
        let pool = |connect: SqliteConnectOptions, size: u32| {
            let options = Options {
                connect,
                statement_timeout: config.statement_timeout,
            };
            Pool::new(options, Limits::new(size, config))
        };
        let connect = options(path, config);
        let writer = pool(connect.clone(), 1);
        let readers = if path.is_some() {
            let size = config.max_connections.saturating_sub(1).max(1);
            pool(connect.clone().pragma("query_only", "on"), size)
        } else {
            Arc::clone(&writer)
        };
        Self {
            writer,
            readers,
            memory: path.is_none().then_some(connect),
            locks: Locks::default(),
            holder: Holder::default(),
        }
    }

    /// A connection from the pool that the statement needs.
    async fn connection_for(&self, sql: &str) -> Result<Checkout<SqliteConn>, DbErr> {
        let pool = if only_reads(sql) {
            &self.readers
        } else {
            &self.writer
        };
        self.acquire(pool).await
    }

    /// A connection from one of the pools. A transaction has the connection that writes.
    async fn acquire(&self, pool: &Arc<Pool<SqliteConn>>) -> Result<Checkout<SqliteConn>, DbErr> {
        if !Arc::ptr_eq(pool, &self.writer) {
            return pool.acquire().await;
        }
        own_transaction::check(self)?;
        let acquired = pool.acquire().await;
        acquired.map_err(|error| self.holder.explain(error))
    }

    async fn begin_transaction(
        &self,
        options: TransactionOptions,
    ) -> Result<PooledTransaction<SqliteConn>, DbErr> {
        let pool = if matches!(options.access_mode, Some(AccessMode::ReadOnly)) {
            &self.readers
        } else {
            &self.writer
        };
        let connection = self.acquire(pool).await?;
        let mut transaction =
            PooledTransaction::begin(connection, options, pool.acquire_timeout()).await?;
        if Arc::ptr_eq(pool, &self.writer) {
            transaction.set_guard(self.holder.hold());
        }
        Ok(transaction)
    }
}

impl Session for SqliteDatabase {
    fn backend(&self) -> DbBackend {
        DbBackend::Sqlite
    }

    fn execute(&self, statement: Statement) -> DbFuture<'_, ExecResult> {
        Box::pin(async move {
            let connection = self.connection_for(&statement.sql).await?;
            connection.execute(statement).await
        })
    }

    fn execute_unprepared<'a>(&'a self, sql: &'a str) -> DbFuture<'a, ExecResult> {
        Box::pin(async move {
            // There may be several statements, of which only the first is looked at: they get the connection that may write.
            let connection = self.acquire(&self.writer).await?;
            connection.execute_unprepared(sql).await
        })
    }

    fn query_one(&self, statement: Statement) -> DbFuture<'_, Option<QueryResult>> {
        Box::pin(async move {
            let connection = self.connection_for(&statement.sql).await?;
            connection.query_one(statement).await
        })
    }

    fn query_all(&self, statement: Statement) -> DbFuture<'_, Vec<QueryResult>> {
        Box::pin(async move {
            let connection = self.connection_for(&statement.sql).await?;
            connection.query_all(statement).await
        })
    }

    fn stream(&self, statement: Statement) -> DbFuture<'_, RowStream> {
        Box::pin(async move {
            let connection = self.connection_for(&statement.sql).await?;
            let (sender, rows) = stream::channel(Arc::default());
            let send = async move { connection.stream(statement, &sender).await };
            tokio::spawn(send.in_current_span());
            Ok(rows)
        })
    }

    fn begin(&self, options: TransactionOptions) -> DbFuture<'_, Box<dyn OpenTransaction>> {
        Box::pin(async move {
            let open = self.begin_transaction(options).await?;
            Ok(Box::new(open) as Box<dyn OpenTransaction>)
        })
    }

    fn after_commit(&self, work: AfterCommit) {
        work();
    }
}

impl Database for SqliteDatabase {
    /// The lock is held in this process only.
    fn begin_locked(&self, key: i64) -> DbFuture<'_, Option<(Box<dyn OpenTransaction>, Guard)>> {
        Box::pin(async move {
            let Some(lock) = self.locks.try_lock(key) else {
                return Ok(None);
            };
            let open = self.begin(TransactionOptions::default()).await?;
            Ok(Some((open, Box::new(lock) as Guard)))
        })
    }

    fn exclusive(&self) -> DbFuture<'_, Option<(DatabaseConnection, Guard)>> {
        Box::pin(async move {
            let Some(connect) = &self.memory else {
                return Ok(None);
            };
            // The database lives as long as this connection.
            let writer = self.writer.acquire().await?;
            let pool = PoolOptions::<Sqlite>::new()
                .max_connections(1)
                .connect_lazy_with(connect.clone());
            let connection = SqlxSqliteConnector::from_sqlx_sqlite_pool(pool);
            let writer = std::sync::Mutex::new(writer);
            Ok(Some((connection, Box::new(writer) as Guard)))
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            self.readers.close().await;
            self.writer.close().await;
        })
    }
}
