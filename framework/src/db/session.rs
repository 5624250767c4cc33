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

/// Implements `ConnectionTrait` with the session in a field.
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
            ) -> $crate::db::session::Answer<'f, sea_orm::ExecResult>
            where
                'a: 'f,
                Self: 'f,
            {
                self.$field.execute(statement)
            }

            fn execute_unprepared<'a, 'b, 'f>(
                &'a self,
                sql: &'b str,
            ) -> $crate::db::session::Answer<'f, sea_orm::ExecResult>
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
            ) -> $crate::db::session::Answer<'f, Option<sea_orm::QueryResult>>
            where
                'a: 'f,
                Self: 'f,
            {
                self.$field.query_one(statement)
            }

            fn query_all_raw<'a, 'f>(
                &'a self,
                statement: sea_orm::Statement,
            ) -> $crate::db::session::Answer<'f, Vec<sea_orm::QueryResult>>
            where
                'a: 'f,
                Self: 'f,
            {
                self.$field.query_all(statement)
            }
        }
    };
}

pub(super) use run_statements;
