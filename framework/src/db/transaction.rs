//! A transaction of a [`Db`](super::Db).

#[cfg(feature = "sqlite")]
use std::sync::atomic::{AtomicBool, Ordering};
use std::{future::Future, pin::Pin, sync::Arc};

use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, IsolationLevel,
    QueryResult, Statement, TransactionError, TransactionOptions, TransactionSession,
    TransactionTrait, prelude::async_trait::async_trait,
};

#[cfg(feature = "sqlite")]
use sea_orm::RuntimeErr;

#[cfg(feature = "postgres")]
use super::postgres::Turn;
#[cfg(feature = "sqlite")]
use super::{foreign_key, sqlite::Lease, statement::literal_limit};
use super::{open::Open, whole::Hold};

/// A transaction. It takes effect with [`commit`](TransactionSession::commit) and is undone when it is dropped.
pub struct Transaction {
    inner: Open,
    /// The SQLite lane that this transaction holds, shared with the savepoints within it. It is declared after `inner`:
    /// the transaction must have ended before the lane is free.
    #[cfg(feature = "sqlite")]
    lane: Option<Lane>,
    /// The right to one of the pool's connections.
    #[cfg(feature = "postgres")]
    turn: Option<Arc<Turn>>,
}

/// A transaction's hold on its lane.
#[cfg(feature = "sqlite")]
#[derive(Clone)]
struct Lane {
    lease: Arc<Lease>,
    /// SQLite has undone the transaction by itself: what came now would take effect at once, alone.
    undone: Arc<AtomicBool>,
    is_savepoint: bool,
}

impl Transaction {
    #[cfg(feature = "sqlite")]
    pub(super) fn on_lane(inner: DatabaseTransaction, lease: Lease) -> Self {
        lease.suspect();
        let lane = Lane {
            lease: Arc::new(lease),
            undone: Arc::default(),
            is_savepoint: false,
        };
        Self {
            inner: Open::new(inner, None),
            lane: Some(lane),
            #[cfg(feature = "postgres")]
            turn: None,
        }
    }

    #[cfg(feature = "postgres")]
    pub(super) fn pooled(inner: DatabaseTransaction, turn: Turn) -> Self {
        Self {
            inner: Open::new(inner, None),
            #[cfg(feature = "sqlite")]
            lane: None,
            turn: Some(Arc::new(turn)),
        }
    }

    /// Keeps what it is part of from ending before it.
    pub(super) fn holding(mut self, hold: Hold) -> Self {
        let (inner, _) = self.inner.take();
        self.inner = Open::new(inner, Some(Arc::new(hold)));
        self
    }

    /// Holds one statement to the statement timeout of its lane.
    async fn timed<T>(
        &self,
        statement: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        #[cfg(feature = "sqlite")]
        if let Some(lane) = &self.lane {
            lane.check()?;
            let running = lane.lease.start();
            let given_up = GivenUp(&lane.undone);
            let result = statement.await;
            std::mem::forget(given_up);
            running.finish();
            if result.as_ref().is_err_and(undoes_transaction) {
                lane.undone.store(true, Ordering::Relaxed);
            }
            return result;
        }
        statement.await
    }

    /// Runs a statement and names the column at fault when it breaks a foreign key.
    async fn explained<T>(
        &self,
        statement: Statement,
        run: impl AsyncFnOnce(Statement) -> Result<T, DbErr>,
    ) -> Result<T, DbErr> {
        #[cfg(feature = "sqlite")]
        if self.lane.is_some() {
            let statement = literal_limit(statement);
            let copy = statement.clone();
            return match self.timed(run(statement)).await {
                Err(error) => Err(foreign_key::explain(&*self.inner, &copy, error).await),
                done => done,
            };
        }
        run(statement).await
    }
}

/// Dropped with a statement that nobody waits for any more. It is interrupted, and with it perhaps the transaction.
#[cfg(feature = "sqlite")]
struct GivenUp<'a>(&'a AtomicBool);

#[cfg(feature = "sqlite")]
impl Drop for GivenUp<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(feature = "sqlite")]
impl Lane {
    fn check(&self) -> Result<(), DbErr> {
        if self.undone.load(Ordering::Relaxed) {
            let message =
                "the database has undone this transaction after an error; begin a new one";
            return Err(DbErr::Exec(RuntimeErr::Internal(message.to_owned())));
        }
        Ok(())
    }
}

