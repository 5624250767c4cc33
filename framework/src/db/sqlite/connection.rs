//! A connection to an SQLite database.

use std::{borrow::Cow, mem, sync::Arc, time::Duration};

use futures_util::{Stream, TryStreamExt};
use sea_orm::{
    AccessMode, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, SqliteTransactionMode,
    Statement, TransactionOptions, Values,
};
use sea_query_sqlx::SqlxValues;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection as _, Either, Executor, Sqlite,
    query::Query,
    sqlite::{SqliteConnectOptions, SqliteQueryResult, SqliteRow},
};

use super::{
    deadline::{StatementDeadline, StatementGuard},
    foreign_key,
};
use crate::db::{
    connection::{Connection, Failure, StreamEnd},
    statement::{literal_limit, only_reads},
    stream::RowSender,
};

/// SQLite virtual machine instructions between two checks of the deadline: a few microseconds to a few milliseconds.
const INSTRUCTIONS_PER_CHECK: i32 = 1_000;

/// A connection to an SQLite database, which enforces the statement timeout: SQLite's progress handler interrupts the statement
/// once its deadline has passed, or once it is cancelled.
pub(in crate::db) struct SqliteConn {
    inner: sqlx::SqliteConnection,
    deadline: Arc<StatementDeadline>,
    timeout: Duration,
    /// The `BEGIN` of a transaction in which no statement has succeeded yet. It goes to SQLite's thread together with the first one,
    /// as the way there and back costs more than the statement.
    begin: Option<&'static str>,
    /// A statement whose outcome nobody waits for. It goes to SQLite's thread together with `COMMIT`, and before any other statement.
    deferred: Option<Statement>,
}

/// The options of a connection.
pub(in crate::db) struct Options {
    pub(super) connect: SqliteConnectOptions,
    pub(super) statement_timeout: Duration,
}

type SqliteQuery<'q> = Query<'q, Sqlite, SqlxValues>;

impl Connection for SqliteConn {
    type Options = Options;

    const BACKEND: DbBackend = DbBackend::Sqlite;

    /// The statement is interrupted, and SQLite then rolls the transaction back if it was writing.
    const CANCELLED: Failure = Failure::Transaction;

    const STREAM_BEGIN: Option<&'static str> = None;

    async fn open(options: &Options) -> Result<Self, sqlx::Error> {
        let mut inner = options.connect.connect().await?;
        let deadline = Arc::new(StatementDeadline::default());
        let seen = Arc::clone(&deadline);
        inner
            .lock_handle()
            .await?
            .set_progress_handler(INSTRUCTIONS_PER_CHECK, move || !seen.is_over());
        Ok(Self {
            inner,
            deadline,
            timeout: options.statement_timeout,
            begin: None,
            deferred: None,
        })
    }

    async fn execute(&mut self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.execute_deferred().await?;
        self.execute_now(statement).await
    }

    async fn execute_later(&mut self, statement: Statement) -> Result<(), DbErr> {
        self.execute_deferred().await?;
        self.deferred = Some(statement);
        Ok(())
    }

    async fn execute_unprepared(&mut self, sql: &str) -> Result<ExecResult, DbErr> {
        self.execute_deferred().await?;
        let guard = StatementGuard::start(&self.deadline, self.timeout);
        let sql = AssertSqlSafe(after_begin(self.begin, sql));
        let result = outcome(self.inner.fetch_many(sql), self.begin).await;
        guard.end();
        match self.begun(result).await {
            Ok(done) => Ok(done.into()),
            Err(error) => Err(DbErr::Exec(RuntimeErr::SqlxError(error.into()))),
        }
    }

    async fn query_one(&mut self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        if !only_reads(&statement.sql) {
            // Outside of a transaction a statement takes effect at its end, which the driver does not check when it fetches
            // one row: the error of a full disk would be lost.
            return Ok(self.write(statement).await?.into_iter().next());
        }
        self.execute_deferred().await?;
        let statement = literal_limit(statement);
        let guard = StatementGuard::start(&self.deadline, self.timeout);
        let query = query(self.begin, statement);
        let result = query.fetch_optional(&mut self.inner).await;
        guard.end();
        match self.begun(result).await {
            Ok(row) => Ok(row.map(QueryResult::from)),
            Err(error) => Err(DbErr::Query(RuntimeErr::SqlxError(error.into()))),
        }
    }

    async fn query_all(&mut self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        if !only_reads(&statement.sql) {
            return self.write(statement).await;
        }
        self.execute_deferred().await?;
        let statement = literal_limit(statement);
        let guard = StatementGuard::start(&self.deadline, self.timeout);
        let query = query(self.begin, statement);
        let result = query.fetch_all(&mut self.inner).await;
        guard.end();
        match self.begun(result).await {
            Ok(rows) => Ok(rows.into_iter().map(QueryResult::from).collect()),
            Err(error) => Err(DbErr::Query(RuntimeErr::SqlxError(error.into()))),
        }
    }

