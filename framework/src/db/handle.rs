//! The handle that an application queries.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

#[cfg(feature = "sqlite")]
use sea_orm::SqliteTransactionMode;
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, IsolationLevel,
    QueryResult, Statement, TransactionError, TransactionOptions, TransactionSession,
    TransactionTrait, prelude::async_trait::async_trait,
};

#[cfg(feature = "postgres")]
use super::postgres::{self, PgPool};
#[cfg(feature = "sqlite")]
use super::sqlite::{self, SqliteLanes};
use super::{
    DbError, Target, Transaction, admin,
    statement::only_reads,
    transaction,
    whole::{Joined, Whole},
};
use crate::config::DatabaseConfig;

/// The database. Cheap to clone; every clone is the same pool.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

enum Inner {
    #[cfg(feature = "sqlite")]
    Sqlite(SqliteLanes),
    #[cfg(feature = "postgres")]
    Pool(Box<PgPool>),
    /// Within a transaction that somebody else ends.
    Joined(Arc<Joined>),
}

impl Db {
    /// Opens the database of the configuration and checks that it answers.
    ///
    /// Fails when the URL cannot be used, or the database cannot be reached; the message says which it is.
    pub async fn connect(config: &DatabaseConfig) -> Result<Self, DbError> {
        let db = Self::lazy(config)?;
        // A file would be made by opening it. A server is asked only when there is something to explain: to connect to one takes
        // most of the time of a start.
        if db.backend() == DbBackend::Sqlite {
            admin::check_exists(config).await?;
        }
        if let Err(source) = db.ping().await {
            admin::check_exists(config).await?;
            return Err(DbError::unreachable(config, source));
        }
        Ok(db)
    }

    /// The database of the configuration, not opened before the first query.
    ///
    /// Fails when the URL cannot be used.
    pub fn lazy(config: &DatabaseConfig) -> Result<Self, DbError> {
        let inner = match Target::parse(config.url.expose())? {
            #[cfg(feature = "sqlite")]
            Target::Sqlite { path } => Inner::Sqlite(SqliteLanes::new(path.as_deref(), config)),
            #[cfg(feature = "postgres")]
            Target::Postgres(target) => Inner::Pool(Box::new(PgPool::new(&target, config))),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// A connection of its own without statement timeout, for work that may take long: migrations.
    pub fn dedicated(config: &DatabaseConfig) -> Result<DatabaseConnection, DbError> {
        Ok(match Target::parse(config.url.expose())? {
            #[cfg(feature = "sqlite")]
            Target::Sqlite { path: None } => return Err(DbError::InMemory),
            #[cfg(feature = "sqlite")]
            Target::Sqlite { path } => {
                let pool = sqlx::pool::PoolOptions::<sqlx::Sqlite>::new()
                    .max_connections(1)
                    .acquire_timeout(config.acquire_timeout)
                    .connect_lazy_with(sqlite::options(path.as_deref(), config));
                sea_orm::SqlxSqliteConnector::from_sqlx_sqlite_pool(pool)
            }
            #[cfg(feature = "postgres")]
            Target::Postgres(target) => postgres::dedicated(&target, config),
        })
    }

    /// Works with the connection of a database in memory, which has no other one, and lets nobody else use it meanwhile; `None`
    /// for all other databases.
    pub(crate) async fn on_sole_connection<T>(
        &self,
        work: impl AsyncFnOnce(&DatabaseConnection) -> T,
    ) -> Result<Option<T>, DbErr> {
        match &*self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(lanes) if lanes.is_sole() => {
                let lease = lanes.write().await?;
                Ok(Some(work(lease.pool()).await))
            }
            _ => {
                drop(work);
                Ok(None)
            }
        }
    }

    /// Which database this is.
    pub fn backend(&self) -> DbBackend {
        match &*self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(_) => DbBackend::Sqlite,
            #[cfg(feature = "postgres")]
            Inner::Pool(_) => DbBackend::Postgres,
            Inner::Joined(joined) => joined.backend(),
        }
    }

