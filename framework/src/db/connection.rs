//! The trait of a database connection, as the pool and transactions use it.

use std::borrow::Cow;

use sea_orm::{
    DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement, TransactionOptions,
};

use super::stream::RowSender;

/// A connection to a database. One future uses it at a time; after a future that was dropped before its end,
/// [`reset`](Self::reset) makes it usable again.
pub(super) trait Connection: Sized + Send + 'static {
    /// The options that connections are opened with.
    type Options: Send + Sync + 'static;

    const BACKEND: DbBackend;

    /// The effect on a transaction when one of its statements is cancelled: its future is dropped before its end.
    const CANCELLED: Failure;

    /// The statement that begins the transaction which [`stream`](Self::stream) needs, if it needs one.
    const STREAM_BEGIN: Option<&'static str>;

    fn open(options: &Self::Options) -> impl Future<Output = Result<Self, sqlx::Error>> + Send;

    fn execute(
        &mut self,
        statement: Statement,
    ) -> impl Future<Output = Result<ExecResult, DbErr>> + Send;

    /// Runs a statement of a transaction whose outcome nobody waits for: see [`Session::execute_later`](super::session::Session).
    fn execute_later(
        &mut self,
        statement: Statement,
    ) -> impl Future<Output = Result<(), DbErr>> + Send {
        async { self.execute(statement).await.map(drop) }
    }

    fn execute_unprepared(
        &mut self,
        sql: &str,
    ) -> impl Future<Output = Result<ExecResult, DbErr>> + Send;

    fn query_one(
        &mut self,
        statement: Statement,
    ) -> impl Future<Output = Result<Option<QueryResult>, DbErr>> + Send;

    fn query_all(
        &mut self,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<QueryResult>, DbErr>> + Send;

    /// Sends the rows of a statement until its end, or until the reader is dropped.
    fn stream(
        &mut self,
        statement: Statement,
        rows: &RowSender,
    ) -> impl Future<Output = Result<StreamEnd, DbErr>> + Send;

    /// Runs a statement that controls a transaction, such as `COMMIT`.
    fn control(&mut self, sql: Cow<'static, str>)
    -> impl Future<Output = Result<(), DbErr>> + Send;

    /// The statement that begins a transaction.
    fn begin(options: TransactionOptions) -> Cow<'static, str>;

    /// The effect on a transaction when one of its statements fails with `error`.
    fn failure(error: &DbErr) -> Failure;

    /// Checks that the connection is alive.
    fn ping(&mut self) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Waits until a cancelled statement has ended, and rolls back a transaction that may be open.
    fn reset(
        &mut self,
        in_transaction: bool,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    fn close(self) -> impl Future<Output = ()> + Send;
}

/// The extent to which a failed statement has undone its transaction. Each database has some of these.
#[cfg_attr(
    not(all(feature = "postgres", feature = "sqlite")),
    expect(dead_code, reason = "the other database has the rest")
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Only the statement is undone.
    Statement,
    /// The database may have marked the transaction as failed, and would then silently treat `COMMIT` as a rollback.
    Unknown,
    /// The whole transaction is undone.
    Transaction,
}

/// The end of a stream of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StreamEnd {
    /// All rows were sent, or a query that only reads was ended early.
    Complete,
    /// A statement that writes was cancelled before its end.
    Cancelled,
}

/// Framewright's own error for a statement that cannot run.
pub(super) fn refused(message: &str) -> DbErr {
    DbErr::Exec(RuntimeErr::Internal(message.to_owned()))
}
