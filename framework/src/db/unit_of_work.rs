//! A unit of work: one transaction around everything that a handler writes.
//!
//! The handler gets a [`Db`] that is used like any other: its statements, and the transactions that it begins, are part of the
//! one transaction. The caller that began the unit of work commits it. A handle that is kept beyond that end gives errors.

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    StreamTrait, TransactionOptions, TransactionSession, TransactionTrait,
};
use tokio::{
    runtime,
    sync::{Mutex as AsyncMutex, OwnedMutexGuard},
    task::JoinHandle,
    time::timeout,
};

use super::{
    Db, Transaction,
    connection::refused,
    own_transaction,
    session::{AfterCommit, AfterRollback, Database, DbFuture, Guard, OpenTransaction, Session},
    statement::only_reads,
    stream::RowStream,
    transaction,
};

/// A unit of work: a transaction that several handles share. It is rolled back when this is dropped.
pub(crate) struct UnitOfWork {
    /// The database that the transaction is on.
    outer: Db,
    shared: Arc<SharedTransaction>,
    /// Released after the transaction has ended.
    _lock: Guard,
}

impl UnitOfWork {
    /// Begins the transaction.
    ///
    /// Returns `None` while another unit of work with the same `lock` is open: on PostgreSQL in any process, on SQLite in this one
    /// (those of other processes are waited for, as there is one writer). Statements within the unit of work wait for each other
    /// for up to `lock_timeout`.
    pub(crate) async fn begin(
        db: &Db,
        lock: i64,
        lock_timeout: Duration,
    ) -> Result<Option<Self>, DbErr> {
        let Some((open, lock)) = db.database().begin_locked(lock).await? else {
            return Ok(None);
        };
        let shared = SharedTransaction {
            backend: open.backend(),
            root: Mutex::new(Some(Arc::new(Transaction::new(open)))),
            write_lock: Arc::default(),
            statement_lock: AsyncMutex::default(),
            lock_timeout,
            after_rollback: Mutex::default(),
        };
        Ok(Some(Self {
            outer: db.clone(),
            shared: Arc::new(shared),
            _lock: lock,
        }))
    }

    /// Runs `work`, which is part of the unit of work. A handle on the database outside of it would wait for its end.
    pub(crate) async fn run<T>(&self, work: impl Future<Output = T>) -> T {
        own_transaction::within(&**self.outer.database(), work).await
    }

    /// A database handle within the unit of work.
    pub(crate) fn db(&self) -> Db {
        let shared = Arc::clone(&self.shared);
        Db::new(shared)
    }

    /// Runs `last` as the last part of the transaction and commits it. The handles give errors from now on.
    ///
    /// Fails, and rolls everything back, if `last` fails or if a transaction within the unit of work is still open.
    pub(crate) async fn commit<E: From<DbErr>>(
        self,
        last: impl AsyncFnOnce(&Transaction) -> Result<(), E>,
    ) -> Result<(), E> {
        // No handle uses the transaction from here on.
        let _write_lock = self.shared.write_lock().await.map_err(|_| {
            refused(
                "a transaction that the handler has begun with `ctx.db` is still open\nhint: end it before the response",
            )
        })?;
        let _statement_lock = self.shared.statement_lock.lock().await;
        last(&*self.shared.root()?).await?;
        self.take()?.commit().await?;
        self.shared.take_after_rollback();
        Ok(())
    }

    /// Rolls the transaction back, and does then what the handles have asked for in this case. They give errors from now on.
    pub(crate) async fn rollback(self) {
        // A transaction that is still in use is rolled back when its last user drops it.
        if let Ok(transaction) = self.take() {
            transaction::roll_back(transaction).await;
        }
        if let Some(done) = self.follow_rollback() {
            // A panic is in the log.
            let _ = done.await;
        }
    }

    /// Does what is to follow the rollback, in a task of its own: a client that goes away does not end it.
    fn follow_rollback(&self) -> Option<JoinHandle<()>> {
        let works = self.shared.take_after_rollback();
        if works.is_empty() {
            return None;
        }
        let database = Arc::clone(self.outer.database());
        let work = async move {
            for work in works {
                if let Err(error) = work(Arc::clone(&database)).await {
                    tracing::error!(%error, "what is kept when a request is rolled back, such as events of the audit log, could not be written");
                }
            }
        };
        Some(runtime::Handle::try_current().ok()?.spawn(work))
    }

    fn take(&self) -> Result<Transaction, DbErr> {
        let root = self.shared.lock().take();
        root.and_then(Arc::into_inner).ok_or_else(ended)
    }
}

/// A client that goes away, a timeout and a panic roll back as well.
impl Drop for UnitOfWork {
    fn drop(&mut self) {
        self.shared.lock().take();
        self.follow_rollback();
    }
}