    /// Asks the database for a sign of life.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.query_one_raw(Statement::from_string(self.backend(), "SELECT 1"))
            .await
            .map(drop)
    }

    /// Runs `work` in a transaction: it is committed when `work` succeeds and undone when it fails.
    ///
    /// On SQLite this waits for the writer's turn (`BEGIN IMMEDIATE`), so it never fails with `SQLITE_BUSY`.
    pub async fn transact<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&Transaction) -> Result<T, E>,
        E: From<DbErr>,
    {
        let transaction = self.begin().await?;
        match work(&transaction).await {
            Ok(value) => {
                transaction.commit().await?;
                Ok(value)
            }
            Err(error) => {
                transaction::undo(transaction).await;
                Err(error)
            }
        }
    }

    /// Begins a transaction in which a whole piece of work takes part, through a handle that is used like any other.
    ///
    /// `None` while another one with the same `lock` is open: on PostgreSQL in any process, on SQLite in this one (those of
    /// other processes are waited for, as there is one writer). Whatever waits for its turn within the work waits for up to
    /// `patience`.
    pub(crate) async fn begin_whole(
        &self,
        lock: i64,
        patience: Duration,
    ) -> Result<Option<Whole>, DbErr> {
        match &*self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(lanes) => {
                let Some(lock) = lanes.try_lock(lock) else {
                    return Ok(None);
                };
                let whole = Whole::new(self.begin().await?, patience);
                Ok(Some(whole.with_lock(lock)))
            }
            _ => {
                let transaction = self.begin().await?;
                let statement = Statement::from_sql_and_values(
                    self.backend(),
                    "SELECT pg_try_advisory_xact_lock($1) AS locked",
                    [lock.into()],
                );
                let row = transaction.query_one_raw(statement).await?;
                let locked = row.is_some_and(|row| row.try_get("", "locked").unwrap_or(false));
                if !locked {
                    transaction::undo(transaction).await;
                    return Ok(None);
                }
                Ok(Some(Whole::new(transaction, patience)))
            }
        }
    }

    /// The handle of a work's own.
    pub(super) fn joined(joined: Arc<Joined>) -> Self {
        Self {
            inner: Arc::new(Inner::Joined(joined)),
        }
    }

    /// Closes every connection; queries that run now come to their end first.
    pub async fn close(&self) {
        match &*self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(lanes) => lanes.close().await,
            #[cfg(feature = "postgres")]
            Inner::Pool(pool) => pool.close().await,
            // Its connections are not its own.
            Inner::Joined(_) => {}
        }
    }
}

#[async_trait]
impl ConnectionTrait for Db {
    fn get_database_backend(&self) -> DbBackend {
        self.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match &*self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(lanes) => lanes.execute(statement).await,
            #[cfg(feature = "postgres")]
            Inner::Pool(pool) => pool.execute(statement).await,
            Inner::Joined(joined) => {
                let writes = !only_reads(&statement.sql);
                joined
                    .run(writes, async |tx| tx.execute_raw(statement).await)
                    .await
            }
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match &*self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(lanes) => lanes.execute_unprepared(sql).await,
            #[cfg(feature = "postgres")]
            Inner::Pool(pool) => pool.execute_unprepared(sql).await,
            Inner::Joined(joined) => {
                joined
                    .run(true, async |tx| tx.execute_unprepared(sql).await)
                    .await
            }
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match &*self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(lanes) => lanes.query_one(statement).await,
            #[cfg(feature = "postgres")]
            Inner::Pool(pool) => pool.query_one(statement).await,
            Inner::Joined(joined) => {
                let writes = !only_reads(&statement.sql);
                joined
                    .run(writes, async |tx| tx.query_one_raw(statement).await)
                    .await
            }
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &*self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(lanes) => lanes.query_all(statement).await,
            #[cfg(feature = "postgres")]
            Inner::Pool(pool) => pool.query_all(statement).await,
            Inner::Joined(joined) => {
                let writes = !only_reads(&statement.sql);
                joined
                    .run(writes, async |tx| tx.query_all_raw(statement).await)
                    .await
            }
        }
    }
}

#[async_trait]
impl TransactionTrait for Db {
    type Transaction = Transaction;

    async fn begin(&self) -> Result<Transaction, DbErr> {
        self.begin_with_options(TransactionOptions::default()).await
    }

    async fn begin_with_config(
        &self,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<Transaction, DbErr> {
        self.begin_with_options(TransactionOptions {
            isolation_level,
            access_mode,
            ..Default::default()
        })
        .await
    }

    async fn begin_with_options(&self, options: TransactionOptions) -> Result<Transaction, DbErr> {
        match &*self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(lanes) => {
                // A transaction that starts by reading and then writes would meet `SQLITE_BUSY`, which no timeout
                // cures; so it takes the write lock at once unless it says that it only reads.
                let read_only = matches!(options.access_mode, Some(AccessMode::ReadOnly));
                let lease = if read_only {
                    lanes.read().await?
                } else {
                    lanes.write().await?
                };
                let mode = options.sqlite_transaction_mode.unwrap_or(if read_only {
                    SqliteTransactionMode::Deferred
                } else {
                    SqliteTransactionMode::Immediate
                });
                let options = TransactionOptions {
                    sqlite_transaction_mode: Some(mode),
                    ..Default::default()
                };
                let begun = lease.pool().begin_with_options(options).await?;
                Ok(Transaction::on_lane(begun, lease))
            }
            #[cfg(feature = "postgres")]
            Inner::Pool(pool) => {
                let (begun, turn) = pool.begin(options).await?;
                Ok(Transaction::pooled(begun, turn))
            }
            Inner::Joined(joined) => joined.begin(options).await,
        }
    }

    async fn transaction<F, T, E>(&self, callback: F) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(
                &'c Transaction,
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: std::fmt::Display + std::fmt::Debug + Send,
    {
        transaction::run(self.begin().await, callback).await
    }

    async fn transaction_with_config<F, T, E>(
        &self,
        callback: F,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(
                &'c Transaction,
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: std::fmt::Display + std::fmt::Debug + Send,
    {
        transaction::run(
            self.begin_with_config(isolation_level, access_mode).await,
            callback,
        )
        .await
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Db({:?})", self.backend())
    }
}
