//! A transaction on a pooled connection, for every database.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use sea_orm::{
    ConnAcquireErr, DbBackend, DbErr, ExecResult, QueryResult, Statement, TransactionOptions,
};
use tokio::{
    runtime::Handle,
    sync::{Mutex as AsyncMutex, OwnedMutexGuard},
    time::timeout,
};
use tracing::Instrument;

use super::{
    connection::{Connection, Failure, StreamEnd, refused},
    pool::Checkout,
    savepoints::{Level, Savepoints, TRANSACTION, name},
    session::{AfterCommit, DbFuture, Guard, OpenTransaction, Session},
    stream::{self, RowStream},
};

/// A transaction on a pooled connection, or a savepoint within one.
pub(super) struct PooledTransaction<C: Connection> {
    shared: Arc<Shared<C>>,
    level: Level,
    /// Released after the transaction has ended.
    guard: Option<Guard>,
}

/// The connection and the levels of one transaction.
struct Shared<C: Connection> {
    /// `None` once the transaction has ended.
    connection: Arc<AsyncMutex<Option<Checkout<C>>>>,
    savepoints: Mutex<Savepoints>,
    /// True while a stream of rows uses the connection.
    is_streaming: Arc<AtomicBool>,
    /// The time that a statement waits for another one of the same transaction.
    lock_timeout: Duration,
}

impl<C: Connection> PooledTransaction<C> {
    /// Begins a transaction on a connection.
    pub(super) async fn begin(
        mut checkout: Checkout<C>,
        options: TransactionOptions,
        lock_timeout: Duration,
    ) -> Result<Self, DbErr> {
        // If `BEGIN` is cancelled or fails, the transaction is rolled back before the connection is used again.
        checkout.mark_in_transaction();
        checkout.connection().control(C::begin(options)).await?;
        Ok(Self {
            shared: Arc::new(Shared {
                connection: Arc::new(AsyncMutex::new(Some(checkout))),
                savepoints: Mutex::new(Savepoints::new()),
                is_streaming: Arc::default(),
                lock_timeout,
            }),
            level: TRANSACTION,
            guard: None,
        })
    }

    /// The connection for one statement, after dropped savepoints were rolled back.
    async fn statement(&self) -> Result<InTransaction<C>, DbErr> {
        let mut statement = self.shared.lock().await?;
        statement.shared.savepoints().check(self.level)?;
        let dropped = statement.shared.savepoints().dropped();
        if let Some(level) = dropped {
            let sql = format!("ROLLBACK TO SAVEPOINT {}", name(level));
            let result = statement.connection()?.control(sql.into()).await;
            statement.is_running = false;
            if let Err(error) = result {
                statement.shared.savepoints().mark_undone();
                return Err(error);
            }
            statement.shared.savepoints().dropped_is_rolled_back();
        }
        Ok(statement)
    }

    async fn begin_savepoint(&self) -> Result<Self, DbErr> {
        let mut statement = self.statement().await?;
        let level = statement.shared.savepoints().next();
        // Dropped half-way it is rolled back as well, which fails when the database does not know it: so it counts as open only
        // afterwards.
        let sql = format!("SAVEPOINT {}", name(level));
        let result = statement.connection()?.control(sql.into()).await;
        statement.finish(result)?;
        self.shared.savepoints().opened(level);
        Ok(Self {
            shared: Arc::clone(&self.shared),
            level,
            guard: None,
        })
    }

    async fn commit(self) -> Result<(), DbErr> {
        self.shared.savepoints().check_innermost(self.level)?;
        let mut statement = self.statement().await?;
        if self.level != TRANSACTION {
            let sql = format!("RELEASE SAVEPOINT {}", name(self.level));
            let result = statement.connection()?.control(sql.into()).await;
            statement.finish(result)?;
            self.shared.savepoints().release(self.level);
            return Ok(());
        }
        if self.shared.savepoints().is_uncertain() {
            // A server that has marked the transaction as failed would take `COMMIT` for `ROLLBACK` and say that all is well.
            let probe = statement.connection()?.control("SELECT 1".into()).await;
            statement.is_running = false;
            if let Err(error) = probe {
                tracing::debug!(%error, "a transaction cannot be committed");
                return Err(refused(
                    "the transaction was rolled back, as one of its statements has failed\nhint: return that error, or run the statement in a transaction of its own within this one",
                ));
            }
        }
        let after_commit = self.shared.savepoints().take_after_commit();
        let commit = async move {
            let result = statement.connection()?.control("COMMIT".into()).await;
            if result.is_ok() {
                statement.end();
            }
            statement.finish(result)
        };
        if after_commit.is_empty() {
            return commit.await;
        }
        // The closures must run once the commit has taken effect, even if the caller was cancelled.
        let commit = async move {
            commit.await?;
            run_all(after_commit);
            Ok(())
        };
        ToItsEnd::new(commit.in_current_span()).await
    }

