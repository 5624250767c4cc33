//! A transaction of a [`Db`](super::Db).

mod run_statements;

use std::pin::Pin;

use sea_orm::{DbErr, TransactionError, TransactionSession};

pub(super) use self::run_statements::{run_statements, stored};
use super::session::{DbFuture, Guard, OpenTransaction};

/// An open transaction, or a savepoint within one. It takes effect with [`commit`](TransactionSession::commit) and is rolled back
/// when it is dropped.
///
/// [`Db::transact`](super::Db::transact) commits by itself. Where a closure is in the way, begin one by hand:
///
/// ```
/// use fw::{config::DatabaseConfig, db::{Db, Transaction}, prelude::*};
/// use sea_orm::{TransactionSession, TransactionTrait};
///
/// async fn add(title: &str, tx: &Transaction) -> Result<()> {
///     tx.execute_unprepared(&format!("INSERT INTO drafts VALUES ('{title}')")).await?;
///     Ok(())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let config = DatabaseConfig { url: "sqlite::memory:".into(), ..DatabaseConfig::default() };
/// # let db = Db::connect(&config).await?;
/// # db.execute_unprepared("CREATE TABLE drafts (title TEXT NOT NULL)").await?;
/// let tx = db.begin().await?;
/// add("kept", &tx).await?;
/// let savepoint = tx.begin().await?;
/// add("given up", &savepoint).await?;
/// savepoint.rollback().await?;
/// tx.commit().await?;
///
/// let deleted = db.execute_unprepared("DELETE FROM drafts").await?;
/// assert_eq!(deleted.rows_affected(), 1);
/// # Ok(())
/// # }
/// ```
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
    /// ```
    /// use std::sync::atomic::{AtomicBool, Ordering};
    ///
    /// use fw::prelude::*;
    ///
    /// static SEEN: AtomicBool = AtomicBool::new(false);
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// # let config = fw::config::DatabaseConfig { url: "sqlite::memory:".into(), ..Default::default() };
    /// # let db = fw::db::Db::connect(&config).await?;
    /// # db.execute_unprepared("CREATE TABLE drafts (title TEXT NOT NULL)").await?;
    /// db.transact(async |tx| {
    ///     tx.execute_unprepared("DELETE FROM drafts").await?;
    ///     tx.after_commit(|| SEEN.store(true, Ordering::Relaxed));
    ///     assert!(!SEEN.load(Ordering::Relaxed), "it is not committed yet");
    ///     Ok(())
    /// })
    /// .await?;
    /// assert!(SEEN.load(Ordering::Relaxed));
    /// # Ok(())
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
