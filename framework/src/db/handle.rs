//! The handle that an application queries.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, IsolationLevel, Statement,
    TransactionError, TransactionOptions, TransactionSession, TransactionTrait,
    prelude::async_trait::async_trait,
};

#[cfg(feature = "postgres")]
use super::postgres::{self, PgPool};
#[cfg(feature = "sqlite")]
use super::sqlite::{self, SqliteLanes};
use super::{
    DbError, Target, Transaction, admin,
    session::{Database, run_statements},
    transaction,
    whole::Whole,
};
use crate::config::DatabaseConfig;

/// The database. Cheap to clone; every clone is the same pool.
#[derive(Clone)]
pub struct Db {
    inner: Arc<dyn Database>,
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
        Ok(match Target::parse(config.url.expose())? {
            #[cfg(feature = "sqlite")]
            Target::Sqlite { path } => {
                Self::new(Arc::new(SqliteLanes::new(path.as_deref(), config)))
            }
            #[cfg(feature = "postgres")]
            Target::Postgres(target) => Self::new(Arc::new(PgPool::new(&target, config))),
        })
    }

    pub(super) fn new(inner: Arc<dyn Database>) -> Self {
        Self { inner }
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
        #[cfg(feature = "sqlite")]
        if let Some(lease) = self.inner.sole().await? {
            return Ok(Some(work(lease.pool()).await));
        }
        drop(work);
        Ok(None)
    }

    /// Which database this is.
    pub fn backend(&self) -> DbBackend {
        self.inner.backend()
    }

    /// Asks the database for a sign of life.
    pub async fn ping(&self) -> Result<(), DbErr> {
        const QUESTION: &str = "SELECT 1";
        if self.backend() == DbBackend::Postgres {
            // One round trip; to prepare it would take another one.
            return self.execute_unprepared(QUESTION).await.map(drop);
        }
        let question = Statement::from_string(self.backend(), QUESTION);
        self.query_one_raw(question).await.map(drop)
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
        let begun = self.inner.begin_locked(lock).await?;
        Ok(begun.map(|(transaction, lock)| Whole::new(transaction, lock, patience)))
    }

    /// Closes every connection; queries that run now come to their end first.
    pub async fn close(&self) {
        self.inner.close().await;
    }
}

run_statements!(Db, inner);

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
        self.inner.begin(options).await
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
