//! What a [`Db`](crate::db::Db) does on SQLite: statements that take effect by themselves, and the beginning of transactions.

use futures_util::future::BoxFuture;
use sea_orm::{
    DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement, TransactionOptions, Values,
};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Executor, Sqlite, SqliteConnection, query::Query};

use super::{Lease, SqliteLanes};
use crate::db::{
    Transaction, foreign_key,
    session::{Answer, Database, Guard, Session},
    statement::{literal_limit, only_reads},
};

impl Session for SqliteLanes {
    fn backend(&self) -> DbBackend {
        DbBackend::Sqlite
    }

    fn execute(&self, statement: Statement) -> Answer<'_, ExecResult> {
        Box::pin(async move {
            let lease = self.lane_for(&statement.sql).await?;
            let run = async |connection: &mut SqliteConnection, query: SqliteQuery<'_>| {
                query.execute(connection).await
            };
            let result = on_lane(&lease, statement, run, DbErr::Exec).await?;
            Ok(result.into())
        })
    }

    fn execute_unprepared<'a>(&'a self, sql: &'a str) -> Answer<'a, ExecResult> {
        Box::pin(async move {
            // It may hold several statements, of which only the first can be seen: it gets the lane that may write.
            let lease = self.write().await?;
            let mut connection = lease.connection().await?;
            let result = connection.execute(AssertSqlSafe(sql.to_owned())).await;
            connection.finish(result.is_ok());
            match result {
                Ok(done) => Ok(done.into()),
                Err(error) => Err(DbErr::Exec(RuntimeErr::SqlxError(error.into()))),
            }
        })
    }

    fn query_one(&self, statement: Statement) -> Answer<'_, Option<QueryResult>> {
        Box::pin(async move {
            if !only_reads(&statement.sql) {
                // Alone, a statement takes effect at its end. For one row the driver gives no heed to how it ends: that the disk
                // is full nobody would hear.
                return Ok(self.query_all(statement).await?.into_iter().next());
            }
            let lease = self.read().await?;
            let run = async |connection: &mut SqliteConnection, query: SqliteQuery<'_>| {
                query.fetch_optional(connection).await
            };
            let row = on_lane(&lease, statement, run, DbErr::Query).await?;
            Ok(row.map(QueryResult::from))
        })
    }

    fn query_all(&self, statement: Statement) -> Answer<'_, Vec<QueryResult>> {
        Box::pin(async move {
            let lease = self.lane_for(&statement.sql).await?;
            let run = async |connection: &mut SqliteConnection, query: SqliteQuery<'_>| {
                query.fetch_all(connection).await
            };
            let rows = on_lane(&lease, statement, run, DbErr::Query).await?;
            Ok(rows.into_iter().map(QueryResult::from).collect())
        })
    }

    fn begin(&self, options: TransactionOptions) -> Answer<'_, Transaction> {
        Box::pin(self.begin_transaction(options))
    }
}

impl Database for SqliteLanes {
    /// The lock is one of this process.
    fn begin_locked(&self, key: i64) -> Answer<'_, Option<(Transaction, Guard)>> {
        Box::pin(async move {
            let Some(lock) = self.try_lock(key) else {
                return Ok(None);
            };
            let transaction = self
                .begin_transaction(TransactionOptions::default())
                .await?;
            Ok(Some((transaction, Box::new(lock) as Guard)))
        })
    }

    fn sole(&self) -> Answer<'_, Option<Lease>> {
        Box::pin(async move {
            Ok(if self.is_sole() {
                Some(self.write().await?)
            } else {
                None
            })
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.close_all())
    }
}

type SqliteQuery<'q> = Query<'q, Sqlite, SqlxValues>;

/// Runs a statement within the statement timeout, and explains a broken foreign key.
async fn on_lane<T>(
    lease: &Lease,
    statement: Statement,
    run: impl AsyncFnOnce(&mut SqliteConnection, SqliteQuery<'_>) -> Result<T, sqlx::Error>,
    failed: fn(RuntimeErr) -> DbErr,
) -> Result<T, DbErr> {
    let statement = literal_limit(statement);
    let values = statement.values.clone();
    let query = sqlx::query_with(
        AssertSqlSafe(statement.sql.as_str()),
        SqlxValues(values.unwrap_or(Values(Vec::new()))),
    );
    let mut connection = lease.connection().await?;
    let result = run(&mut connection, query).await;
    connection.finish(result.is_ok());
    match result {
        Ok(done) => Ok(done),
        Err(error) => {
            let error = failed(RuntimeErr::SqlxError(error.into()));
            Err(foreign_key::explain(lease.pool(), &statement, error).await)
        }
    }
}
