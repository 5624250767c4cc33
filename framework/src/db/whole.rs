//! One transaction in which a whole piece of work takes part, without knowing it.
//!
//! The work gets a [`Db`] that is used like any other: its statements, and the transactions that it begins, are part of the
//! one transaction. Whoever began it ends it. A handle that is kept beyond that end gives errors.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::future::BoxFuture;
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr,
    Statement, TransactionOptions, TransactionSession, TransactionTrait,
};
use tokio::{
    sync::{Mutex as AsyncMutex, MutexGuard, OwnedMutexGuard},
    time::timeout,
};

use super::{
    Db, Transaction,
    session::{Answer, Database, Guard, Session},
    statement::only_reads,
    transaction,
};

/// A transaction that a whole piece of work shares. It is undone when this is dropped.
pub(crate) struct Whole {
    joined: Arc<Joined>,
    /// Given back after the transaction has ended.
    _lock: Guard,
}

impl Whole {
    pub(super) fn new(transaction: Transaction, lock: Guard, patience: Duration) -> Self {
        let joined = Joined {
            backend: transaction.get_database_backend(),
            root: Mutex::new(Some(Arc::new(transaction))),
            broken: AtomicBool::new(false),
            turn: Arc::default(),
            statement: Arc::default(),
            patience,
        };
        Self {
            joined: Arc::new(joined),
            _lock: lock,
        }
    }

    /// The handle for the work.
    pub(crate) fn db(&self) -> Db {
        let joined = Arc::clone(&self.joined);
        Db::new(joined)
    }

    /// Runs `last` as the last part of the transaction and commits it. The work's handles give errors from now on.
    ///
    /// Fails, and undoes everything, when `last` does, or when the work has left a transaction of its own open.
    pub(crate) async fn commit<E: From<DbErr>>(
        self,
        last: impl AsyncFnOnce(&Transaction) -> Result<(), E>,
    ) -> Result<(), E> {
        // Nobody else uses the transaction from here on.
        let _turn = self.joined.turn().await.map_err(|_| {
            refused(
                "a transaction that the handler has begun with `ctx.db` is still open\nhint: end it before the answer",
            )
        })?;
        let _statement = self.joined.statement.lock().await;
        last(&*self.joined.root()?).await?;
        self.take()?.commit().await?;
        Ok(())
    }

    /// Undoes the transaction. The work's handles give errors from now on.
    pub(crate) async fn rollback(self) {
        // What is still in use is undone once it is not.
        if let Ok(transaction) = self.take() {
            transaction::undo(transaction).await;
        }
    }

    fn take(&self) -> Result<Transaction, DbErr> {
        let root = self.joined.lock().take();
        root.and_then(Arc::into_inner).ok_or_else(ended)
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        self.joined.lock().take();
    }
}

/// What the handles of the work share.
pub(super) struct Joined {
    /// Nothing once it has ended. Whoever uses it has a clone meanwhile: the last one to be dropped undoes it.
    root: Mutex<Option<Arc<Transaction>>>,
    /// A savepoint could not be begun. The driver has then undone one level too many, and what came now could take effect
    /// alone.
    broken: AtomicBool,
    /// Held by whoever writes, for as long as it takes: a statement or a transaction. Savepoints are a stack, so those of
    /// two at the same time would undo each other's work.
    turn: Arc<AsyncMutex<()>>,
    /// Held for one statement: whoever gives a statement up must not hit another one.
    statement: Arc<AsyncMutex<()>>,
    patience: Duration,
    backend: DbBackend,
}

/// What a transaction of the work holds.
pub(super) struct Hold {
    _root: Arc<Transaction>,
    _turn: OwnedMutexGuard<()>,
    statement: Arc<AsyncMutex<()>>,
}

impl Hold {
    /// Keeps statements of others from beginning; `None` when one is on its way.
    pub(super) fn try_quiet(&self) -> Option<MutexGuard<'_, ()>> {
        self.statement.try_lock().ok()
    }

    /// Waits until no statement of others is on its way, and keeps them from beginning.
    pub(super) async fn quiet(&self) -> MutexGuard<'_, ()> {
        self.statement.lock().await
    }
}

impl Joined {
    /// Runs one statement.
    async fn run<T>(
        &self,
        writes: bool,
        statement: impl AsyncFnOnce(&Transaction) -> Result<T, DbErr>,
    ) -> Result<T, DbErr> {
        let _turn = if writes {
            Some(self.turn().await?)
        } else {
            None
        };
        let _statement = self.statement.lock().await;
        let root = self.root()?;
        if !writes || self.backend != DbBackend::Postgres {
            return statement(&root).await;
        }
        // On PostgreSQL a statement that fails would make the whole transaction fail. The work may well go on after a value
        // that is not unique, as it could outside of a transaction.
        let savepoint = self.savepoint(&root, TransactionOptions::default()).await?;
        match statement(&savepoint).await {
            Ok(value) => {
                savepoint.commit().await?;
                Ok(value)
            }
            Err(error) => {
                transaction::undo(savepoint).await;
                Err(error)
            }
        }
    }

    /// Begins a transaction within.
    async fn begin_within(&self, options: TransactionOptions) -> Result<Transaction, DbErr> {
        let turn = self.turn().await?;
        let _statement = self.statement.lock().await;
        let root = self.root()?;
        let savepoint = self.savepoint(&root, options).await?;
        Ok(savepoint.holding(Hold {
            _root: root,
            _turn: turn,
            statement: Arc::clone(&self.statement),
        }))
    }

