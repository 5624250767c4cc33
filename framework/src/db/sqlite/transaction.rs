//! A transaction on a lane.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult,
    RuntimeErr, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};

use super::{Lease, SqliteLanes};
use crate::db::{
    Transaction, foreign_key,
    open::Open,
    session::{Answer, Begun, Session},
    statement::literal_limit,
    whole::Hold,
};

impl SqliteLanes {
    /// A transaction that starts by reading and then writes would meet `SQLITE_BUSY`, which no timeout cures; so it takes the
    /// write lock at once unless it says that it only reads.
    pub(super) async fn begin_transaction(
        &self,
        options: TransactionOptions,
    ) -> Result<Transaction, DbErr> {
        let read_only = matches!(options.access_mode, Some(AccessMode::ReadOnly));
        let lease = if read_only {
            self.read().await?
        } else {
            self.write().await?
        };
        let mode = options.sqlite_transaction_mode.unwrap_or(if read_only {
            SqliteTransactionMode::Deferred
        } else {
            SqliteTransactionMode::Immediate
        });
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(mode),
            ..Default::default()
        };
        let begun = lease.pool().begin_with_options(options).await?;
        Ok(Transaction::new(LaneTransaction::new(begun, lease)))
    }
}

/// A transaction on a lane, or a savepoint within it.
struct LaneTransaction {
    inner: Open,
    /// Shared with the savepoints within. It is declared after `inner`: the transaction must have ended before the lane is
    /// free.
    lease: Arc<Lease>,
    /// SQLite has undone the transaction by itself: what came now would take effect at once, alone.
    undone: Arc<AtomicBool>,
    is_savepoint: bool,
}

impl LaneTransaction {
    fn new(inner: DatabaseTransaction, lease: Lease) -> Self {
        lease.suspect();
        Self {
            inner: Open::new(inner, None),
            lease: Arc::new(lease),
            undone: Arc::default(),
            is_savepoint: false,
        }
    }

    fn check(&self) -> Result<(), DbErr> {
        if self.undone.load(Ordering::Relaxed) {
            let message =
                "the database has undone this transaction after an error; begin a new one";
            return Err(DbErr::Exec(RuntimeErr::Internal(message.to_owned())));
        }
        Ok(())
    }

    /// Holds one statement to the statement timeout of its lane.
    async fn timed<T>(
        &self,
        statement: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        self.check()?;
        let running = self.lease.start();
        let given_up = GivenUp(&self.undone);
        let result = statement.await;
        std::mem::forget(given_up);
        running.finish();
        if result.as_ref().is_err_and(undoes_transaction) {
            self.undone.store(true, Ordering::Relaxed);
        }
        result
    }

    /// Runs a statement and names the column at fault when it breaks a foreign key.
    async fn explained<T>(
        &self,
        statement: Statement,
        run: impl AsyncFnOnce(&DatabaseTransaction, Statement) -> Result<T, DbErr>,
    ) -> Result<T, DbErr> {
        let statement = literal_limit(statement);
        let copy = statement.clone();
        match self.timed(run(&self.inner, statement)).await {
            Err(error) => Err(foreign_key::explain(&*self.inner, &copy, error).await),
            done => done,
        }
    }
}

impl Session for LaneTransaction {
    fn backend(&self) -> DbBackend {
        DbBackend::Sqlite
    }

    fn execute(&self, statement: Statement) -> Answer<'_, ExecResult> {
        Box::pin(self.explained(statement, async |tx, statement| {
            tx.execute_raw(statement).await
        }))
    }

    fn execute_unprepared<'a>(&'a self, sql: &'a str) -> Answer<'a, ExecResult> {
        Box::pin(self.timed(self.inner.execute_unprepared(sql)))
    }

    fn query_one(&self, statement: Statement) -> Answer<'_, Option<QueryResult>> {
        Box::pin(self.explained(statement, async |tx, statement| {
            tx.query_one_raw(statement).await
        }))
    }

    fn query_all(&self, statement: Statement) -> Answer<'_, Vec<QueryResult>> {
        Box::pin(self.explained(statement, async |tx, statement| {
            tx.query_all_raw(statement).await
        }))
    }

    fn begin(&self, options: TransactionOptions) -> Answer<'_, Transaction> {
        Box::pin(async move {
            let inner = self.inner.begin_with_options(options).await?;
            Ok(Transaction::new(Self {
                inner: Open::new(inner, self.inner.hold()),
                lease: Arc::clone(&self.lease),
                undone: Arc::clone(&self.undone),
                is_savepoint: true,
            }))
        })
    }
}

impl Begun for LaneTransaction {
    fn commit(self: Box<Self>) -> Answer<'static, ()> {
        Box::pin(async move {
            self.check()?;
            let Self {
                inner,
                lease,
                is_savepoint,
                ..
            } = *self;
            let (inner, _hold) = inner.take();
            inner.commit().await?;
            if !is_savepoint {
                lease.trust();
            }
            Ok(())
        })
    }

    fn rollback(self: Box<Self>) -> Answer<'static, ()> {
        Box::pin(async move {
            let Self {
                inner,
                lease: _lease,
                ..
            } = *self;
            let (inner, _hold) = inner.take();
            inner.rollback().await
        })
    }

    fn set_hold(&mut self, hold: Hold) {
        self.inner.set_hold(hold);
    }
}

/// Dropped with a statement that nobody waits for any more. It is interrupted, and with it perhaps the transaction.
struct GivenUp<'a>(&'a AtomicBool);

impl Drop for GivenUp<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Whether SQLite undoes the whole transaction at this error: out of memory, interrupted, disk error, disk full.
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
