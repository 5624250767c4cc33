//! Where statements run: in a database, or in one of its transactions.

use futures_util::future::BoxFuture;
use sea_orm::{DbBackend, DbErr, ExecResult, QueryResult, Statement, TransactionOptions};

#[cfg(feature = "sqlite")]
use super::sqlite::Lease;
use super::{Transaction, whole::Hold};

pub(super) type Answer<'a, T> = BoxFuture<'a, Result<T, DbErr>>;

/// What runs statements.
///
/// [`Db`](super::Db) and [`Transaction`] see no more of a database than this. The bounds of SeaORM's methods have lifetimes, under
/// which the compiler proves anew for each method that everything behind it is `Send`, down to the driver; behind a trait object
/// nothing is left to be proved. It was a quarter of what compiling the framework took.
pub(super) trait Session: Send + Sync {
    fn backend(&self) -> DbBackend;

    fn execute(&self, statement: Statement) -> Answer<'_, ExecResult>;

    fn execute_unprepared<'a>(&'a self, sql: &'a str) -> Answer<'a, ExecResult>;

    fn query_one(&self, statement: Statement) -> Answer<'_, Option<QueryResult>>;

    fn query_all(&self, statement: Statement) -> Answer<'_, Vec<QueryResult>>;

    /// Within a transaction this is a savepoint.
    fn begin(&self, options: TransactionOptions) -> Answer<'_, Transaction>;
}

/// A database.
pub(super) trait Database: Session {
    /// Begins a transaction together with a lock; `None` while somebody else has it.
    fn begin_locked(&self, key: i64) -> Answer<'_, Option<(Transaction, Guard)>>;

    /// The one connection of a database that has no other, as one in memory; `None` for all other databases.
    #[cfg(feature = "sqlite")]
    fn sole(&self) -> Answer<'_, Option<Lease>> {
        Box::pin(async { Ok(None) })
    }

    /// Closes every connection after its current statement.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// Something that is given back when this is dropped.
pub(super) type Guard = Box<dyn Send + Sync>;

/// A transaction that has begun. It is undone when this is dropped.
pub(super) trait Begun: Session {
    fn commit(self: Box<Self>) -> Answer<'static, ()>;

    fn rollback(self: Box<Self>) -> Answer<'static, ()>;

    /// Keeps what it is part of from ending before it.
    fn set_hold(&mut self, hold: Hold);
}
