//! The database handle of an application.

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
    DbError, Target, Transaction, own_transaction, probe,
    session::Database,
    transaction::{self, run_statements},
    unreachable::unreachable,
};
use crate::{config::DatabaseConfig, error::Error};

/// A handle to the database: a connection pool. Cheap to clone; every clone uses the same pool.
///
/// ```
/// use fw::{config::{DatabaseConfig, Secret}, db::Db, prelude::*};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let config = DatabaseConfig {
///     url: Secret::new("sqlite::memory:"),
///     ..DatabaseConfig::default()
/// };
/// let db = Db::connect(&config).await?;
/// db.execute_unprepared("CREATE TABLE drafts (title TEXT)").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Db {
    inner: Arc<dyn Database>,
}

impl Db {
    /// Connects to the database of the configuration and checks that it can be reached. A server that is not there yet, that
    /// starts, or that has no free connection is waited for, for `database.connect_wait`.
    ///
    /// Fails when the URL cannot be used, or the database cannot be reached; the message says which it is.
    pub async fn connect(config: &DatabaseConfig) -> Result<Self, DbError> {
        let db = Self::lazy(config)?;
        // A file would be made by opening it.
        if db.backend() == DbBackend::Sqlite {
            probe::check_file(config)?;
        }
        match db.inner.connect(config.connect_wait).await {
            Ok(()) => Ok(db),
            Err(source) => Err(unreachable(config, &source)),
        }
    }

    /// A handle to the database of the configuration that connects at the first query.
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

    pub(super) fn database(&self) -> &Arc<dyn Database> {
        &self.inner
    }

    /// A dedicated connection without statement timeout, for long work such as migrations.
    ///
    /// Fails as [`connect`](Self::connect) does, but a missing file of SQLite is created; and behind a pooler of transactions
    /// (`database.transaction_pooling`), where no connection is dedicated.
    #[cfg_attr(
        not(feature = "postgres"),
        expect(clippy::unused_async, reason = "only a server is waited for")
    )]
    pub async fn dedicated(config: &DatabaseConfig) -> Result<DatabaseConnection, DbError> {
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
            Target::Postgres(_) if config.transaction_pooling => return Err(DbError::Pooled),
            #[cfg(feature = "postgres")]
            Target::Postgres(target) => postgres::dedicated(&target, config)
                .await
                .map_err(|source| unreachable(config, &source))?,
        })
    }

    /// Runs `work`, a migration, on an exclusive connection to a database in memory, which only this process can reach; `None`
    /// for all other databases.
    pub(crate) async fn on_exclusive_connection<T>(
        &self,
        work: impl AsyncFnOnce(&DatabaseConnection) -> T,
    ) -> Result<Option<T>, DbErr> {
        #[cfg(feature = "sqlite")]
        if let Some((connection, _guard)) = self.inner.exclusive().await? {
            let result = work(&connection).await;
            let _ = connection.close().await;
            return Ok(Some(result));
        }
        drop(work);
        Ok(None)
    }

    /// The kind of database.
    pub fn backend(&self) -> DbBackend {
        self.inner.backend()
    }

    /// Checks that the database can be reached.
    pub async fn ping(&self) -> Result<(), DbErr> {
        const PING: &str = "SELECT 1";
        if self.backend() == DbBackend::Postgres {
            // One round trip; to prepare it would take another one.
            return self.execute_unprepared(PING).await.map(drop);
        }
        let ping = Statement::from_string(self.backend(), PING);
        self.query_one_raw(ping).await.map(drop)
    }

    /// Runs `work` in a transaction: it is committed when `work` succeeds and rolled back when it fails. Fails with the error of
    /// `work`, and when the transaction cannot be begun or committed.
    ///
    /// On SQLite this waits for the write lock (`BEGIN IMMEDIATE`), so it never fails with `SQLITE_BUSY`. Every statement within `work` goes
    /// through the transaction: this handle would wait for its end, which is an error at once. Within a transaction that is begun by hand
    /// (`begin`) it is an error after `database.acquire_timeout`.
    ///
    /// ```
    /// use fw::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// # let config = fw::config::DatabaseConfig { url: "sqlite::memory:".into(), ..Default::default() };
    /// # let db = fw::db::Db::connect(&config).await?;
    /// # db.execute_unprepared("CREATE TABLE accounts (balance INTEGER CHECK (balance >= 0))").await?;
    /// # db.execute_unprepared("INSERT INTO accounts VALUES (50)").await?;
    /// let result = db
    ///     .transact(async |tx| {
    ///         tx.execute_unprepared("UPDATE accounts SET balance = balance - 30").await?;
    ///         // It fails, and takes the first one back as well.
    ///         tx.execute_unprepared("UPDATE accounts SET balance = balance - 30").await?;
    ///         Ok(())
    ///     })
    ///     .await;
    /// assert!(result.is_err());
    /// # let left = db.execute_unprepared("DELETE FROM accounts WHERE balance = 50").await?;
    /// # assert_eq!(left.rows_affected(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn transact<T>(
        &self,
        work: impl AsyncFnOnce(&Transaction) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.transact_as(work).await
    }

    /// Runs `work` in a transaction like [`transact`](Self::transact), with an error type of your own. The compiler may ask for its name:
    /// `db.transact_as::<_, MyError>(…)`.
    pub async fn transact_as<T, E: From<DbErr>>(
        &self,
        work: impl AsyncFnOnce(&Transaction) -> Result<T, E>,
    ) -> Result<T, E> {
        let transaction = self.begin().await?;
        let work = async { work(&transaction).await };
        match own_transaction::within(&*self.inner, work).await {
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

    /// Runs `work` after the commit of everything that was written through this handle so far: at once, except within an
    /// idempotent request, whose writes are one unit of work. A rollback of that drops `work`.
    ///
    /// For work that follows a transaction see [`Transaction::after_commit`], which has an example.
    pub fn after_commit(&self, work: impl FnOnce() + Send + 'static) {
        self.inner.after_commit(Box::new(work));
    }

    /// Runs `work` if what was written through this handle so far is rolled back with its unit of work, with a handle that is not part of it: for
    /// what must be there in any case, such as an event of a refusal. Outside of a unit of work nothing is rolled back later.
    #[cfg_attr(
        not(feature = "audit"),
        expect(dead_code, reason = "only the audit log asks for it so far")
    )]
    pub(crate) fn after_rollback<F>(&self, work: impl FnOnce(Self) -> F + Send + 'static)
    where
        F: Future<Output = Result<(), DbErr>> + Send + 'static,
    {
        let work = |database| Box::pin(work(Self::new(database))) as _;
        self.inner.after_rollback(Box::new(work));
    }

    /// Returns true within an idempotent request, whose writes are one unit of work.
    pub(crate) fn is_within_unit_of_work(&self) -> bool {
        self.inner.is_transaction()
    }

    /// Closes every connection after the queries that are running.
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
