//! A PostgreSQL database: one connection pool.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use sea_orm::{DbBackend, ExecResult, QueryResult, Statement, TransactionOptions};
use tracing::Instrument;

use super::{
    connection::{Options, PgConn},
    options::options,
};
use crate::{
    config::DatabaseConfig,
    db::{
        PgTarget,
        pool::{Expiry, Limits, Pool},
        pooled_transaction::PooledTransaction,
        session::{AfterCommit, Database, DbFuture, Guard, OpenTransaction, Session},
        stream::{self, RowStream},
    },
};

/// The idle time after which a connection is pinged before it is used.
const PING_AFTER_IDLE: Duration = Duration::from_secs(5);

/// A PostgreSQL database with its connection pool.
pub(in crate::db) struct PgDatabase {
    pool: Arc<Pool<PgConn>>,
}

impl PgDatabase {
    /// Creates the pool, whose connections are opened on demand.
    pub(in crate::db) fn new(target: &PgTarget, config: &DatabaseConfig) -> Self {
        let (connect, pooled_timeout) = if config.transaction_pooling {
            (options(target, config), Some(config.statement_timeout))
        } else {
            // The server cancels the statement itself, whatever becomes of the client.
            let timeout = config.statement_timeout.as_millis().to_string();
            let options = options(target, config).options([("statement_timeout", timeout)]);
            (options, None)
        };
        let options = Options {
            connect,
            pooled_timeout,
        };
        let limits = Limits {
            expiry: Some(Expiry {
                ping_after: PING_AFTER_IDLE,
                idle_timeout: config.idle_timeout,
                max_lifetime: config.max_lifetime,
                min_connections: config.min_connections,
            }),
            ..Limits::new(config.max_connections, config)
        };
        Self {
            pool: Pool::new(options, limits),
        }
    }
}

impl Session for PgDatabase {
    fn backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    fn execute(&self, statement: Statement) -> DbFuture<'_, ExecResult> {
        Box::pin(async move { self.pool.acquire().await?.execute(statement).await })
    }

    fn execute_unprepared<'a>(&'a self, sql: &'a str) -> DbFuture<'a, ExecResult> {
        Box::pin(async move { self.pool.acquire().await?.execute_unprepared(sql).await })
    }

    fn query_one(&self, statement: Statement) -> DbFuture<'_, Option<QueryResult>> {
        Box::pin(async move { self.pool.acquire().await?.query_one(statement).await })
    }

    fn query_all(&self, statement: Statement) -> DbFuture<'_, Vec<QueryResult>> {
        Box::pin(async move { self.pool.acquire().await?.query_all(statement).await })
    }

    fn stream(&self, statement: Statement) -> DbFuture<'_, RowStream> {
        Box::pin(async move {
            let connection = self.pool.acquire().await?;
            let (sender, rows) = stream::channel(Arc::default());
            let send = async move { connection.stream(statement, &sender).await };
            tokio::spawn(send.in_current_span());
            Ok(rows)
        })
    }

    fn begin(&self, options: TransactionOptions) -> DbFuture<'_, Box<dyn OpenTransaction>> {
        Box::pin(async move {
            let connection = self.pool.acquire().await?;
            let open =
                PooledTransaction::begin(connection, options, self.pool.acquire_timeout()).await?;
            Ok(Box::new(open) as Box<dyn OpenTransaction>)
        })
    }

    fn after_commit(&self, work: AfterCommit) {
        work();
    }
}

impl Database for PgDatabase {
    /// The lock is an advisory lock of the server, which ends with the transaction.
    fn begin_locked(&self, key: i64) -> DbFuture<'_, Option<(Box<dyn OpenTransaction>, Guard)>> {
        Box::pin(async move {
            let open = self.begin(TransactionOptions::default()).await?;
            let statement = Statement::from_sql_and_values(
                DbBackend::Postgres,
                "SELECT pg_try_advisory_xact_lock($1) AS locked",
                [key.into()],
            );
            let row = open.query_one(statement).await?;
            let locked = row.is_some_and(|row| row.try_get("", "locked").unwrap_or(false));
            if !locked {
                open.rollback().await?;
                return Ok(None);
            }
            Ok(Some((open, Box::new(()) as Guard)))
        })
    }

    fn connect(&self, wait: Duration) -> DbFuture<'_, ()> {
        Box::pin(self.pool.connect(wait))
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.pool.close())
    }
}
