//! A transaction of a [`Db`](super::Db).

mod run_statements;

use std::pin::Pin;

use sea_orm::{DbErr, TransactionError, TransactionSession};

pub(super) use self::run_statements::run_statements;
use super::session::{DbFuture, Guard, OpenTransaction};

/// An open transaction, or a savepoint within one. It takes effect with [`commit`](TransactionSession::commit) and is rolled back
/// when it is dropped.
pub struct Transaction {
    open: Box<dyn OpenTransaction>,
}

impl Transaction {
    pub(super) fn new(open: Box<dyn OpenTransaction>) -> Self {
        Self { open }
    }

    /// Runs `work` after the transaction has been committed, in the order of these calls.
    ///
    /// The closures of a savepoint run after the commit of the transaction around it, and those of a transaction within an
    /// idempotent request after that of the request. A rollback drops them. `work` must not block; a panic in it is logged, as
    /// the commit can no longer fail.
    ///
    /// ```no_run
    /// # async fn example(db: fw::db::Db) -> fw::Result<()> {
    /// use fw::prelude::*;
    ///
    /// db.transact(async |tx| {
    ///     tx.execute_unprepared("DELETE FROM drafts").await?;
    ///     tx.after_commit(|| println!("the drafts are gone"));
    ///     Ok(())
    /// })
    /// .await
    /// # }
    /// ```
    pub fn after_commit(&self, work: impl FnOnce() + Send + 'static) {
        self.open.after_commit(Box::new(work));
    }

    /// Keeps `guard` until the transaction has ended.
    pub(super) fn with_guard(mut self, guard: Guard) -> Self {
        self.open.set_guard(guard);
        self
    }

    pub(super) fn into_open(self) -> Box<dyn OpenTransaction> {
        self.open
    }
}

run_statements!(Transaction, open);

impl TransactionSession for Transaction {
    fn commit<'f>(self) -> DbFuture<'f, ()>
    where
        Self: 'f,
    {
        self.open.commit()
    }

    fn rollback<'f>(self) -> DbFuture<'f, ()>
    where
        Self: 'f,
    {
        self.open.rollback()
    }
}

impl std::fmt::Debug for Transaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Transaction({:?})", self.open.backend())
    }
}

/// Runs `callback` in a new transaction: commits if it succeeds, rolls back if it fails.
pub(super) async fn run<F, T, E>(
    transaction: Result<Transaction, DbErr>,
    callback: F,
) -> Result<T, TransactionError<E>>
where
    F: for<'c> FnOnce(&'c Transaction) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
        + Send,
    T: Send,
    E: std::fmt::Display + std::fmt::Debug + Send,
{
    let transaction = transaction.map_err(TransactionError::Connection)?;
    match callback(&transaction).await {
        Ok(value) => {
            transaction
                .commit()
                .await
                .map_err(TransactionError::Connection)?;
            Ok(value)
        }
        Err(error) => {
            roll_back(transaction).await;
            Err(TransactionError::Transaction(error))
        }
    }
}

/// Rolls a transaction back because of an error. A failure of the rollback is only logged: the caller returns the first error.
pub(super) async fn roll_back(transaction: Transaction) {
    if let Err(error) = transaction.rollback().await {
        tracing::debug!(%error, "the transaction was rolled back before");
    }
}
