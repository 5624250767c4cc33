//! A transaction on one of the pool's connections.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, ExecResult, QueryResult, Statement,
    TransactionOptions, TransactionTrait,
};

use super::pool::Turn;
use crate::db::{
    Transaction,
    open::Open,
    session::{Answer, Begun, Session},
    whole::Hold,
};

/// A transaction, or a savepoint within it.
pub(super) struct PooledTransaction {
    inner: Open,
    /// The right to the connection, shared with the savepoints within. It is declared after `inner`: the transaction must
    /// have ended before it is given back.
    turn: Arc<Turn>,
}

impl PooledTransaction {
    pub(super) fn new(inner: DatabaseTransaction, turn: Turn) -> Self {
        Self {
            inner: Open::new(inner, None),
            turn: Arc::new(turn),
        }
    }
}

impl Session for PooledTransaction {
    fn backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    fn execute(&self, statement: Statement) -> Answer<'_, ExecResult> {
        self.inner.execute_raw(statement)
    }

    fn execute_unprepared<'a>(&'a self, sql: &'a str) -> Answer<'a, ExecResult> {
        self.inner.execute_unprepared(sql)
    }

    fn query_one(&self, statement: Statement) -> Answer<'_, Option<QueryResult>> {
        self.inner.query_one_raw(statement)
    }

    fn query_all(&self, statement: Statement) -> Answer<'_, Vec<QueryResult>> {
        self.inner.query_all_raw(statement)
    }

    fn begin(&self, options: TransactionOptions) -> Answer<'_, Transaction> {
        Box::pin(async move {
            let inner = self.inner.begin_with_options(options).await?;
            Ok(Transaction::new(Self {
                inner: Open::new(inner, self.inner.hold()),
                turn: Arc::clone(&self.turn),
            }))
        })
    }
}

impl Begun for PooledTransaction {
    fn commit(self: Box<Self>) -> Answer<'static, ()> {
        Box::pin(async move {
            let Self { inner, turn: _turn } = *self;
            let (inner, _hold) = inner.take();
            inner.commit().await
        })
    }

    fn rollback(self: Box<Self>) -> Answer<'static, ()> {
        Box::pin(async move {
            let Self { inner, turn: _turn } = *self;
            let (inner, _hold) = inner.take();
            inner.rollback().await
        })
    }

    fn set_hold(&mut self, hold: Hold) {
        self.inner.set_hold(hold);
    }
}
