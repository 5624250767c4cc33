//! The connection pool.
//!
//! It is our own because the driver's pool pings the server whenever a connection comes back, which costs about as much as a
//! statement, and because a connection whose transaction was dropped must be rolled back before its next use, while its slot in
//! the pool stays occupied.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sea_orm::{ConnAcquireErr, DbErr, ExecResult, QueryResult, RuntimeErr, Statement};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep, timeout, timeout_at},
};

use super::{
    attempts,
    connection::{Connection, StreamEnd},
    stream::RowSender,
};
use crate::config::DatabaseConfig;

/// The limits of a connection pool.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// The maximum number of connections, at least 1.
    pub(super) size: u32,
    /// The time to wait for a connection.
    pub(super) acquire_timeout: Duration,
    /// The time that the reset of a connection may take before it is closed instead.
    pub(super) reset_timeout: Duration,
    /// The expiry of connections; `None` if they live as long as the pool.
    pub(super) expiry: Option<Expiry>,
}

/// The expiry of connections: the times after which they are pinged, closed and replaced.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expiry {
    /// A connection that has been idle for this long is pinged before it is used.
    pub(super) ping_after: Duration,
    /// A connection that has been idle for this long is closed.
    pub(super) idle_timeout: Duration,
    /// A connection is closed at this age.
    pub(super) max_lifetime: Duration,
    /// The number of connections that are kept open even when they are idle.
    pub(super) min_connections: u32,
}

impl Limits {
    /// The limits of a pool of `size` connections, from the configuration.
    pub(super) fn new(size: u32, config: &DatabaseConfig) -> Self {
        Self {
            size,
            acquire_timeout: config.acquire_timeout,
            // A cancelled statement ends at its statement timeout at the latest.
            reset_timeout: config.statement_timeout + Duration::from_secs(1),
            expiry: None,
        }
    }
}

/// A pool of connections to one database, which are opened on demand. Waiters are served in the order of their arrival.
pub(super) struct Pool<C: Connection> {
    options: C::Options,
    limits: Limits,
    /// One permit for each connection that is not checked out, open or not.
    permits: Arc<Semaphore>,
    /// The idle connections. The one that was used last is used next, so that the others reach their idle timeout.
    idle: Mutex<Vec<Live<C>>>,
    closed: AtomicBool,
    maintained: AtomicBool,
}

/// An open connection with the times of its opening and its last use.
struct Live<C> {
    connection: C,
    opened: Instant,
    used: Instant,
}

