//! Statements on SQLite and PostgreSQL: everything in which the two differ is here.

use sea_orm::{
    ConnectionTrait, DbBackend, QueryResult, Statement, TransactionSession, TransactionTrait, Value,
};
use serde::Serialize;

use crate::{
    db::Transaction,
    queue::store::{Executor, Result, StoreError},
};

/// A connection that runs the statements of a store. Parameters are `$1`, `$2` … in both dialects.
#[derive(Clone, Copy)]
pub(super) struct Session<'a> {
    executor: Executor<'a>,
}

impl<'a> Session<'a> {
    pub(super) fn on(executor: impl Into<Executor<'a>>) -> Self {
        Self {
            executor: executor.into(),
        }
    }

    pub(super) fn is_postgres(self) -> bool {
        self.backend() == DbBackend::Postgres
    }

    fn backend(self) -> DbBackend {
        match self.executor {
            Executor::Db(db) => db.get_database_backend(),
            Executor::Transaction(transaction) => transaction.get_database_backend(),
        }
    }

    fn statement(self, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
        Statement::from_sql_and_values(self.backend(), sql, values)
    }

    pub(super) async fn all(
        self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<QueryResult>> {
        let statement = self.statement(sql, values);
        Ok(match self.executor {
            Executor::Db(db) => db.query_all_raw(statement).await?,
            Executor::Transaction(transaction) => transaction.query_all_raw(statement).await?,
        })
    }

    pub(super) async fn one(
        self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<QueryResult>> {
        let statement = self.statement(sql, values);
        Ok(match self.executor {
            Executor::Db(db) => db.query_one_raw(statement).await?,
            Executor::Transaction(transaction) => transaction.query_one_raw(statement).await?,
        })
    }

    /// Runs a statement and returns the number of rows that it has changed.
    pub(super) async fn execute(
        self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<u64> {
        let statement = self.statement(sql, values);
        let done = match self.executor {
            Executor::Db(db) => db.execute_raw(statement).await?,
            Executor::Transaction(transaction) => transaction.execute_raw(statement).await?,
        };
        Ok(done.rows_affected())
    }

    /// Begins a transaction; within one, a savepoint.
    pub(super) async fn begin(self) -> Result<Transaction> {
        Ok(match self.executor {
            Executor::Db(db) => db.begin().await?,
            Executor::Transaction(transaction) => transaction.begin().await?,
        })
    }

    /// Returns true if the statements are part of a transaction that the caller has begun and will end.
    pub(super) fn is_transaction(self) -> bool {
        matches!(self.executor, Executor::Transaction(_))
    }

    /// The rows of a JSON array of objects, which is bound as `parameter`, as the table `alias` with these columns. With it a statement
    /// has the same text for any number of rows, so that it is prepared once.
    pub(super) fn rows(self, parameter: u8, alias: &str, columns: &[(&str, Column)]) -> String {
        if self.is_postgres() {
            let columns = columns.iter().map(|(name, column)| {
                let name_of_type = match column {
                    Column::Id => "uuid",
                    Column::Text => "text",
                    Column::Number => "bigint",
                    Column::Flag => "boolean",
                };
                format!("{name} {name_of_type}")
            });
            return format!(
                "json_to_recordset(${parameter}::json) AS {alias} ({})",
                join(columns)
            );
        }
        let columns = columns.iter().map(|(name, column)| match column {
            Column::Id => format!("unhex(value ->> '{name}') AS {name}"),
            _ => format!("value ->> '{name}' AS {name}"),
        });
        format!(
            "(SELECT {} FROM json_each(${parameter})) AS {alias}",
            join(columns)
        )
    }

    /// A subquery of the ids in a JSON array, which is bound as `parameter`.
    pub(super) fn ids(self, parameter: u8) -> String {
        if self.is_postgres() {
            format!("(SELECT value::uuid FROM json_array_elements_text(${parameter}::json))")
        } else {
            format!("(SELECT unhex(value) FROM json_each(${parameter}))")
        }
    }

    /// The condition that a column has one of the texts in a JSON array, which is bound as `parameter`. On PostgreSQL it is no join, so
    /// that it does not keep the planner from reading rows in the order of an index.
    pub(super) fn is_one_of(self, column: &str, parameter: u8) -> String {
        if self.is_postgres() {
            format!("{column} = ANY (ARRAY(SELECT json_array_elements_text(${parameter}::json)))")
        } else {
            format!("{column} IN (SELECT value FROM json_each(${parameter}))")
        }
    }

    /// A bound limit of rows. SQLite's planner looks at the number of a plain `LIMIT $1`, so that each binding makes it prepare the
    /// statement anew, which takes many times as long as a claim that finds nothing. It does not look into an expression.
    pub(super) fn limit(self, parameter: usize) -> String {
        if self.is_postgres() {
            format!("LIMIT ${parameter}")
        } else {
            format!("LIMIT ${parameter} + 0")
        }
    }

    /// Locks the rows of a `SELECT` until the end of the transaction. SQLite has one writer, which needs no locks.
    pub(super) fn for_update(self) -> &'static str {
        self.if_postgres("FOR UPDATE")
    }

    /// As [`for_update`](Self::for_update), without the rows that others have locked.
    pub(super) fn for_update_skip_locked(self) -> &'static str {
        self.if_postgres("FOR UPDATE SKIP LOCKED")
    }

    /// As [`for_update_skip_locked`](Self::for_update_skip_locked), for the rows of one of the joined tables.
    pub(super) fn for_update_of_jobs(self) -> &'static str {
        self.if_postgres("FOR UPDATE OF fw_jobs SKIP LOCKED")
    }

