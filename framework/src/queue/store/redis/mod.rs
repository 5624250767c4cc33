//! The store on a Redis server.
//!
//! Each operation is one Lua script, or one command, and so one atomic step; what the keys are is in `lua/common.lua`. All keys have the
//! same hash tag, so that two applications may share a server. Batches, chains, steps and rate limits need the database.

mod administration;
mod codec;
mod connection;
mod enqueue;
mod listener;
mod run;
mod server;

use std::{fmt, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use redis::Client;
use sea_orm::prelude::async_trait::async_trait;

use self::connection::{Connection, TIMEOUT};
use super::{
    BatchCreated, BatchId, BatchRecord, Beat, Cancelled, Claim, Enqueued, Executor, Fence,
    JobDetail, JobFilter, JobId, JobRecord, NewBatch, NewJob, Page, Permits, Promoted, RateLimit,
    Replayed, Rescued, Result, Retention, Settled, Settlement, Slot, Stats, Store, StoreError,
    Worker, WorkerId, sql, time::from_micros, time::micros,
};

/// A store of jobs on a Redis server. Cheap to clone; every clone uses the same connection.
///
/// Jobs that are enqueued in a transaction of the database go to its [`Outbox`](super::Outbox), and from there to Redis after the commit.
/// A server relays them.
///
/// ```no_run
/// use std::time::Duration;
///
/// use fw::queue::store::{JobId, NewJob, RedisStore, Store, StoreError};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), StoreError> {
/// let store = RedisStore::lazy("redis://localhost:6379", "blog")?;
/// store.connect(Duration::from_secs(1)).await?;
/// for weakness in store.weaknesses().await? {
///     eprintln!("{weakness}");
/// }
/// let now = chrono::Utc::now();
/// let job = NewJob::new(JobId::new(), "default", "welcome", "null", now);
/// store.enqueue(&[job], now).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedisStore {
    connection: Arc<Connection>,
}

impl RedisStore {
    /// The store on the server of `url`, which connects at its first use. `prefix` is a part of all keys, so that several applications
    /// may use one server; it has no braces.
    ///
    /// Fails when the URL or the prefix cannot be used.
    pub fn lazy(url: &str, prefix: &str) -> Result<Self> {
        let refused = |reason: &str| StoreError::Url {
            reason: reason.to_owned(),
        };
        if prefix.is_empty() || prefix.contains(['{', '}']) {
            return Err(refused("the prefix of the keys is empty, or has a brace"));
        }
        // The error of the driver may show what is wrong, which may be the password.
        let client = Client::open(url).map_err(|_| {
            refused("it is not one of the form `redis://user:password@host:6379/0`")
        })?;
        let base = format!("{{fw:{prefix}}}:");
        Ok(Self {
            connection: Arc::new(Connection::new(client, base, TIMEOUT)),
        })
    }

    /// The same store with a connection of its own, on which responses are waited for up to `timeout`.
    pub(crate) fn apart(&self, timeout: Duration) -> Self {
        Self {
            connection: Arc::new(self.connection.again(timeout.min(TIMEOUT))),
        }
    }

    /// Connects. A server that is not there yet, or that is starting, is waited for, for `wait`.
    pub async fn connect(&self, wait: Duration) -> Result {
        self.connection.wait(wait).await
    }

    /// The settings of the server with which jobs may be lost, each with a hint.
    pub async fn weaknesses(&self) -> Result<Vec<String>> {
        server::weaknesses(&self.connection).await
    }

    /// Wakes all processes that listen.
    pub(crate) async fn wake_others(&self) -> Result {
        listener::publish(&self.connection).await
    }

    /// Calls `changed` when another process wakes this one; `listening` is told whether it could.
    pub(crate) async fn watch(&self, listening: impl Fn(bool) + Send, changed: impl Fn() + Send) {
        listener::watch(&self.connection, listening, changed).await;
    }
}

/// The error of a feature that needs the database.
fn unsupported<T>(what: &'static str) -> Result<T> {
    Err(StoreError::Unsupported { what })
}

#[async_trait]
impl Store for RedisStore {
    /// Enqueues jobs. More than 500, or 4 MiB of arguments, are enqueued in several steps.
    async fn enqueue(&self, jobs: &[NewJob], now: DateTime<Utc>) -> Result<Vec<Enqueued>> {
        enqueue::enqueue(&self.connection, "enqueue", jobs, micros(now)).await
    }

    async fn enqueue_in(
        &self,
        executor: Executor<'_>,
        jobs: &[NewJob],
        now: DateTime<Utc>,
    ) -> Result<Vec<Enqueued>> {
        if !executor.is_transaction() {
            return self.enqueue(jobs, now).await;
        }
        enqueue::check_all(jobs)?;
        let foreseen = enqueue::foresee(&self.connection, jobs, micros(now)).await?;
        // All of them: whether a key is still taken is decided after the commit.
        sql::add_to_outbox(executor, jobs, now).await?;
        Ok(foreseen)
    }

    async fn relay(&self, jobs: &[NewJob], now: DateTime<Utc>) -> Result<Vec<Enqueued>> {
        enqueue::enqueue(&self.connection, "relay", jobs, micros(now)).await
    }

    async fn ping(&self) -> Result {
        self.connection.ping().await?;
        server::check_role(&self.connection).await
    }

    async fn register(&self, worker: &Worker) -> Result {
        run::register(&self.connection, worker).await
    }

