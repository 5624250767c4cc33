//! The traits behind [`Db`](super::Db) and [`Transaction`](super::Transaction): a database and an open transaction, as trait
//! objects.
//!
//! The bounds of SeaORM's methods have lifetimes, under which the compiler proves anew for each method that everything behind it
//! is `Send`, down to the driver; behind a trait object nothing is left to be proved. It was a quarter of what compiling the
//! framework took.

use futures_util::future::BoxFuture;
#[cfg(feature = "sqlite")]
use sea_orm::DatabaseConnection;
use sea_orm::{DbBackend, DbErr, ExecResult, QueryResult, Statement, TransactionOptions};

use super::stream::RowStream;

pub(super) type DbFuture<'a, T> = BoxFuture<'a, Result<T, DbErr>>;

/// The outcome of a statement that is not run.
pub(super) fn refused<'a, T: Send + 'a>(error: DbErr) -> DbFuture<'a, T> {
    Box::pin(std::future::ready(Err(error)))
}

/// A closure that runs after a commit.
pub(super) type AfterCommit = Box<dyn FnOnce() + Send>;

/// Something that is released when it is dropped: a lock, a turn.
pub(super) type Guard = Box<dyn Send + Sync>;

/// A place where statements run: a database or an open transaction.
pub(super) trait Session: Send + Sync {
    fn backend(&self) -> DbBackend;

    fn execute(&self, statement: Statement) -> DbFuture<'_, ExecResult>;

    fn execute_unprepared<'a>(&'a self, sql: &'a str) -> DbFuture<'a, ExecResult>;

    fn query_one(&self, statement: Statement) -> DbFuture<'_, Option<QueryResult>>;

    fn query_all(&self, statement: Statement) -> DbFuture<'_, Vec<QueryResult>>;

    fn stream(&self, statement: Statement) -> DbFuture<'_, RowStream>;

    /// Begins a transaction; within one, a savepoint.
    fn begin(&self, options: TransactionOptions) -> DbFuture<'_, Box<dyn OpenTransaction>>;

    /// Runs `work` once the statements that were run so far are committed: without an open transaction, now.
    fn after_commit(&self, work: AfterCommit);
}

/// A connection pool, or what is used like one.
pub(super) trait Database: Session {
    /// Begins a transaction together with a lock that is released after it has ended; `None` while somebody else holds the lock.
    fn begin_locked(&self, key: i64) -> DbFuture<'_, Option<(Box<dyn OpenTransaction>, Guard)>>;

    /// Another connection to a database that only this process can reach, as one in memory, and a guard that keeps everybody else
    /// from using the database; `None` for all other databases.
    #[cfg(feature = "sqlite")]
    fn exclusive(&self) -> DbFuture<'_, Option<(DatabaseConnection, Guard)>> {
        Box::pin(async { Ok(None) })
    }

    /// Closes every connection after its current statement or transaction.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// An open transaction or savepoint. It is rolled back when it is dropped.
pub(super) trait OpenTransaction: Session {
    fn commit(self: Box<Self>) -> DbFuture<'static, ()>;

    fn rollback(self: Box<Self>) -> DbFuture<'static, ()>;

    /// Releases `guard` after the transaction has ended.
    fn hold(&mut self, guard: Guard);
}

