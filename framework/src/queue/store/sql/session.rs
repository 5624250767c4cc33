//! Statements on SQLite and PostgreSQL: everything in which the two differ is here.

use sea_orm::{
    ConnectionTrait, DbBackend, QueryResult, Statement, TransactionSession, TransactionTrait, Value,
};
use serde::{Serialize, Serializer};
use uuid::{Uuid, fmt::Simple};

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

    /// Runs a statement whose outcome nobody waits for, in a transaction perhaps together with its commit.
    pub(super) async fn execute_later(
        self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result {
        let statement = self.statement(sql, values);
        match self.executor {
            Executor::Db(db) => db.execute_later(statement).await?,
            Executor::Transaction(transaction) => transaction.execute_later(statement).await?,
        }
        Ok(())
    }

    /// Begins a transaction; within one, a savepoint.
    pub(super) async fn begin(self) -> Result<Transaction> {
        Ok(match self.executor {
            Executor::Db(db) => db.begin().await?,
            Executor::Transaction(transaction) => transaction.begin().await?,
        })
    }

    /// Returns true if what is written takes effect later, with the commit of a transaction or of a unit of work.
    pub(super) fn takes_effect_later(self) -> bool {
        self.executor.is_transaction()
    }

    /// Returns true if the statements are part of a transaction that the caller has begun and will end.
    pub(super) fn is_transaction(self) -> bool {
        matches!(self.executor, Executor::Transaction(_))
    }

    /// Rows as the table `alias`, with what is bound for it from the parameter `first` on. There is at least one, and all
    /// have the columns of the first.
    ///
    /// One row is bound value by value, which takes a fraction of the time; several are bound together as JSON. So there are two texts
    /// for any number of rows, and each is prepared once.
    pub(super) fn rows<const N: usize>(
        self,
        alias: &str,
        first: usize,
        rows: &[BoundRow<'_, N>],
    ) -> Result<(String, Vec<Value>)> {
        if let [row @ BoundRow(cells)] = rows {
            let selected = cells.iter().enumerate().map(|(place, (name, cell))| {
                let parameter = first + place;
                if self.is_postgres() {
                    format!("${parameter}::{} AS {name}", cell.postgres_type())
                } else {
                    format!("${parameter} AS {name}")
                }
            });
            let table = format!("(SELECT {}) AS {alias}", join(selected));
            return Ok((table, row.values().collect()));
        }
        let columns = rows
            .first()
            .map(|BoundRow(cells)| cells)
            .into_iter()
            .flatten();
        let table = if self.is_postgres() {
            let columns = columns.map(|(name, cell)| format!("{name} {}", cell.postgres_type()));
            format!(
                "json_to_recordset(${first}::json) AS {alias} ({})",
                join(columns)
            )
        } else {
            let columns = columns.map(|(name, cell)| match cell {
                Cell::Id(_) => format!("unhex(value ->> '{name}') AS {name}"),
                _ => format!("value ->> '{name}' AS {name}"),
            });
            format!(
                "(SELECT {} FROM json_each(${first})) AS {alias}",
                join(columns)
            )
        };
        Ok((table, vec![json(rows)?]))
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

/// A row of [`Session::rows`]: the names of its columns, with their values.
pub(super) struct BoundRow<'a, const N: usize>(pub(super) [(&'static str, Cell<'a>); N]);

impl<const N: usize> BoundRow<'_, N> {
    /// The names of the columns, as a statement lists them.
    pub(super) fn columns(&self) -> String {
        join(self.0.iter().map(|(name, _)| (*name).to_owned()))
    }

    /// The parameters of its values, from `first` on, as a statement lists them.
    pub(super) fn parameters(&self, first: usize) -> String {
        let parameters = (first..).take(self.0.len());
        join(parameters.map(|parameter| format!("${parameter}")))
    }

    /// The values, to be bound.
    pub(super) fn values(&self) -> impl Iterator<Item = Value> {
        self.0.iter().map(|(_, cell)| cell.value())
    }
}

/// A value of such a row. The variant is the type of the column.
#[derive(Clone, Copy, Serialize)]
#[serde(untagged)]
pub(super) enum Cell<'a> {
    /// A UUID; in JSON as hexadecimal digits.
    Id(Option<Simple>),
    Text(Option<&'a str>),
    Number(Option<i64>),
    Flag(bool),
}

impl<'a> Cell<'a> {
    pub(super) fn id(id: impl Into<Option<Uuid>>) -> Self {
        Self::Id(id.into().map(Uuid::simple))
    }

    pub(super) fn text(text: impl Into<Option<&'a str>>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn number(number: impl Into<i64>) -> Self {
        Self::Number(Some(number.into()))
    }

    fn postgres_type(self) -> &'static str {
        match self {
            Self::Id(_) => "uuid",
            Self::Text(_) => "text",
            Self::Number(_) => "bigint",
            Self::Flag(_) => "boolean",
        }
    }

    fn value(self) -> Value {
        match self {
            Self::Id(id) => id.map(Simple::into_uuid).into(),
            Self::Text(text) => text.map(str::to_owned).into(),
            Self::Number(number) => number.into(),
            Self::Flag(flag) => flag.into(),
        }
    }
}

impl<const N: usize> Serialize for BoundRow<'_, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_map(self.0)
    }
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

/// A list as a parameter.
pub(super) fn json(rows: impl Serialize) -> Result<Value> {
    match serde_json::to_string(&rows) {
        Ok(text) => Ok(text.into()),
        Err(error) => Err(StoreError::Failed(error.into())),
    }
}

/// Ids as a parameter of [`Session::ids`].
pub(super) fn json_ids(ids: impl IntoIterator<Item = Uuid>) -> Result<Value> {
    let ids: Vec<_> = ids.into_iter().map(Uuid::simple).collect();
    json(ids)
}

fn join(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}
