//! The handle that an application queries.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement, TransactionSession,
    TransactionTrait,
};

#[cfg(feature = "postgres")]
use super::postgres::{self, PgDatabase};
#[cfg(feature = "sqlite")]
use super::sqlite::{self, SqliteDatabase};
use super::{
    DbError, Target, Transaction, probe,
    session::Database,
    transaction::{self, run_statements},
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
            probe::check_exists(config).await?;
        }
        if let Err(source) = db.ping().await {
            probe::check_exists(config).await?;
            return Err(Target::unreachable(config, source));
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
                Self::new(Arc::new(SqliteDatabase::new(path.as_deref(), config)))
            }
            #[cfg(feature = "postgres")]
            Target::Postgres(target) => Self::new(Arc::new(PgDatabase::new(&target, config))),
        })
    }

    pub(super) fn new(inner: Arc<dyn Database>) -> Self {
        Self { inner }
    }

    pub(super) fn database(&self) -> &dyn Database {
        &*self.inner
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

    /// Migrates a database in memory, which only its own process can reach, while nobody else uses it; `None` for all other
    /// databases.
    pub(crate) async fn on_exclusive_connection<T>(
        &self,
        work: impl AsyncFnOnce(&DatabaseConnection) -> T,
    ) -> Result<Option<T>, DbErr> {
        #[cfg(feature = "sqlite")]
        if let Some((connection, _alone)) = self.inner.exclusive().await? {
            let result = work(&connection).await;
            let _ = connection.close().await;
            return Ok(Some(result));
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

    /// Runs `work` in a transaction: it is committed when `work` succeeds and rolled back when it fails.
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
                transaction::roll_back(transaction).await;
                Err(error)
            }
        }
    }

    /// Runs `work` once everything that was written through this handle so far is committed: now, except within an idempotent
    /// request, whose writes take effect together at its end. A rollback of that drops `work`.
    ///
    /// See [`Transaction::after_commit`] for what is written in a transaction.
    pub fn after_commit(&self, work: impl FnOnce() + Send + 'static) {
        self.inner.after_commit(Box::new(work));
    }

    /// Closes every connection; queries that run now come to their end first.
    pub async fn close(&self) {
        self.inner.close().await;
    }
}

run_statements!(Db, inner);

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Db({:?})", self.backend())
    }
}
