//! What a [`Db`](crate::db::Db) does on PostgreSQL: statements that take effect by themselves, and the beginning of
//! transactions.

use futures_util::future::BoxFuture;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement,
    TransactionOptions, Values,
};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Executor, PgConnection, Postgres, query::Query};

use super::{PgPool, transaction::PooledTransaction};
use crate::db::{
    Transaction,
    session::{Answer, Database, Guard, Session},
    transaction,
};

impl Session for PgPool {
    fn backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    fn execute(&self, statement: Statement) -> Answer<'_, ExecResult> {
        Box::pin(async move {
            let run = async |connection: &mut PgConnection, query: PgQuery<'_>| {
                query.execute(connection).await
            };
            let result = self.run(statement, run, DbErr::Exec).await?;
            Ok(result.into())
        })
    }

    fn execute_unprepared<'a>(&'a self, sql: &'a str) -> Answer<'a, ExecResult> {
        Box::pin(async move {
            let (_turn, mut connection) = self.connection().await?;
            match connection.execute(AssertSqlSafe(sql.to_owned())).await {
                Ok(done) => {
                    self.keep(connection);
                    Ok(done.into())
                }
                Err(error) => Err(DbErr::Exec(RuntimeErr::SqlxError(error.into()))),
            }
        })
    }

    fn query_one(&self, statement: Statement) -> Answer<'_, Option<QueryResult>> {
        Box::pin(async move {
            let run = async |connection: &mut PgConnection, query: PgQuery<'_>| {
                query.fetch_optional(connection).await
            };
            let row = self.run(statement, run, DbErr::Query).await?;
            Ok(row.map(QueryResult::from))
        })
    }

    fn query_all(&self, statement: Statement) -> Answer<'_, Vec<QueryResult>> {
        Box::pin(async move {
            let run = async |connection: &mut PgConnection, query: PgQuery<'_>| {
                query.fetch_all(connection).await
            };
            let rows = self.run(statement, run, DbErr::Query).await?;
            Ok(rows.into_iter().map(QueryResult::from).collect())
        })
    }

    fn begin(&self, options: TransactionOptions) -> Answer<'_, Transaction> {
        Box::pin(async move {
            let (begun, turn) = self.begin_transaction(options).await?;
            Ok(Transaction::new(PooledTransaction::new(begun, turn)))
        })
    }
}

impl Database for PgPool {
    /// The lock is one of the server, and ends with the transaction.
    fn begin_locked(&self, key: i64) -> Answer<'_, Option<(Transaction, Guard)>> {
        Box::pin(async move {
            let transaction = self.begin(TransactionOptions::default()).await?;
            let statement = Statement::from_sql_and_values(
                DbBackend::Postgres,
                "SELECT pg_try_advisory_xact_lock($1) AS locked",
                [key.into()],
            );
            let row = transaction.query_one_raw(statement).await?;
            let locked = row.is_some_and(|row| row.try_get("", "locked").unwrap_or(false));
            if !locked {
                transaction::undo(transaction).await;
                return Ok(None);
            }
            Ok(Some((transaction, Box::new(()) as Guard)))
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.close_all())
    }
}

impl PgPool {
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
