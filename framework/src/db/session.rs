//! The traits behind [`Db`](super::Db) and [`Transaction`](super::Transaction): a database and an open transaction, used as trait
//! objects.
//!
//! The bounds of SeaORM's methods have lifetimes, under which the compiler proves anew for each method that everything behind it
//! is `Send`, down to the driver; behind a trait object nothing is left to be proved. It was a quarter of the compile time of the
//! framework.

use std::{sync::Arc, time::Duration};

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

/// A closure that runs after a rollback, with the database that what was rolled back was on.
pub(super) type AfterRollback = Box<dyn FnOnce(Arc<dyn Database>) -> DbFuture<'static, ()> + Send>;

/// A lock guard: the lock is released when it is dropped.
pub(super) type Guard = Box<dyn Send + Sync>;

/// An executor of statements: a database or an open transaction.
pub(super) trait Session: Send + Sync {
    fn backend(&self) -> DbBackend;

    fn execute(&self, statement: Statement) -> DbFuture<'_, ExecResult>;

    /// Runs a statement of a transaction whose outcome nobody waits for: at once, or together with the next statement or the commit,
    /// which then fail with its error.
    fn execute_later(&self, statement: Statement) -> DbFuture<'_, ()> {
        let executed = self.execute(statement);
        Box::pin(async move { executed.await.map(drop) })
    }

    fn execute_unprepared<'a>(&'a self, sql: &'a str) -> DbFuture<'a, ExecResult>;

    fn query_one(&self, statement: Statement) -> DbFuture<'_, Option<QueryResult>>;

    fn query_all(&self, statement: Statement) -> DbFuture<'_, Vec<QueryResult>>;

    fn stream(&self, statement: Statement) -> DbFuture<'_, RowStream>;

    /// Begins a transaction, or a savepoint within one.
    fn begin(&self, options: TransactionOptions) -> DbFuture<'_, Box<dyn OpenTransaction>>;

    /// Runs `work` after the commit of the statements so far: at once if no transaction is open.
    fn after_commit(&self, work: AfterCommit);
}

/// A connection pool, or a shared transaction that is used like one.
pub(super) trait Database: Session {
    /// Begins a transaction together with a lock that is released after it has ended; `None` while the lock is held elsewhere.
    fn begin_locked(&self, key: i64) -> DbFuture<'_, Option<(Box<dyn OpenTransaction>, Guard)>>;

    /// A separate connection to a database in memory, which only this process can reach, and a guard that blocks all other use of
    /// the database; `None` for all other databases.
    #[cfg(feature = "sqlite")]
    fn exclusive(&self) -> DbFuture<'_, Option<(DatabaseConnection, Guard)>> {
        Box::pin(async { Ok(None) })
    }

    /// Returns true if every statement is part of one transaction, which ends later.
    fn is_transaction(&self) -> bool {
        false
    }

    /// Runs `work` if that transaction is rolled back; never if there is none.
    fn after_rollback(&self, work: AfterRollback) {
        drop(work);
    }

    /// Opens a first connection, so that an error of the server is known at once. One that may pass is retried for `wait`.
    fn connect(&self, wait: Duration) -> DbFuture<'_, ()> {
        let _ = wait;
        Box::pin(async {
            let ping = Statement::from_string(self.backend(), "SELECT 1");
            self.query_one(ping).await.map(drop)
        })
    }

    /// Closes every connection after its current statement or transaction.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// An open transaction or savepoint. It is rolled back when it is dropped.
pub(super) trait OpenTransaction: Session {
    fn commit(self: Box<Self>) -> DbFuture<'static, ()>;

    fn rollback(self: Box<Self>) -> DbFuture<'static, ()>;

    /// Keeps `guard` until the transaction has ended.
    fn set_guard(&mut self, guard: Guard);
}
