//! Statements that take effect by themselves.

use sea_orm::{DbErr, ExecResult, QueryResult, RuntimeErr, Statement, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Executor, Sqlite, SqliteConnection, query::Query};

use super::{Lease, SqliteLanes};
use crate::db::{
    foreign_key,
    statement::{literal_limit, only_reads},
};

impl SqliteLanes {
    pub(in crate::db) async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let lease = self.lane_for(&statement.sql).await?;
        let run = async |connection: &mut SqliteConnection, query: SqliteQuery<'_>| {
            query.execute(connection).await
        };
        let result = on_lane(&lease, statement, run, DbErr::Exec).await?;
        Ok(result.into())
    }

    pub(in crate::db) async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        // It may hold several statements, of which only the first can be seen: it gets the lane that may write.
        let lease = self.write().await?;
        let mut connection = lease.connection().await?;
        let result = connection.execute(AssertSqlSafe(sql.to_owned())).await;
        connection.finish(result.is_ok());
        match result {
            Ok(done) => Ok(done.into()),
            Err(error) => Err(DbErr::Exec(RuntimeErr::SqlxError(error.into()))),
        }
    }

    pub(in crate::db) async fn query_one(
        &self,
        statement: Statement,
    ) -> Result<Option<QueryResult>, DbErr> {
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
    }

    pub(in crate::db) async fn query_all(
        &self,
        statement: Statement,
    ) -> Result<Vec<QueryResult>, DbErr> {
        let lease = self.lane_for(&statement.sql).await?;
        let run = async |connection: &mut SqliteConnection, query: SqliteQuery<'_>| {
            query.fetch_all(connection).await
        };
        let rows = on_lane(&lease, statement, run, DbErr::Query).await?;
        Ok(rows.into_iter().map(QueryResult::from).collect())
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