    fn if_postgres(self, clause: &'static str) -> &'static str {
        if self.is_postgres() { clause } else { "" }
    }
}

/// The type of a column of [`Session::rows`].
#[derive(Clone, Copy)]
pub(super) enum Column {
    /// A UUID, as hexadecimal digits.
    Id,
    Text,
    Number,
    Flag,
}

/// Runs a call with a session in a transaction of its own, or a savepoint: `in_transaction!(session, |tx| cancel(tx, job, now))`. If two
/// transactions wait for each other, the database ends one of them; that is repeated.
macro_rules! in_transaction {
    ($session:expr, |$tx:ident| $call:expr) => {{
        let mut attempt = 1;
        loop {
            let transaction = $session.begin().await?;
            let $tx = $crate::queue::store::sql::session::Session::on(&transaction);
            let result = $call.await;
            match $crate::queue::store::sql::session::end(transaction, result).await {
                Err(error) if attempt < 5 && error.is_conflict() => attempt += 1,
                result => break result,
            }
        }
    }};
}
pub(super) use in_transaction;

/// Ends a transaction: commits it after a success, and rolls it back after an error.
pub(super) async fn end<T>(transaction: Transaction, result: Result<T>) -> Result<T> {
    match result {
        Ok(value) => {
            transaction.commit().await?;
            Ok(value)
        }
        Err(error) => {
            if let Err(rollback) = transaction.rollback().await {
                tracing::debug!(error = %rollback, "the transaction was rolled back before");
            }
            Err(error)
        }
    }
}

/// The rows of [`Session::rows`], or the values of a list, as a parameter.
pub(super) fn json(rows: impl Serialize) -> Result<Value> {
    match serde_json::to_string(&rows) {
        Ok(text) => Ok(text.into()),
        Err(error) => Err(StoreError::Failed(error.into())),
    }
}

/// Ids as a parameter of [`Session::ids`].
pub(super) fn json_ids(ids: impl IntoIterator<Item = uuid::Uuid>) -> Result<Value> {
    let ids: Vec<_> = ids.into_iter().map(uuid::Uuid::simple).collect();
    json(ids)
}

fn join(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}