    async fn beat(
        &self,
        worker: WorkerId,
        lease_until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Beat> {
        run::beat(&self.connection, worker, micros(lease_until), micros(now)).await
    }

    async fn unregister(&self, worker: WorkerId, _: DateTime<Utc>) -> Result {
        run::unregister(&self.connection, worker).await
    }

    async fn clock(&self) -> Result<Option<DateTime<Utc>>> {
        let time = enqueue::clock(&self.connection).await?;
        Ok(Some(from_micros(time)))
    }

    async fn claim(&self, claim: Claim<'_>, now: DateTime<Utc>) -> Result<Vec<JobRecord>> {
        run::claim(&self.connection, claim, micros(now)).await
    }

    async fn settle(&self, settlements: &[Settlement], now: DateTime<Utc>) -> Result<Vec<Settled>> {
        run::settle(&self.connection, settlements, micros(now)).await
    }

    async fn settle_in(
        &self,
        _: Executor<'_>,
        _: &Settlement,
        _: DateTime<Utc>,
    ) -> Result<Settled> {
        unsupported("settlements in a transaction of the database (`complete_in`)")
    }

    async fn held(&self, worker: WorkerId) -> Result<Vec<Fence>> {
        run::held(&self.connection, worker).await
    }

    async fn progress(&self, run: Fence, thousandths: u16) -> Result<bool> {
        run::progress(&self.connection, run, thousandths).await
    }

    async fn step(&self, _: JobId, _: &str) -> Result<Option<String>> {
        unsupported("steps")
    }

    async fn save_step(&self, _: Fence, _: &str, _: &str, _: DateTime<Utc>) -> Result<bool> {
        unsupported("steps")
    }

    async fn promote(&self, limit: u32, now: DateTime<Utc>) -> Result<Promoted> {
        run::promote(&self.connection, limit, micros(now)).await
    }

    async fn next_due(&self) -> Result<Option<DateTime<Utc>>> {
        let due = run::next_due(&self.connection).await?;
        due.map(|due| codec::read_time(&due)).transpose()
    }

    async fn rescue(&self, limit: u32, now: DateTime<Utc>) -> Result<Vec<Rescued>> {
        run::rescue(&self.connection, limit, micros(now)).await
    }

    async fn prune(&self, retention: &Retention, limit: u32, now: DateTime<Utc>) -> Result<u64> {
        administration::prune(&self.connection, retention, limit, micros(now)).await
    }

    async fn list(&self, filter: &JobFilter, page: Page) -> Result<Vec<JobRecord>> {
        administration::list(&self.connection, filter, page).await
    }

    async fn show(&self, job: JobId) -> Result<Option<JobDetail>> {
        administration::show(&self.connection, job).await
    }

    async fn stats(&self, known: &[String]) -> Result<Stats> {
        administration::stats(&self.connection, known).await
    }

    async fn cancel(&self, job: JobId, now: DateTime<Utc>) -> Result<Cancelled> {
        administration::cancel(&self.connection, job, micros(now)).await
    }

    async fn replay(&self, job: JobId, now: DateTime<Utc>) -> Result<Replayed> {
        administration::replay(&self.connection, job, micros(now)).await
    }

    async fn purge(&self, filter: &JobFilter, limit: u32, now: DateTime<Utc>) -> Result<u64> {
        administration::purge(&self.connection, filter, limit, micros(now)).await
    }

    async fn purge_one(&self, job: JobId, now: DateTime<Utc>) -> Result<bool> {
        administration::purge_one(&self.connection, job, micros(now)).await
    }

    async fn pause(&self, queue: &str, _: DateTime<Utc>) -> Result {
        administration::set_paused(&self.connection, "SADD", queue).await
    }

    async fn resume(&self, queue: &str) -> Result {
        administration::set_paused(&self.connection, "SREM", queue).await
    }

    async fn plan(&self, slots: &[Slot]) -> Result {
        enqueue::plan(&self.connection, slots).await
    }

    async fn slots(&self) -> Result<Vec<Slot>> {
        enqueue::slots(&self.connection).await
    }

    async fn fire(
        &self,
        schedule: &str,
        at: DateTime<Utc>,
        next: DateTime<Utc>,
        jobs: &[NewJob],
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<Enqueued>>> {
        let times = (micros(at), micros(next));
        enqueue::fire(&self.connection, schedule, times, jobs, micros(now)).await
    }

    async fn unplan(&self, schedule: &str) -> Result<bool> {
        enqueue::unplan(&self.connection, schedule).await
    }

    async fn create_batch(&self, _: &NewBatch, _: DateTime<Utc>) -> Result<BatchCreated> {
        unsupported("batches")
    }

    async fn create_batch_in(
        &self,
        _: Executor<'_>,
        _: &NewBatch,
        _: DateTime<Utc>,
    ) -> Result<BatchCreated> {
        unsupported("batches")
    }

    async fn batch(&self, _: BatchId) -> Result<Option<BatchRecord>> {
        unsupported("batches")
    }

    async fn acquire(&self, _: &RateLimit, _: u32, _: DateTime<Utc>) -> Result<Permits> {
        unsupported("rate limits that processes share")
    }

    async fn give_back(&self, _: &RateLimit, _: u32) -> Result {
        unsupported("rate limits that processes share")
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisStore({})", self.connection.address())
    }
}