/// The transaction that the handles of a unit of work share.
struct SharedTransaction {
    /// `None` once it has ended. Each running statement has a clone: the last one to be dropped rolls it back.
    root: Mutex<Option<Arc<Transaction>>>,
    /// Held for a statement or a transaction that writes. Savepoints are a stack, so those of two writers at the same time
    /// would roll back each other's work.
    write_lock: Arc<AsyncMutex<()>>,
    /// Held for one statement with the savepoint around it, so that no other statement reads in between.
    statement_lock: AsyncMutex<()>,
    lock_timeout: Duration,
    backend: DbBackend,
    after_rollback: Mutex<Vec<AfterRollback>>,
}

impl SharedTransaction {
    /// Runs one statement.
    async fn run<T>(
        &self,
        writes: bool,
        statement: impl AsyncFnOnce(&Transaction) -> Result<T, DbErr>,
    ) -> Result<T, DbErr> {
        let _write_lock = if writes {
            Some(self.write_lock().await?)
        } else {
            None
        };
        let _statement_lock = self.statement_lock.lock().await;
        let root = self.root()?;
        if !writes || self.backend != DbBackend::Postgres {
            return statement(&root).await;
        }
        // On PostgreSQL a statement that fails would make the whole transaction fail. A handler may go on after a unique
        // constraint violation, as it could outside of a transaction.
        let savepoint = root.begin().await?;
        match statement(&savepoint).await {
            Ok(value) => {
                savepoint.commit().await?;
                Ok(value)
            }
            Err(error) => {
                transaction::roll_back(savepoint).await;
                Err(error)
            }
        }
    }

    /// Begins a transaction within the unit of work, as a savepoint.
    async fn begin_within(
        &self,
        options: TransactionOptions,
    ) -> Result<Box<dyn OpenTransaction>, DbErr> {
        let write_lock = self.write_lock().await?;
        let _statement_lock = self.statement_lock.lock().await;
        let root = self.root()?;
        let savepoint = root.begin_with_options(options).await?;
        Ok(savepoint
            .with_guard(Box::new((root, write_lock)))
            .into_open())
    }

    async fn write_lock(&self) -> Result<OwnedMutexGuard<()>, DbErr> {
        own_transaction::check(self)?;
        timeout(self.lock_timeout, Arc::clone(&self.write_lock).lock_owned())
            .await
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))
    }

    fn root(&self) -> Result<Arc<Transaction>, DbErr> {
        self.lock().clone().ok_or_else(ended)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Arc<Transaction>>> {
        self.root.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_after_rollback(&self) -> Vec<AfterRollback> {
        let works = self.after_rollback.lock();
        mem::take(&mut works.unwrap_or_else(PoisonError::into_inner))
    }
}

/// Runs the statements of the handles.
impl Session for SharedTransaction {
    fn backend(&self) -> DbBackend {
        self.backend
    }

    fn execute(&self, statement: Statement) -> DbFuture<'_, ExecResult> {
        let writes = !only_reads(&statement.sql);
        Box::pin(self.run(writes, async |tx| tx.execute_raw(statement).await))
    }

    fn execute_later(&self, statement: Statement) -> DbFuture<'_, ()> {
        Box::pin(self.run(true, async |tx| tx.execute_later(statement).await))
    }

    fn execute_unprepared<'a>(&'a self, sql: &'a str) -> DbFuture<'a, ExecResult> {
        Box::pin(self.run(true, async |tx| tx.execute_unprepared(sql).await))
    }

    fn query_one(&self, statement: Statement) -> DbFuture<'_, Option<QueryResult>> {
        let writes = !only_reads(&statement.sql);
        Box::pin(self.run(writes, async |tx| tx.query_one_raw(statement).await))
    }

    fn query_all(&self, statement: Statement) -> DbFuture<'_, Vec<QueryResult>> {
        let writes = !only_reads(&statement.sql);
        Box::pin(self.run(writes, async |tx| tx.query_all_raw(statement).await))
    }

    fn stream(&self, statement: Statement) -> DbFuture<'_, RowStream> {
        Box::pin(self.run(false, async |tx| tx.stream_raw(statement).await))
    }

    fn begin(&self, options: TransactionOptions) -> DbFuture<'_, Box<dyn OpenTransaction>> {
        Box::pin(self.begin_within(options))
    }

    fn after_commit(&self, work: AfterCommit) {
        if let Ok(root) = self.root() {
            root.after_commit(work);
        } else {
            tracing::warn!(
                "what was asked for after the commit does not run: the request of this database handle has ended"
            );
        }
    }
}

impl Database for SharedTransaction {
    fn begin_locked(&self, _key: i64) -> DbFuture<'_, Option<(Box<dyn OpenTransaction>, Guard)>> {
        Box::pin(async { Err(refused("a unit of work cannot begin within another one")) })
    }

    fn is_transaction(&self) -> bool {
        true
    }

    fn after_rollback(&self, work: AfterRollback) {
        let works = self.after_rollback.lock();
        works.unwrap_or_else(PoisonError::into_inner).push(work);
    }

    /// Does nothing: the connection belongs to the pool.
    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

fn ended() -> DbErr {
    refused(
        "the request that this database handle belongs to has ended\nhint: work that goes on after the response belongs in a job",
    )
}

#[cfg(all(test, feature = "sqlite"))]
mod tests;
