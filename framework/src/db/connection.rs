//! One connection to a database, as the pool and transactions use it.

use std::borrow::Cow;

use sea_orm::{
    DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement, TransactionOptions,
};

use super::stream::RowSender;

/// A connection to a database. One future uses it at a time; a future that is dropped half-way leaves it to
/// [`reset`](Self::reset).
pub(super) trait Connection: Sized + Send + 'static {
    /// How connections are opened.
    type Options: Send + Sync + 'static;

    const BACKEND: DbBackend;

    /// What becomes of a transaction when one of its statements is dropped half-way.
    const GIVEN_UP: Failure;

    /// The statement that begins the transaction which [`stream`](Self::stream) needs, if it needs one.
    const STREAM_BEGIN: Option<&'static str>;

    fn open(options: &Self::Options) -> impl Future<Output = Result<Self, sqlx::Error>> + Send;

    fn execute(
        &mut self,
        statement: Statement,
    ) -> impl Future<Output = Result<ExecResult, DbErr>> + Send;

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

    /// Sends the rows of a statement until its end, or until nobody reads them any more.
    fn stream(
        &mut self,
        statement: Statement,
        rows: &RowSender,
    ) -> impl Future<Output = Result<StreamEnd, DbErr>> + Send;

    /// Runs a statement that controls a transaction, as `COMMIT`.
    fn control(&mut self, sql: Cow<'static, str>)
    -> impl Future<Output = Result<(), DbErr>> + Send;

    /// The statement that begins a transaction.
    fn begin(options: TransactionOptions) -> Cow<'static, str>;

    /// What has become of the transaction in which a statement has failed with `error`.
    fn failure(error: &DbErr) -> Failure;

    /// Asks for a sign of life.
    fn ping(&mut self) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Waits until a statement that was given up has ended, and rolls a transaction back that may be open.
    fn reset(
        &mut self,
        in_transaction: bool,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    fn close(self) -> impl Future<Output = ()> + Send;
}

/// How much a failed statement has undone. Each database has some of these.
#[cfg_attr(
    not(all(feature = "postgres", feature = "sqlite")),
    expect(dead_code, reason = "the other database has the rest")
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Only itself.
    Statement,
    /// The database may have marked the transaction, and would roll it back in silence when it is to be committed.
    Unknown,
    /// The whole transaction.
    Transaction,
}

/// How a stream of rows has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StreamEnd {
    /// All rows were sent, or a query that only reads was ended early.
    Complete,
    /// A statement that writes was dropped before its end.
    GivenUp,
}

/// An error of Framewright's own about a statement that cannot run.
pub(super) fn refused(message: &str) -> DbErr {
    DbErr::Exec(RuntimeErr::Internal(message.to_owned()))
}