/// Whether SQLite undoes the whole transaction at this error: out of memory, interrupted, disk error, disk full.
#[cfg(feature = "sqlite")]
fn undoes_transaction(error: &DbErr) -> bool {
    const PRIMARY: [u32; 4] = [7, 9, 10, 13];
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) =
        error
    else {
        return false;
    };
    cause
        .as_database_error()
        .and_then(|error| error.code()?.parse::<u32>().ok())
        // The low byte of an extended code is the primary one.
        .is_some_and(|code| PRIMARY.contains(&(code & 0xff)))
}

#[async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.explained(statement, async |statement| {
            self.inner.execute_raw(statement).await
        })
        .await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.timed(self.inner.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.explained(statement, async |statement| {
            self.inner.query_one_raw(statement).await
        })
        .await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.explained(statement, async |statement| {
            self.inner.query_all_raw(statement).await
        })
        .await
    }
}

#[async_trait]
impl TransactionSession for Transaction {
    async fn commit(self) -> Result<(), DbErr> {
        #[cfg(feature = "sqlite")]
        if let Some(lane) = &self.lane {
            lane.check()?;
            let (inner, _hold) = self.inner.take();
            inner.commit().await?;
            if !lane.is_savepoint {
                lane.lease.trust();
            }
            return Ok(());
        }
        let (inner, _hold) = self.inner.take();
        inner.commit().await
    }

    async fn rollback(self) -> Result<(), DbErr> {
        let (inner, _hold) = self.inner.take();
        inner.rollback().await
    }
}

/// Transactions within a transaction are savepoints.
#[async_trait]
impl TransactionTrait for Transaction {
    type Transaction = Self;

    async fn begin(&self) -> Result<Self, DbErr> {
        self.begin_with_options(TransactionOptions::default()).await
    }

    async fn begin_with_config(
        &self,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<Self, DbErr> {
        self.begin_with_options(TransactionOptions {
            isolation_level,
            access_mode,
            ..Default::default()
        })
        .await
    }

    async fn begin_with_options(&self, options: TransactionOptions) -> Result<Self, DbErr> {
        let inner = self.inner.begin_with_options(options).await?;
        Ok(Self {
            inner: Open::new(inner, self.inner.hold()),
            #[cfg(feature = "sqlite")]
            lane: self.lane.clone().map(|lane| Lane {
                is_savepoint: true,
                ..lane
            }),
            #[cfg(feature = "postgres")]
            turn: self.turn.clone(),
        })
    }

    async fn transaction<F, T, E>(&self, callback: F) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(&'c Self) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: std::fmt::Display + std::fmt::Debug + Send,
    {
        run(self.begin().await, callback).await
    }

    async fn transaction_with_config<F, T, E>(
        &self,
        callback: F,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(&'c Self) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: std::fmt::Display + std::fmt::Debug + Send,
    {
        run(
            self.begin_with_config(isolation_level, access_mode).await,
            callback,
        )
        .await
    }
}

/// Runs `callback` in a transaction that was just begun: commits when it succeeds, rolls back when it fails.
pub(super) async fn run<F, T, E>(
    begun: Result<Transaction, DbErr>,
    callback: F,
) -> Result<T, TransactionError<E>>
where
    F: for<'c> FnOnce(&'c Transaction) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
        + Send,
    T: Send,
    E: std::fmt::Display + std::fmt::Debug + Send,
{
    let transaction = begun.map_err(TransactionError::Connection)?;
    match callback(&transaction).await {
        Ok(value) => {
            transaction
                .commit()
                .await
                .map_err(TransactionError::Connection)?;
            Ok(value)
        }
        Err(error) => {
            undo(transaction).await;
            Err(TransactionError::Transaction(error))
        }
    }
}

/// Undoes a transaction because of an error, which is what the caller wants to hear of.
pub(super) async fn undo(transaction: Transaction) {
    if let Err(error) = transaction.rollback().await {
        tracing::debug!(%error, "the transaction was undone before");
    }
}
