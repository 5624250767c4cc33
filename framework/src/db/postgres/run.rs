//! Statements that take effect by themselves.

use sea_orm::{DbErr, ExecResult, QueryResult, RuntimeErr, Statement, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Executor, PgConnection, Postgres, query::Query};

use super::PgPool;

impl PgPool {
    pub(in crate::db) async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let run = async |connection: &mut PgConnection, query: PgQuery<'_>| {
            query.execute(connection).await
        };
        let result = self.run(statement, run, DbErr::Exec).await?;
        Ok(result.into())
    }

    pub(in crate::db) async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let (_turn, mut connection) = self.connection().await?;
        match connection.execute(AssertSqlSafe(sql.to_owned())).await {
            Ok(done) => {
                self.keep(connection);
                Ok(done.into())
            }
            Err(error) => Err(DbErr::Exec(RuntimeErr::SqlxError(error.into()))),
        }
    }

    pub(in crate::db) async fn query_one(
        &self,
        statement: Statement,
    ) -> Result<Option<QueryResult>, DbErr> {
        let run = async |connection: &mut PgConnection, query: PgQuery<'_>| {
            query.fetch_optional(connection).await
        };
        let row = self.run(statement, run, DbErr::Query).await?;
        Ok(row.map(QueryResult::from))
    }

    pub(in crate::db) async fn query_all(
        &self,
        statement: Statement,
    ) -> Result<Vec<QueryResult>, DbErr> {
        let run = async |connection: &mut PgConnection, query: PgQuery<'_>| {
            query.fetch_all(connection).await
        };
        let rows = self.run(statement, run, DbErr::Query).await?;
        Ok(rows.into_iter().map(QueryResult::from).collect())
    }

    async fn run<T>(
        &self,
        statement: Statement,
        run: impl AsyncFnOnce(&mut PgConnection, PgQuery<'_>) -> Result<T, sqlx::Error>,
        failed: fn(RuntimeErr) -> DbErr,
    ) -> Result<T, DbErr> {
        let (_turn, mut connection) = self.connection().await?;
        let values = statement.values.unwrap_or(Values(Vec::new()));
        let query = sqlx::query_with(AssertSqlSafe(statement.sql), SqlxValues(values));
        match run(&mut connection, query).await {
            Ok(done) => {
                self.keep(connection);
                Ok(done)
            }
            // The pool looks at the connection.
            Err(error) => Err(failed(RuntimeErr::SqlxError(error.into()))),
        }
    }
}

type PgQuery<'q> = Query<'q, Postgres, SqlxValues>;
