//! A connection to a PostgreSQL server.

use std::{borrow::Cow, time::Duration};

use futures_util::TryStreamExt;
use sea_orm::{
    AccessMode, DbBackend, DbErr, ExecResult, IsolationLevel, QueryResult, RuntimeErr, Statement,
    TransactionOptions, Values,
};
use sea_query_sqlx::SqlxValues;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection as _, Executor, Postgres, postgres::PgConnectOptions,
    query::Query,
};

use crate::db::{
    connection::{Connection, Failure, StreamEnd},
    statement::{may_begin, only_reads},
    stream::RowSender,
};

/// A connection to a PostgreSQL server, which cancels each statement at the `statement_timeout` that it was opened with.
///
/// Behind a pooler of transactions ([`Options::pooled_timeout`]) everything that two statements have in common ends with the
/// transaction: so each statement runs in one, which begins with the timeout, and none gets a name on the server.
pub(in crate::db) struct PgConn {
    inner: sqlx::PgConnection,
    pooled_timeout: Option<Duration>,
    /// True while a transaction may be open.
    in_transaction: bool,
}

/// The options of a connection.
pub(in crate::db) struct Options {
    pub(super) connect: PgConnectOptions,
    /// The statement timeout behind a pooler that gives each transaction another connection of the server; `None` without one.
    pub(super) pooled_timeout: Option<Duration>,
}

type PgQuery<'q> = Query<'q, Postgres, SqlxValues>;

impl Connection for PgConn {
    type Options = Options;

    const BACKEND: DbBackend = DbBackend::Postgres;

    /// The server runs the statement to its end, whose outcome is not read.
    const CANCELLED: Failure = Failure::Unknown;

    const STREAM_BEGIN: Option<&'static str> = Some("BEGIN");

    async fn open(options: &Options) -> Result<Self, sqlx::Error> {
        Ok(Self {
            inner: options.connect.connect().await?,
            pooled_timeout: options.pooled_timeout,
            in_transaction: false,
        })
    }

    async fn execute(&mut self, statement: Statement) -> Result<ExecResult, DbErr> {
        let own = self.begin_own().await?;
        let query = self.query(statement);
        let result = query.execute(&mut self.inner).await;
        let result = result.map(ExecResult::from).map_err(failed_execution);
        self.end_own(own, result).await
    }

    async fn execute_unprepared(&mut self, sql: &str) -> Result<ExecResult, DbErr> {
        // Statements that begin a transaction themselves end it themselves, or not at all.
        let own = !may_begin(sql) && self.begin_own().await?;
        let mut result = self.inner.execute(AssertSqlSafe(sql.to_owned())).await;
        if own && result.as_ref().is_err_and(needs_no_transaction) {
            self.reset(true).await.map_err(failed_execution)?;
            result = self.inner.execute(AssertSqlSafe(sql.to_owned())).await;
            return result.map(ExecResult::from).map_err(failed_execution);
        }
        let result = result.map(ExecResult::from).map_err(failed_execution);
        self.end_own(own, result).await
    }

    async fn query_one(&mut self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let own = self.begin_own().await?;
        let query = self.query(statement);
        let result = match query.fetch_optional(&mut self.inner).await {
            Ok(row) => Ok(row.map(QueryResult::from)),
            Err(error) => Err(failed_query(error)),
        };
        self.end_own(own, result).await
    }

    async fn query_all(&mut self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let own = self.begin_own().await?;
        let query = self.query(statement);
        let result = match query.fetch_all(&mut self.inner).await {
            Ok(rows) => Ok(rows.into_iter().map(QueryResult::from).collect()),
            Err(error) => Err(failed_query(error)),
        };
        self.end_own(own, result).await
    }

    /// Streams a query through a cursor: the statement timeout then limits each batch of rows, and the server does not hold a
    /// statement open for a reader that takes its time. A statement that writes cannot be read that way.
    async fn stream(&mut self, statement: Statement, rows: &RowSender) -> Result<StreamEnd, DbErr> {
        if only_reads(&statement.sql) {
            self.stream_query(statement, rows).await
        } else {
            self.stream_writes(statement, rows).await
        }
    }

    async fn control(&mut self, sql: Cow<'static, str>) -> Result<(), DbErr> {
        let begins = sql.starts_with("BEGIN");
        let sql = match self.pooled_timeout {
            Some(timeout) if begins => {
                let timeout = timeout.as_millis();
                format!("{sql}; SET LOCAL statement_timeout = {timeout}").into()
            }
            _ => sql,
        };
        self.in_transaction |= begins;
        let ends = sql == "COMMIT";
        // Not prepared, which takes one round trip.
        let result = match sql {
            Cow::Borrowed(sql) => self.inner.execute(sql).await,
            Cow::Owned(sql) => self.inner.execute(AssertSqlSafe(sql)).await,
        };
        match result {
            Ok(_) => {
                self.in_transaction &= !ends;
                Ok(())
            }
            Err(error) => Err(failed_execution(error)),
        }
    }