impl<C: Connection> Pool<C> {
    pub(super) fn new(options: C::Options, limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            options,
            limits,
            permits: Arc::new(Semaphore::new(limits.size as usize)),
            idle: Mutex::default(),
            closed: AtomicBool::new(false),
            maintained: AtomicBool::new(false),
        })
    }

    pub(super) fn acquire_timeout(&self) -> Duration {
        self.limits.acquire_timeout
    }

    /// Checks a connection out, waiting for one for up to `acquire_timeout`.
    pub(super) async fn acquire(self: &Arc<Self>) -> Result<Checkout<C>, DbErr> {
        let permit = Arc::clone(&self.permits).try_acquire_owned().ok();
        if permit.is_some()
            && let Some(live) = self.pop_fresh()
        {
            return Ok(Checkout::new(self, live, permit));
        }
        // In a box, since it is rare and its future is large: every statement would copy it.
        Box::pin(self.wait(permit)).await
    }

    async fn wait(
        self: &Arc<Self>,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Result<Checkout<C>, DbErr> {
        let deadline = Instant::now() + self.limits.acquire_timeout;
        let acquired = async {
            let permit = match permit {
                Some(permit) => permit,
                None => Arc::clone(&self.permits)
                    .acquire_owned()
                    .await
                    .map_err(|_| closed())?,
            };
            if self.is_closed() {
                return Err(closed());
            }
            let live = match self.pop_alive().await {
                Some(live) => live,
                None => self.open(deadline).await?,
            };
            Ok(Checkout::new(self, live, Some(permit)))
        };
        timeout_at(deadline, acquired)
            .await
            .unwrap_or(Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)))
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Live<C>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The idle connection that was used last, unless it must be pinged or replaced first.
    fn pop_fresh(&self) -> Option<Live<C>> {
        let mut idle = self.idle();
        let is_fresh = idle.last().is_some_and(|live| match self.limits.expiry {
            Some(expiry) => {
                live.used.elapsed() < expiry.ping_after.min(expiry.idle_timeout)
                    && live.opened.elapsed() < expiry.max_lifetime
            }
            None => true,
        });
        if is_fresh && !self.is_closed() {
            idle.pop()
        } else {
            None
        }
    }

    /// An idle connection that responds to a ping; those that do not are closed.
    async fn pop_alive(&self) -> Option<Live<C>> {
        loop {
            if let Some(live) = self.pop_fresh() {
                return Some(live);
            }
            let mut live = self.idle().pop()?;
            if !self.is_expired(&live) && live.connection.ping().await.is_ok() {
                return Some(live);
            }
            live.connection.close().await;
        }
    }

    fn is_expired(&self, live: &Live<C>) -> bool {
        self.limits.expiry.is_some_and(|expiry| {
            live.used.elapsed() >= expiry.idle_timeout
                || live.opened.elapsed() >= expiry.max_lifetime
        })
    }

    /// Opens a first connection, so that the error of a server that cannot be used is known at once.
    #[cfg(feature = "postgres")]
    pub(super) async fn connect(self: &Arc<Self>, wait: Duration) -> Result<(), DbErr> {
        let limit = self.limits.acquire_timeout;
        let connected = attempts::connect(wait, limit, || C::open(&self.options)).await;
        let live = self.live(connected.map_err(not_connected)?);
        self.idle().push(live);
        Ok(())
    }

    /// Opens a connection. Only transient errors of a running server are retried, so that requests fail at once while it is down,
    /// and at the deadline with the error of the last attempt, not with that of the pool.
    async fn open(self: &Arc<Self>, deadline: Instant) -> Result<Live<C>, DbErr> {
        if self.is_closed() {
            return Err(closed());
        }
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match attempts::within(left, C::open(&self.options)).await {
                Ok(connection) => return Ok(self.live(connection)),
                Err(sqlx::Error::Database(error))
                    if error.is_transient_in_connect_phase()
                        && Instant::now() + attempts::PAUSE < deadline =>
                {
                    sleep(attempts::PAUSE).await;
                }
                Err(error) => return Err(not_connected(error)),
            }
        }
    }

    fn live(self: &Arc<Self>, connection: C) -> Live<C> {
        self.maintain();
        let now = Instant::now();
        Live {
            connection,
            opened: now,
            used: now,
        }
    }

    /// Starts the task that closes and replaces expired connections, once.
    fn maintain(self: &Arc<Self>) {
        let Some(expiry) = self.limits.expiry else {
            return;
        };
        if self.maintained.swap(true, Ordering::Relaxed) {
            return;
        }
        let pause = expiry.idle_timeout.min(expiry.max_lifetime) / 4;
        let pause = pause.clamp(Duration::from_millis(100), Duration::from_secs(30));
        let pool = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                // In a box, as the future contains itself by way of `open`.
                let still_open: futures_util::future::BoxFuture<'_, bool> =
                    Box::pin(replace_expired(&pool, expiry));
                if !still_open.await {
                    return;
                }
                sleep(pause).await;
            }
        });
    }

    fn open_connections(&self) -> usize {
        let in_use = self.limits.size as usize - self.permits.available_permits();
        in_use + self.idle().len()
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Closes every connection after its current statement or transaction; from now on `acquire` fails.
    pub(super) async fn close(&self) {
        self.closed.store(true, Ordering::Release);
        // With all permits, no connection is checked out.
        let all = self.permits.acquire_many(self.limits.size).await;
        let idle = std::mem::take(&mut *self.idle());
        for live in idle {
            live.connection.close().await;
        }
        drop(all);
    }
}

/// Closes expired idle connections and opens new ones up to `min_connections`. Returns false once the pool is closed or dropped.
async fn replace_expired<C: Connection>(pool: &Weak<Pool<C>>, expiry: Expiry) -> bool {
    let Some(pool) = pool.upgrade().filter(|pool| !pool.is_closed()) else {
        return false;
    };
    let least = expiry.min_connections as usize;
    while let Ok(_permit) = pool.permits.try_acquire() {
        let live = {
            let mut idle = pool.idle();
            let spare = idle.len() > least;
            let expired = idle.iter().position(|live| {
                live.opened.elapsed() >= expiry.max_lifetime
                    || (spare && live.used.elapsed() >= expiry.idle_timeout)
            });
            expired.map(|at| idle.remove(at))
        };
        match live {
            Some(live) => live.connection.close().await,
            None => break,
        }
    }
    while pool.open_connections() < least
        && let Ok(_permit) = pool.permits.try_acquire()
        && let Ok(live) = pool
            .open(Instant::now() + pool.limits.acquire_timeout)
            .await
    {
        pool.idle().push(live);
    }
    true
}

fn not_connected(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
}

fn closed() -> DbErr {
    DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)
}

