//! A transaction of a [`Db`](super::Db).

use std::{future::Future, pin::Pin};

use sea_orm::{
    AccessMode, DbErr, IsolationLevel, TransactionError, TransactionOptions, TransactionSession,
    TransactionTrait, prelude::async_trait::async_trait,
};

use super::{
    session::{Begun, run_statements},
    whole::Hold,
};

/// A transaction. It takes effect with [`commit`](TransactionSession::commit) and is undone when it is dropped.
pub struct Transaction {
    begun: Box<dyn Begun>,
}

impl Transaction {
    pub(super) fn new(begun: impl Begun + 'static) -> Self {
        Self {
            begun: Box::new(begun),
        }
    }

    pub(super) fn holding(mut self, hold: Hold) -> Self {
        self.begun.set_hold(hold);
        self
    }
}

run_statements!(Transaction, begun);

#[async_trait]
impl TransactionSession for Transaction {
    async fn commit(self) -> Result<(), DbErr> {
        self.begun.commit().await
    }

    async fn rollback(self) -> Result<(), DbErr> {
        self.begun.rollback().await
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
        self.begun.begin(options).await
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