    async fn rollback(self) -> Result<(), DbErr> {
        if self.level == TRANSACTION {
            let mut statement = self.shared.lock().await?;
            self.shared.savepoints().end(TRANSACTION);
            let reset = match statement.checkout.as_mut() {
                Some(checkout) => checkout.reset().await,
                None => Ok(()),
            };
            return reset
                .map_err(|error| DbErr::Exec(sea_orm::RuntimeErr::SqlxError(error.into())));
        }
        let mut statement = self.statement().await?;
        let sql = format!("ROLLBACK TO SAVEPOINT {}", name(self.level));
        let result = statement.connection()?.control(sql.into()).await;
        statement.finish(result)?;
        self.shared.savepoints().end(self.level);
        Ok(())
    }

    /// Sends the rows of a statement from a task that holds the connection.
    async fn stream_rows(&self, statement: Statement) -> Result<RowStream, DbErr> {
        let mut connection = self.statement().await?;
        let (sender, stream) = stream::channel(Arc::clone(&self.shared.is_streaming));
        let send = async move {
            let result = match connection.connection() {
                Ok(connection) => connection.stream(statement, &sender).await,
                Err(error) => Err(error),
            };
            if let Ok(StreamEnd::Cancelled) = result {
                return;
            }
            if let Err(error) = connection.finish(result) {
                sender.send(Err(error)).await;
            }
        };
        tokio::spawn(send.in_current_span());
        Ok(stream)
    }
}

impl<C: Connection> Shared<C> {
    fn savepoints(&self) -> MutexGuard<'_, Savepoints> {
        self.savepoints
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until no other statement of the transaction is running.
    async fn lock(self: &Arc<Self>) -> Result<InTransaction<C>, DbErr> {
        if self.is_streaming.load(Ordering::Acquire) {
            return Err(refused(
                "the rows of another statement of this transaction are still being streamed\nhint: read them to the end or drop the stream, or collect them with `all`",
            ));
        }
        let checkout = match Arc::clone(&self.connection).try_lock_owned() {
            Ok(checkout) => checkout,
            Err(_) => timeout(self.lock_timeout, Arc::clone(&self.connection).lock_owned())
                .await
                .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?,
        };
        Ok(InTransaction {
            checkout,
            shared: Arc::clone(self),
            is_running: false,
        })
    }
}

/// The connection of a transaction, for one statement. Dropping it while the statement runs cancels the statement.
struct InTransaction<C: Connection> {
    checkout: OwnedMutexGuard<Option<Checkout<C>>>,
    shared: Arc<Shared<C>>,
    is_running: bool,
}

impl<C: Connection> InTransaction<C> {
    /// The connection to run a statement on, until [`finish`](Self::finish).
    fn connection(&mut self) -> Result<&mut C, DbErr> {
        match self.checkout.as_mut() {
            Some(checkout) => {
                self.is_running = true;
                Ok(checkout.connection())
            }
            None => Err(refused("this transaction has ended; begin a new one")),
        }
    }

    /// Records the end of the statement.
    fn finish<T>(mut self, result: Result<T, DbErr>) -> Result<T, DbErr> {
        self.is_running = false;
        if let Err(error) = &result {
            self.note(C::failure(error));
        }
        result
    }

    fn note(&self, failure: Failure) {
        match failure {
            Failure::Statement => {}
            Failure::Unknown => self.shared.savepoints().mark_uncertain(),
            Failure::Transaction => self.shared.savepoints().mark_undone(),
        }
    }

    /// Records the commit of the transaction.
    fn end(&mut self) {
        self.shared.savepoints().end(TRANSACTION);
        if let Some(checkout) = self.checkout.as_mut() {
            checkout.mark_clean();
        }
    }
}

