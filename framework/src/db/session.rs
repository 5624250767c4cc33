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