    async fn stream(&mut self, statement: Statement, rows: &RowSender) -> Result<StreamEnd, DbErr> {
        self.execute_deferred().await?;
        let statement = literal_limit(statement);
        let is_query = only_reads(&statement.sql);
        let guard = StatementGuard::start(&self.deadline, self.timeout);
        let mut found = query(self.begin, statement).fetch(&mut self.inner);
        loop {
            let next = tokio::select! {
                biased;
                () = rows.closed() => break,
                next = found.try_next() => next,
            };
            match next {
                Ok(Some(row)) => {
                    self.begin = None;
                    let is_read = rows.send(Ok(QueryResult::from(row))).await;
                    // The driver goes on once the next row is taken from it: its time begins now.
                    guard.extend(self.timeout);
                    if !is_read {
                        break;
                    }
                }
                Ok(None) => {
                    guard.end();
                    self.begin = None;
                    return Ok(StreamEnd::Complete);
                }
                Err(error) => {
                    guard.end();
                    drop(found);
                    self.begin_again().await;
                    return Err(DbErr::Query(RuntimeErr::SqlxError(error.into())));
                }
            }
        }
        // The reader is gone: dropping the guard interrupts the statement.
        drop(guard);
        drop(found);
        let ended = self.wait_for_end().await;
        ended.map_err(|error| DbErr::Query(RuntimeErr::SqlxError(error.into())))?;
        self.begin_again().await;
        Ok(if is_query {
            StreamEnd::Complete
        } else {
            StreamEnd::Cancelled
        })
    }

    async fn control(&mut self, sql: Cow<'static, str>) -> Result<(), DbErr> {
        if let Cow::Borrowed(sql) = sql
            && sql.starts_with("BEGIN")
        {
            self.begin = Some(sql);
            return Ok(());
        }
        if sql == "COMMIT" {
            if let Some(last) = self.deferred.take() {
                return self.commit_after(last).await;
            }
            if self.begin.take().is_some() {
                return Ok(());
            }
        }
        self.execute_deferred().await?;
        let guard = StatementGuard::start(&self.deadline, self.timeout);
        let sql = match (self.begin, sql) {
            (None, Cow::Borrowed(sql)) => sqlx::query(sql),
            (begin, sql) => sqlx::query(AssertSqlSafe(after_begin(begin, &sql))),
        };
        let result = sql.execute(&mut self.inner).await;
        guard.end();
        match self.begun(result).await {
            Ok(_) => Ok(()),
            Err(error) => Err(DbErr::Exec(RuntimeErr::SqlxError(error.into()))),
        }
    }

    /// Takes the write lock at once unless the transaction is read-only: one that starts by reading and then writes could fail
    /// with `SQLITE_BUSY` whatever the timeout.
    fn begin(options: TransactionOptions) -> Cow<'static, str> {
        let read_only = matches!(options.access_mode, Some(AccessMode::ReadOnly));
        let mode = options.sqlite_transaction_mode.unwrap_or(if read_only {
            SqliteTransactionMode::Deferred
        } else {
            SqliteTransactionMode::Immediate
        });
        match mode {
            SqliteTransactionMode::Deferred => "BEGIN DEFERRED",
            SqliteTransactionMode::Immediate => "BEGIN IMMEDIATE",
            SqliteTransactionMode::Exclusive => "BEGIN EXCLUSIVE",
        }
        .into()
    }

    /// SQLite rolls the whole transaction back when it is out of memory, interrupted, or has a disk error or a full disk; see
    /// "Response To Errors Within A Transaction" of its documentation.
    fn failure(error: &DbErr) -> Failure {
        const PRIMARY: [u32; 4] = [7, 9, 10, 13];
        let (DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause))) = error
        else {
            return Failure::Statement;
        };
        let undoes = cause
            .as_database_error()
            .and_then(|error| error.code()?.parse::<u32>().ok())
            // The low byte of an extended code is the primary one.
            .is_some_and(|code| PRIMARY.contains(&(code & 0xff)));
        if undoes {
            Failure::Transaction
        } else {
            Failure::Statement
        }
    }

    async fn ping(&mut self) -> Result<(), sqlx::Error> {
        self.inner.ping().await
    }

    async fn reset(&mut self, in_transaction: bool) -> Result<(), sqlx::Error> {
        self.wait_for_end().await?;
        self.begin = None;
        self.deferred = None;
        if in_transaction {
            self.roll_back().await?;
        }
        Ok(())
    }

    async fn close(self) {
        if let Err(error) = self.inner.close().await {
            tracing::debug!(%error, "an SQLite connection could not be closed");
        }
    }
}

impl SqliteConn {
    /// Waits for the end of a cancelled statement.
    async fn wait_for_end(&mut self) -> Result<(), sqlx::Error> {
        // The connection's thread runs one command after the other.
        self.inner.ping().await?;
        self.deadline.clear();
        Ok(())
    }