impl<C: Connection> Drop for InTransaction<C> {
    fn drop(&mut self) {
        if self.is_running {
            self.note(C::CANCELLED);
        }
        // The connection goes back to the pool at once, even while a savepoint of the ended transaction is still held.
        if self.shared.savepoints().is_ended() {
            drop(self.checkout.take());
        }
    }
}

impl<C: Connection> Drop for PooledTransaction<C> {
    fn drop(&mut self) {
        self.shared.savepoints().drop_level(self.level);
        // A statement that is using the connection gives it back afterwards.
        if self.level == TRANSACTION
            && let Ok(mut checkout) = self.shared.connection.try_lock()
        {
            drop(checkout.take());
        }
    }
}

/// Work that goes on in a task of its own if it is dropped before its end. A task from the start would cost each commit a wake-up more.
struct ToItsEnd {
    /// `None` at its end.
    work: Option<DbFuture<'static, ()>>,
    runtime: Handle,
}

impl ToItsEnd {
    fn new(work: impl Future<Output = Result<(), DbErr>> + Send + 'static) -> Self {
        Self {
            work: Some(Box::pin(work)),
            runtime: Handle::current(),
        }
    }
}

impl Future for ToItsEnd {
    type Output = Result<(), DbErr>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // What panics is not polled again.
        let Some(mut work) = self.work.take() else {
            return Poll::Ready(Err(refused(
                "the commit was cut off; whether it took effect is not known",
            )));
        };
        let polled = work.as_mut().poll(context);
        if polled.is_pending() {
            self.work = Some(work);
        }
        polled
    }
}

impl Drop for ToItsEnd {
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            self.runtime.spawn(work);
        }
    }
}

fn run_all(after_commit: Vec<AfterCommit>) {
    for work in after_commit {
        if catch_unwind(AssertUnwindSafe(work)).is_err() {
            tracing::error!("what was to run after a commit has panicked");
        }
    }
}

impl<C: Connection> Session for PooledTransaction<C> {
    fn backend(&self) -> DbBackend {
        C::BACKEND
    }

    fn execute(&self, statement: Statement) -> DbFuture<'_, ExecResult> {
        Box::pin(async move {
            let mut connection = self.statement().await?;
            let result = connection.connection()?.execute(statement).await;
            connection.finish(result)
        })
    }

    fn execute_later(&self, statement: Statement) -> DbFuture<'_, ()> {
        Box::pin(async move {
            let mut connection = self.statement().await?;
            let result = connection.connection()?.execute_later(statement).await;
            connection.finish(result)
        })
    }

    fn execute_unprepared<'a>(&'a self, sql: &'a str) -> DbFuture<'a, ExecResult> {
        Box::pin(async move {
            let mut connection = self.statement().await?;
            let result = connection.connection()?.execute_unprepared(sql).await;
            connection.finish(result)
        })
    }

    fn query_one(&self, statement: Statement) -> DbFuture<'_, Option<QueryResult>> {
        Box::pin(async move {
            let mut connection = self.statement().await?;
            let result = connection.connection()?.query_one(statement).await;
            connection.finish(result)
        })
    }

    fn query_all(&self, statement: Statement) -> DbFuture<'_, Vec<QueryResult>> {
        Box::pin(async move {
            let mut connection = self.statement().await?;
            let result = connection.connection()?.query_all(statement).await;
            connection.finish(result)
        })
    }

    fn stream(&self, statement: Statement) -> DbFuture<'_, RowStream> {
        Box::pin(self.stream_rows(statement))
    }

    fn begin(&self, _: TransactionOptions) -> DbFuture<'_, Box<dyn OpenTransaction>> {
        Box::pin(async move {
            let savepoint = self.begin_savepoint().await?;
            Ok(Box::new(savepoint) as Box<dyn OpenTransaction>)
        })
    }

    fn after_commit(&self, work: AfterCommit) {
        self.shared.savepoints().after_commit(self.level, work);
    }
}

impl<C: Connection> OpenTransaction for PooledTransaction<C> {
    fn commit(self: Box<Self>) -> DbFuture<'static, ()> {
        Box::pin(Self::commit(*self))
    }

    fn rollback(self: Box<Self>) -> DbFuture<'static, ()> {
        Box::pin(Self::rollback(*self))
    }

    fn set_guard(&mut self, guard: Guard) {
        drop(self.guard.replace(guard));
    }
}
