//! The handle of the queue of jobs.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};

use super::{
    Clock,
    metrics::{Counters, Metrics},
    store::{
        self, BatchCreated, BatchId, BatchRecord, Enqueued, Executor, MemoryStore, NewBatch,
        NewJob, SqlStore, Stats, Store, StoreError,
    },
    wake::{Waiter, WakeUps},
};
use crate::{
    config::{Config, DatabaseConfig, JobStore, JobsConfig, QueueConfig},
    db::{Db, Target},
};

/// The handle of the queue of jobs: their store, and what enqueuing needs to know of them. Cheap to clone; every clone is the same
/// queue.
///
/// ```
/// use fw::{prelude::*, queue::store::{JobFilter, Page}};
///
/// async fn newest(ctx: &AppContext) -> Result<()> {
///     let page = Page { before: None, limit: 10 };
///     for job in ctx.queue.store().list(&JobFilter::default(), page).await? {
///         println!("{} {:?}", job.name, job.state);
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct Queue {
    shared: Arc<Shared>,
}

struct Shared {
    store: Arc<dyn Store>,
    queues: BTreeMap<String, QueueConfig>,
    /// The names of the registered jobs; `None` in a context that was built without an application.
    names: Option<Vec<String>>,
    clock: Clock,
    wake_ups: WakeUps,
    counters: Counters,
    /// Whether the store has rate limits.
    has_limits: bool,
}

impl Queue {
    /// The queue of a configuration. `names` are those of the registered jobs.
    pub(crate) fn open(config: &JobsConfig, db: &Db, names: &[&str]) -> Self {
        let (store, notifying): (Arc<dyn Store>, _) = match config.store {
            JobStore::Database => (Arc::new(SqlStore::new(db.clone())), Some(db)),
            JobStore::Memory => (Arc::new(MemoryStore::new()), None),
        };
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Self::new(store, Clock::system(), config, Some(names), notifying)
    }

    /// A store with a connection of its own to the database, for the heartbeats, which must not wait for a connection that a job holds. `None` if
    /// the store of the queue is the only way to the jobs.
    pub(crate) fn store_of_heartbeats(config: &Config) -> Option<Arc<dyn Store>> {
        let is_shared = match Target::parse(config.database.url.expose()) {
            #[cfg(feature = "sqlite")]
            Ok(Target::Sqlite { path }) => path.is_some(),
            #[cfg(feature = "postgres")]
            Ok(Target::Postgres(_)) => true,
            Err(_) => false,
        };
        if config.jobs.store != JobStore::Database || !is_shared {
            return None;
        }
        let database = DatabaseConfig {
            max_connections: 1,
            min_connections: 0,
            ..config.database.clone()
        };
        let db = Db::lazy(&database).ok()?;
        Some(Arc::new(SqlStore::new(db)))
    }

    /// A queue in the memory of this process, which accepts every job and has the default configuration.
    pub fn in_memory() -> Self {
        Self::with_store(Arc::new(MemoryStore::new()), Clock::system())
    }

    /// A queue with a store and a clock of its own, which accepts every job and has the default configuration.
    pub fn with_store(store: Arc<dyn Store>, clock: Clock) -> Self {
        Self::configured(store, clock, &JobsConfig::default())
    }

    /// A queue with a store and a clock of its own, which accepts every job.
    pub(crate) fn configured(store: Arc<dyn Store>, clock: Clock, config: &JobsConfig) -> Self {
        Self::new(store, clock, config, None, None)
    }