/// Implements SeaORM's connection traits with the session in a field.
///
/// The signatures are those that `async_trait` makes, whose bodies would put each future into a second box.
macro_rules! run_statements {
    ($type:ty, $field:ident) => {
        impl sea_orm::ConnectionTrait for $type {
            fn get_database_backend(&self) -> sea_orm::DbBackend {
                self.$field.backend()
            }

            fn execute_raw<'a, 'f>(
                &'a self,
                statement: sea_orm::Statement,
            ) -> $crate::db::session::DbFuture<'f, sea_orm::ExecResult>
            where
                'a: 'f,
                Self: 'f,
            {
                match $crate::db::values::stored(self.$field.backend(), statement) {
                    Ok(statement) => self.$field.execute(statement),
                    Err(error) => $crate::db::session::refused(error),
                }
            }

            fn execute_unprepared<'a, 'b, 'f>(
                &'a self,
                sql: &'b str,
            ) -> $crate::db::session::DbFuture<'f, sea_orm::ExecResult>
            where
                'a: 'f,
                'b: 'f,
                Self: 'f,
            {
                self.$field.execute_unprepared(sql)
            }

            fn query_one_raw<'a, 'f>(
                &'a self,
                statement: sea_orm::Statement,
            ) -> $crate::db::session::DbFuture<'f, Option<sea_orm::QueryResult>>
            where
                'a: 'f,
                Self: 'f,
            {
                match $crate::db::values::stored(self.$field.backend(), statement) {
                    Ok(statement) => self.$field.query_one(statement),
                    Err(error) => $crate::db::session::refused(error),
                }
            }

            fn query_all_raw<'a, 'f>(
                &'a self,
                statement: sea_orm::Statement,
            ) -> $crate::db::session::DbFuture<'f, Vec<sea_orm::QueryResult>>
            where
                'a: 'f,
                Self: 'f,
            {
                match $crate::db::values::stored(self.$field.backend(), statement) {
                    Ok(statement) => self.$field.query_all(statement),
                    Err(error) => $crate::db::session::refused(error),
                }
            }
        }

        impl sea_orm::StreamTrait for $type {
            type Stream<'a> = $crate::db::RowStream;

            fn get_database_backend(&self) -> sea_orm::DbBackend {
                self.$field.backend()
            }

            fn stream_raw(
                &self,
                statement: sea_orm::Statement,
            ) -> $crate::db::session::DbFuture<'_, $crate::db::RowStream> {
                match $crate::db::values::stored(self.$field.backend(), statement) {
                    Ok(statement) => self.$field.stream(statement),
                    Err(error) => $crate::db::session::refused(error),
                }
            }
        }

        /// Transactions within a transaction are savepoints.
        #[sea_orm::prelude::async_trait::async_trait]
        impl sea_orm::TransactionTrait for $type {
            type Transaction = $crate::db::Transaction;

            async fn begin(&self) -> Result<Self::Transaction, sea_orm::DbErr> {
                self.begin_with_options(sea_orm::TransactionOptions::default())
                    .await
            }

            async fn begin_with_config(
                &self,
                isolation_level: Option<sea_orm::IsolationLevel>,
                access_mode: Option<sea_orm::AccessMode>,
            ) -> Result<Self::Transaction, sea_orm::DbErr> {
                self.begin_with_options(sea_orm::TransactionOptions {
                    isolation_level,
                    access_mode,
                    ..Default::default()
                })
                .await
            }

            async fn begin_with_options(
                &self,
                options: sea_orm::TransactionOptions,
            ) -> Result<Self::Transaction, sea_orm::DbErr> {
                let open = self.$field.begin(options).await?;
                Ok($crate::db::Transaction::new(open))
            }

            async fn transaction<F, T, E>(
                &self,
                callback: F,
            ) -> Result<T, sea_orm::TransactionError<E>>
            where
                F: for<'c> FnOnce(
                        &'c Self::Transaction,
                    ) -> std::pin::Pin<
                        Box<dyn Future<Output = Result<T, E>> + Send + 'c>,
                    > + Send,
                T: Send,
                E: std::fmt::Display + std::fmt::Debug + Send,
            {
                $crate::db::transaction::run(self.begin().await, callback).await
            }

            async fn transaction_with_config<F, T, E>(
                &self,
                callback: F,
                isolation_level: Option<sea_orm::IsolationLevel>,
                access_mode: Option<sea_orm::AccessMode>,
            ) -> Result<T, sea_orm::TransactionError<E>>
            where
                F: for<'c> FnOnce(
                        &'c Self::Transaction,
                    ) -> std::pin::Pin<
                        Box<dyn Future<Output = Result<T, E>> + Send + 'c>,
                    > + Send,
                T: Send,
                E: std::fmt::Display + std::fmt::Debug + Send,
            {
                let begun = self.begin_with_config(isolation_level, access_mode).await;
                $crate::db::transaction::run(begun, callback).await
            }
        }
    };
}

pub(super) use run_statements;