    async fn savepoint(
        &self,
        root: &Transaction,
        options: TransactionOptions,
    ) -> Result<Transaction, DbErr> {
        self.broken.store(true, Ordering::Relaxed);
        let savepoint = root.begin_with_options(options).await?;
        self.broken.store(false, Ordering::Relaxed);
        Ok(savepoint)
    }

    async fn turn(&self) -> Result<OwnedMutexGuard<()>, DbErr> {
        timeout(self.patience, Arc::clone(&self.turn).lock_owned())
            .await
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))
    }

    fn root(&self) -> Result<Arc<Transaction>, DbErr> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(refused(
                "the transaction of this request was undone after an error",
            ));
        }
        self.lock().clone().ok_or_else(ended)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Arc<Transaction>>> {
        self.root.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The statements of the work's handles.
impl Session for Joined {
    fn backend(&self) -> DbBackend {
        self.backend
    }

    fn execute(&self, statement: Statement) -> Answer<'_, ExecResult> {
        let writes = !only_reads(&statement.sql);
        Box::pin(self.run(writes, async |tx| tx.execute_raw(statement).await))
    }

    fn execute_unprepared<'a>(&'a self, sql: &'a str) -> Answer<'a, ExecResult> {
        Box::pin(self.run(true, async |tx| tx.execute_unprepared(sql).await))
    }

    fn query_one(&self, statement: Statement) -> Answer<'_, Option<QueryResult>> {
        let writes = !only_reads(&statement.sql);
        Box::pin(self.run(writes, async |tx| tx.query_one_raw(statement).await))
    }

    fn query_all(&self, statement: Statement) -> Answer<'_, Vec<QueryResult>> {
        let writes = !only_reads(&statement.sql);
        Box::pin(self.run(writes, async |tx| tx.query_all_raw(statement).await))
    }

    fn begin(&self, options: TransactionOptions) -> Answer<'_, Transaction> {
        Box::pin(self.begin_within(options))
    }
}

impl Database for Joined {
    fn begin_locked(&self, _key: i64) -> Answer<'_, Option<(Transaction, Guard)>> {
        Box::pin(async {
            Err(refused(
                "a transaction for a whole piece of work cannot begin within another one",
            ))
        })
    }

    /// Its connection is not its own.
    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

fn ended() -> DbErr {
    refused(
        "the request that this database handle belongs to has ended\nhint: work that goes on after the answer belongs in a job",
    )
}

fn refused(message: &str) -> DbErr {
    DbErr::Exec(RuntimeErr::Internal(message.to_owned()))
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use std::time::Duration;

    use sea_orm::{ConnectionTrait, DbErr, Statement};

    use super::super::{Db, create};
    use crate::config::DatabaseConfig;

    const PATIENCE: Duration = Duration::from_millis(300);
    const INSERT: &str = "INSERT INTO notes (text) VALUES ('a note')";
    /// Rows without end.
    const ENDLESS: &str = "INSERT INTO notes (text) \
        WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT 'row ' || x FROM c";

    async fn database(folder: &tempfile::TempDir) -> Db {
        let config = DatabaseConfig {
            url: format!("sqlite://{}", folder.path().join("notes.sqlite").display()).into(),
            ..DatabaseConfig::default()
        };
        create(&config).await.expect("created");
        let db = Db::connect(&config).await.expect("opened");
        db.execute_unprepared("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)")
            .await
            .expect("created");
        db
    }

    async fn notes(db: &Db) -> i64 {
        let count = Statement::from_string(db.backend(), "SELECT count(*) AS n FROM notes");
        let row = db.query_one_raw(count).await.expect("counted");
        row.expect("a row").try_get("", "n").expect("a number")
    }

    async fn begin(db: &Db, lock: i64) -> Option<super::Whole> {
        db.begin_whole(lock, PATIENCE).await.expect("begun")
    }

    async fn nothing(_: &super::Transaction) -> Result<(), DbErr> {
        Ok(())
    }

    #[tokio::test]
    async fn everything_takes_effect_at_the_end_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = database(&folder).await;
        let whole = begin(&db, 1).await.expect("free");
        whole
            .db()
            .execute_unprepared(INSERT)
            .await
            .expect("written");
        assert_eq!((notes(&db).await, notes(&whole.db()).await), (0, 1));
        assert!(begin(&db, 1).await.is_none(), "the lock is held");
        drop(whole);
        assert_eq!(notes(&db).await, 0);

        let whole = begin(&db, 1).await.expect("free again");
        let handle = whole.db();
        handle.execute_unprepared(INSERT).await.expect("written");
        whole.commit(nothing).await.expect("committed");
        assert_eq!(notes(&db).await, 1);
        let late = handle
            .execute_unprepared(INSERT)
            .await
            .expect_err("too late");
        assert!(late.to_string().contains("has ended"), "{late}");
        db.close().await;
    }

    /// A statement that is given up is interrupted, and SQLite then undoes the transaction: what came next used to take effect
    /// alone.
    #[tokio::test]
    async fn nothing_takes_effect_after_a_statement_that_was_given_up() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = database(&folder).await;
        let whole = begin(&db, 1).await.expect("free");
        let handle = whole.db();
        let endless = handle.execute_unprepared(ENDLESS);
        tokio::time::timeout(Duration::from_millis(50), endless)
            .await
            .expect_err("it does not end");
        handle.execute_unprepared(INSERT).await.expect_err("undone");
        whole.commit(nothing).await.expect_err("undone");
        assert_eq!(notes(&db).await, 0);
        db.execute_unprepared(INSERT).await.expect("written");
        assert_eq!(notes(&db).await, 1);
        db.close().await;
    }
}