    async fn roll_back(&mut self) -> Result<(), sqlx::Error> {
        match sqlx::query("ROLLBACK").execute(&mut self.inner).await {
            Err(error) if !is_no_transaction(&error) => Err(error),
            _ => Ok(()),
        }
    }

    /// Records the outcome of a statement, with which the transaction may have begun.
    async fn begun<T>(&mut self, result: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        if result.is_ok() {
            self.begin = None;
        } else {
            self.begin_again().await;
        }
        result
    }

    /// Lets a transaction whose first statement has failed begin with the next one: whether `BEGIN` has failed or the statement, nothing
    /// was done in it.
    async fn begin_again(&mut self) {
        if self.begin.is_some() {
            // In a box, since it is rare and its future is large. If it fails, so does the next `BEGIN`.
            let rolled_back = Box::pin(self.roll_back()).await;
            if let Err(error) = rolled_back {
                tracing::debug!(%error, "a transaction could not be rolled back");
            }
        }
    }

    async fn execute_now(&mut self, statement: Statement) -> Result<ExecResult, DbErr> {
        let statement = literal_limit(statement);
        let guard = StatementGuard::start(&self.deadline, self.timeout);
        let query = query(self.begin, statement.clone());
        let result = outcome(self.inner.fetch_many(query), self.begin).await;
        guard.end();
        match self.begun(result).await {
            Ok(done) => Ok(done.into()),
            Err(error) => Err(self.explain(&statement, DbErr::Exec, error).await),
        }
    }

    async fn execute_deferred(&mut self) -> Result<(), DbErr> {
        match self.deferred.take() {
            // In a box, since it is rare and its future is large.
            Some(statement) => Box::pin(self.execute_now(statement)).await.map(drop),
            None => Ok(()),
        }
    }

    /// Commits after a last statement. If that fails SQLite does not get to `COMMIT`.
    async fn commit_after(&mut self, mut last: Statement) -> Result<(), DbErr> {
        last.sql.push_str("; COMMIT");
        let guard = StatementGuard::start(&self.deadline, self.timeout);
        let result = query(self.begin, last).execute(&mut self.inner).await;
        guard.end();
        match self.begun(result).await {
            Ok(_) => Ok(()),
            Err(error) => Err(DbErr::Exec(RuntimeErr::SqlxError(error.into()))),
        }
    }

    /// Runs a statement that writes, and returns its rows.
    async fn write(&mut self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.execute_deferred().await?;
        let statement = literal_limit(statement);
        let guard = StatementGuard::start(&self.deadline, self.timeout);
        let query = query(self.begin, statement.clone());
        let result = query.fetch_all(&mut self.inner).await;
        guard.end();
        match self.begun(result).await {
            Ok(rows) => Ok(rows.into_iter().map(QueryResult::from).collect()),
            Err(error) => Err(self.explain(&statement, DbErr::Query, error).await),
        }
    }

    /// Adds the column at fault to the error of a statement that has violated a foreign key.
    async fn explain(
        &mut self,
        statement: &Statement,
        failed: fn(RuntimeErr) -> DbErr,
        error: sqlx::Error,
    ) -> DbErr {
        let error = failed(RuntimeErr::SqlxError(error.into()));
        // In a box, since it is rare and its future is large.
        Box::pin(foreign_key::explain(&mut self.inner, statement, error)).await
    }
}

fn query(begin: Option<&str>, statement: Statement) -> SqliteQuery<'static> {
    let values = statement.values.unwrap_or(Values(Vec::new()));
    let sql = match begin {
        None => statement.sql,
        begin => after_begin(begin, &statement.sql),
    };
    sqlx::query_with(AssertSqlSafe(sql), SqlxValues(values))
}

fn after_begin(begin: Option<&str>, sql: &str) -> String {
    match begin {
        None => sql.to_owned(),
        Some(begin) => format!("{begin}; {sql}"),
    }
}

/// The outcome of statements, without that of `BEGIN` before them: it repeats the rows of the last statement that has written.
async fn outcome(
    mut parts: impl Stream<Item = Result<Either<SqliteQueryResult, SqliteRow>, sqlx::Error>> + Unpin,
    begin: Option<&str>,
) -> Result<SqliteQueryResult, sqlx::Error> {
    let mut outcome = SqliteQueryResult::default();
    let mut is_begin = begin.is_some();
    while let Some(part) = parts.try_next().await? {
        if let Either::Left(part) = part
            && !mem::take(&mut is_begin)
        {
            outcome.extend([part]);
        }
    }
    Ok(outcome)
}

/// True if `ROLLBACK` failed because no transaction is open, as after a rollback by SQLite itself.
fn is_no_transaction(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| error.message().contains("no transaction is active"))
}