    fn new(
        store: Arc<dyn Store>,
        clock: Clock,
        config: &JobsConfig,
        names: Option<Vec<String>>,
        notifying: Option<&Db>,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                store,
                queues: config.all_queues(),
                names,
                clock,
                wake_ups: WakeUps::new(notifying),
                counters: Counters::default(),
                has_limits: matches!(config.store, JobStore::Database | JobStore::Memory),
            }),
        }
    }

    /// The store of the jobs.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.shared.store
    }

    /// The clock by which jobs are due.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// The time by that clock.
    pub fn now(&self) -> DateTime<Utc> {
        self.shared.clock.now()
    }

    /// The queues by name, with their settings.
    pub fn queues(&self) -> &BTreeMap<String, QueueConfig> {
        &self.shared.queues
    }

    /// The counters of this process. See [`Metrics`] for an example.
    pub fn metrics(&self) -> Metrics {
        self.shared.counters.read()
    }

    /// The numbers of the store: of jobs by queue and state, how long the oldest waits, the processes that run jobs. They are the same
    /// for all processes, and counted for each call. See [`Metrics`] for an example.
    pub async fn stats(&self) -> store::Result<Stats> {
        self.store().stats(self.names()).await
    }

    /// A batch, with the numbers of its jobs; `None` if there is none, or if it was deleted some time after its end.
    ///
    /// ```
    /// use fw::{prelude::*, queue::store::BatchId};
    ///
    /// async fn is_done(ctx: &AppContext, import: BatchId) -> Result<bool> {
    ///     let batch = ctx.queue.batch(import).await?.ok_or_else(Error::not_found)?;
    ///     println!("{} of {} jobs have ended, {} failed", batch.total - batch.pending, batch.total, batch.failed);
    ///     Ok(batch.finished_at.is_some())
    /// }
    /// ```
    pub async fn batch(&self, id: BatchId) -> store::Result<Option<BatchRecord>> {
        self.store().batch(id).await
    }

    /// Returns true if the application has registered a job of this name.
    pub fn knows(&self, name: &str) -> bool {
        let names = self.shared.names.as_ref();
        names.is_none_or(|names| names.iter().any(|known| known == name))
    }

    /// Enqueues jobs through a database handle or a transaction, and wakes those that run jobs after its commit.
    pub(crate) async fn enqueue(
        &self,
        executor: Executor<'_>,
        jobs: &[NewJob],
    ) -> store::Result<Vec<Enqueued>> {
        let now = self.now();
        let enqueued = self.store().enqueue_in(executor, jobs, now).await?;
        if enqueued.iter().any(|one| one.is_new()) {
            let wake_ups = self.shared.wake_ups.clone();
            executor.after_commit(move || wake_ups.wake_all());
        }
        Ok(enqueued)
    }

    /// Creates a batch through a database handle or a transaction, and wakes those that run jobs after its commit.
    pub(crate) async fn create_batch(
        &self,
        executor: Executor<'_>,
        batch: &NewBatch,
    ) -> store::Result<BatchCreated> {
        let now = self.now();
        let created = self.store().create_batch_in(executor, batch, now).await?;
        let wake_ups = self.shared.wake_ups.clone();
        executor.after_commit(move || wake_ups.wake_all());
        Ok(created)
    }

    /// The names of the registered jobs, as far as they are known.
    pub(crate) fn names(&self) -> &[String] {
        self.shared.names.as_deref().unwrap_or_default()
    }

    /// Returns true if the store has rate limits.
    pub(crate) fn has_limits(&self) -> bool {
        self.shared.has_limits
    }

    /// Fails if a queue has a rate limit, and the store has none.
    pub(crate) fn check_limits(&self) -> Result<(), StoreError> {
        let is_limited = self.queues().values().any(|queue| queue.rate.is_some());
        if is_limited && !self.shared.has_limits {
            return Err(StoreError::Unsupported {
                what: "rate limits, as `rate` in `[jobs.queues]` asks for",
            });
        }
        Ok(())
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.shared.counters
    }

    pub(crate) fn wake_ups(&self) -> &WakeUps {
        &self.shared.wake_ups
    }

    /// A receiver of wake-ups.
    pub(crate) fn listen(&self) -> Waiter {
        self.shared.wake_ups.listen()
    }
}