/// A connection that is checked out of the pool. It goes back when it is dropped, after an unfinished statement or transaction
/// has been ended.
pub(super) struct Checkout<C: Connection> {
    live: Option<Live<C>>,
    condition: Condition,
    pool: Arc<Pool<C>>,
    /// Released after the connection is back.
    permit: Option<OwnedSemaphorePermit>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    /// No statement runs, and no transaction is open.
    Clean,
    /// A statement may still be running, or has failed.
    Running,
    /// A transaction may be open.
    InTransaction,
}

impl<C: Connection> Checkout<C> {
    fn new(pool: &Arc<Pool<C>>, live: Live<C>, permit: Option<OwnedSemaphorePermit>) -> Self {
        Self {
            live: Some(live),
            condition: Condition::Clean,
            pool: Arc::clone(pool),
            permit,
        }
    }

    pub(super) fn connection(&mut self) -> &mut C {
        let live = self.live.as_mut().expect("it is taken only by `drop`");
        &mut live.connection
    }

    /// Records that no statement runs and no transaction is open.
    pub(super) fn mark_clean(&mut self) {
        self.condition = Condition::Clean;
    }

    /// Records that a transaction may be open.
    pub(super) fn mark_in_transaction(&mut self) {
        self.condition = Condition::InTransaction;
    }

    /// Waits for a cancelled statement to end, and rolls back an open transaction.
    pub(super) async fn reset(&mut self) -> Result<(), sqlx::Error> {
        let in_transaction = self.condition == Condition::InTransaction;
        self.connection().reset(in_transaction).await?;
        self.mark_clean();
        Ok(())
    }

    /// Runs a statement outside of a transaction.
    pub(super) async fn execute(mut self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.condition = Condition::Running;
        let result = self.connection().execute(statement).await;
        self.finish(result)
    }

    /// Runs statements outside of a transaction.
    pub(super) async fn execute_unprepared(mut self, sql: &str) -> Result<ExecResult, DbErr> {
        // There may be a `BEGIN` among them, which must not stay open for the next user of the connection.
        self.condition = Condition::InTransaction;
        let result = self.connection().execute_unprepared(sql).await;
        if result.is_ok() && super::statement::may_begin(sql) {
            return result;
        }
        self.finish(result)
    }

    /// Runs a query outside of a transaction.
    pub(super) async fn query_one(
        mut self,
        statement: Statement,
    ) -> Result<Option<QueryResult>, DbErr> {
        self.condition = Condition::Running;
        let result = self.connection().query_one(statement).await;
        self.finish(result)
    }

    /// Runs a query outside of a transaction.
    pub(super) async fn query_all(
        mut self,
        statement: Statement,
    ) -> Result<Vec<QueryResult>, DbErr> {
        self.condition = Condition::Running;
        let result = self.connection().query_all(statement).await;
        self.finish(result)
    }

    /// Sends the rows of a statement, which takes effect at its end.
    pub(super) async fn stream(mut self, statement: Statement, rows: &RowSender) {
        self.condition = match C::STREAM_BEGIN {
            Some(_) => Condition::InTransaction,
            None => Condition::Running,
        };
        let connection = self.connection();
        let result = async {
            if let Some(begin) = C::STREAM_BEGIN {
                connection.control(begin.into()).await?;
            }
            let end = connection.stream(statement, rows).await?;
            if C::STREAM_BEGIN.is_some() && end == StreamEnd::Complete {
                connection.control("COMMIT".into()).await?;
            }
            Ok(end)
        };
        match result.await {
            Ok(StreamEnd::Complete) => self.mark_clean(),
            Ok(StreamEnd::Cancelled) => {}
            Err(error) => drop(rows.send(Err(error)).await),
        }
    }

    /// Records the end of the statement. After a failure the connection is reset before its next use.
    fn finish<T>(mut self, result: Result<T, DbErr>) -> Result<T, DbErr> {
        if result.is_ok() {
            self.mark_clean();
        }
        result
    }
}

impl<C: Connection> Drop for Checkout<C> {
    fn drop(&mut self) {
        let Some(mut live) = self.live.take() else {
            return;
        };
        if self.condition == Condition::Clean {
            live.used = Instant::now();
            self.pool.idle().push(live);
            return;
        }
        // Without a runtime, or while it shuts down, the connection will not be used again: dropping it closes it.
        if let Ok(runtime) = Handle::try_current() {
            let in_transaction = self.condition == Condition::InTransaction;
            let (pool, permit) = (Arc::clone(&self.pool), self.permit.take());
            runtime.spawn(async move {
                let reset = live.connection.reset(in_transaction);
                if let Ok(Ok(())) = timeout(pool.limits.reset_timeout, reset).await {
                    live.used = Instant::now();
                    pool.idle().push(live);
                } else {
                    tracing::debug!("a connection could not be used again and is closed");
                }
                drop(permit);
            });
        }
    }
}