    fn begin(options: TransactionOptions) -> Cow<'static, str> {
        let isolation = options.isolation_level.map(|level| match level {
            IsolationLevel::RepeatableRead => " ISOLATION LEVEL REPEATABLE READ",
            IsolationLevel::ReadCommitted => " ISOLATION LEVEL READ COMMITTED",
            IsolationLevel::ReadUncommitted => " ISOLATION LEVEL READ UNCOMMITTED",
            IsolationLevel::Serializable => " ISOLATION LEVEL SERIALIZABLE",
        });
        let access = options.access_mode.map(|mode| match mode {
            AccessMode::ReadOnly => " READ ONLY",
            AccessMode::ReadWrite => " READ WRITE",
        });
        match (isolation, access) {
            (None, None) => "BEGIN".into(),
            (isolation, access) => format!(
                "BEGIN{}{}",
                isolation.unwrap_or_default(),
                access.unwrap_or_default()
            )
            .into(),
        }
    }

    /// Any failure marks the transaction, or the savepoint, as failed.
    fn failure(_: &DbErr) -> Failure {
        Failure::Unknown
    }

    async fn ping(&mut self) -> Result<(), sqlx::Error> {
        self.inner.ping().await
    }

    async fn reset(&mut self, in_transaction: bool) -> Result<(), sqlx::Error> {
        // Both first read the rest of the response to the cancelled statement.
        if in_transaction || self.in_transaction {
            self.inner.execute("ROLLBACK").await?;
            self.in_transaction = false;
            Ok(())
        } else {
            self.inner.ping().await
        }
    }

    async fn close(self) {
        if let Err(error) = self.inner.close().await {
            tracing::debug!(%error, "a connection could not be closed");
        }
    }
}

/// The statement that fetches the next batch of rows from the cursor.
const BATCH: &str = "FETCH FORWARD 256 FROM fw_rows";

impl PgConn {
    fn query(&self, statement: Statement) -> PgQuery<'static> {
        let values = statement.values.unwrap_or(Values(Vec::new()));
        let query = sqlx::query_with(AssertSqlSafe(statement.sql), SqlxValues(values));
        query.persistent(self.pooled_timeout.is_none())
    }

    /// Begins the transaction of one statement behind a pooler, unless one is open. Returns true if it did.
    async fn begin_own(&mut self) -> Result<bool, DbErr> {
        if self.pooled_timeout.is_none() || self.in_transaction {
            return Ok(false);
        }
        self.control("BEGIN".into()).await?;
        Ok(true)
    }

    /// Ends the transaction of one statement. If the statement has failed, [`reset`](Connection::reset) rolls it back.
    async fn end_own<T>(&mut self, own: bool, result: Result<T, DbErr>) -> Result<T, DbErr> {
        if own && result.is_ok() {
            self.control("COMMIT".into()).await?;
        }
        result
    }

    async fn stream_query(
        &mut self,
        mut statement: Statement,
        rows: &RowSender,
    ) -> Result<StreamEnd, DbErr> {
        statement
            .sql
            .insert_str(0, "DECLARE fw_rows NO SCROLL CURSOR FOR ");
        self.execute(statement).await?;
        'rows: loop {
            // Not kept as a prepared statement: its columns are those of the cursor.
            let fetch = sqlx::query(BATCH).persistent(false);
            let batch = fetch.fetch_all(&mut self.inner).await;
            let batch = batch.map_err(failed_query)?;
            if batch.is_empty() {
                break;
            }
            for row in batch {
                if !rows.send(Ok(QueryResult::from(row))).await {
                    break 'rows;
                }
            }
        }
        self.control("CLOSE fw_rows".into()).await?;
        Ok(StreamEnd::Complete)
    }

    async fn stream_writes(
        &mut self,
        statement: Statement,
        rows: &RowSender,
    ) -> Result<StreamEnd, DbErr> {
        let query = self.query(statement);
        let mut found = query.fetch(&mut self.inner);
        while let Some(row) = found.try_next().await.map_err(failed_query)? {
            if !rows.send(Ok(QueryResult::from(row))).await {
                return Ok(StreamEnd::Cancelled);
            }
        }
        Ok(StreamEnd::Complete)
    }
}

/// Returns true if a statement has been refused, without any effect, since it cannot run in a transaction: `VACUUM`, for example,
/// or `CREATE INDEX CONCURRENTLY`.
fn needs_no_transaction(error: &sqlx::Error) -> bool {
    // `active_sql_transaction`
    matches!(error, sqlx::Error::Database(error) if error.code().as_deref() == Some("25001"))
}

fn failed_execution(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}

fn failed_query(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}
