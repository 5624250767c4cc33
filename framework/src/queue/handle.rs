//! The handle of the queue of jobs.

use std::{collections::BTreeMap, future::pending, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

use super::{
    Clock,
    metrics::{Counters, Metrics},
    store::{
        self, Backlog, BatchCreated, BatchId, BatchRecord, Enqueued, Executor, MemoryStore,
        NewBatch, NewJob, SqlStore, Stats, Store, StoreError,
    },
    wake::{NEWS, Place, Waiter, WakeUps},
};
#[cfg(feature = "redis")]
use super::{relay::Relay, store::RedisStore};
use crate::{
    config::{Config, DatabaseConfig, JobStore, JobsConfig, QueueConfig},
    db::{self, Db, Target},
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
    #[cfg(feature = "redis")]
    redis: Option<Redis>,
}

/// Redis as the place of the jobs.
#[cfg(feature = "redis")]
struct Redis {
    store: RedisStore,
    relay: Relay,
}

impl Queue {
    /// The queue of a configuration, which connects at its first use. `names` are those of the registered jobs.
    ///
    /// Fails if the address of the store cannot be used.
    pub(crate) fn open(
        config: &JobsConfig,
        app_name: &str,
        db: &Db,
        names: &[&str],
    ) -> store::Result<Self> {
        let names = Some(names.iter().map(|name| (*name).to_owned()).collect());
        let clock = Clock::system();
        Ok(match config.store {
            JobStore::Database => {
                let place = Some(Place::Database(db.clone()));
                let store = Arc::new(SqlStore::new(db.clone()));
                Self::new(store, clock, config, names, place)
            }
            JobStore::Memory => Self::new(Arc::new(MemoryStore::new()), clock, config, names, None),
            #[cfg(feature = "redis")]
            JobStore::Redis => {
                let url = config.redis_url.as_ref().map_or("", |url| url.expose());
                let prefix = config.redis_prefix.as_deref().unwrap_or(app_name);
                let redis = RedisStore::lazy(url, prefix)?;
                let store: Arc<dyn Store> = Arc::new(redis.clone());
                let wake_ups = WakeUps::new(Some(Place::Redis(redis.clone())));
                let relay = Relay::new(db, Arc::clone(&store), clock.clone(), wake_ups.clone());
                Self {
                    shared: Arc::new(Shared {
                        store,
                        queues: config.all_queues(),
                        names,
                        clock,
                        wake_ups,
                        counters: Counters::default(),
                        has_limits: false,
                        redis: Some(Redis {
                            store: redis,
                            relay,
                        }),
                    }),
                }
            }
            #[cfg(not(feature = "redis"))]
            JobStore::Redis => {
                let _ = app_name;
                return Err(store::StoreError::MissingFeature { feature: "redis" });
            }
        })
    }

    /// Waits for the server of the jobs for up to `wait`, if they have one of their own. Fails if it cannot be reached.
    #[cfg_attr(
        not(feature = "redis"),
        expect(clippy::unused_async, reason = "only Redis is a server of its own")
    )]
    pub(crate) async fn connect(&self, wait: Duration) -> store::Result {
        #[cfg(feature = "redis")]
        if let Some(redis) = &self.shared.redis {
            redis.store.connect(wait).await?;
            for weakness in redis.store.weaknesses().await.unwrap_or_default() {
                tracing::warn!("{weakness}");
            }
        }
        let _ = wait;
        Ok(())
    }

    /// Does `work`, and relays beside it what transactions enqueue, if the jobs are in another place than the database.
    pub(crate) async fn relaying<T>(&self, work: impl Future<Output = T>) -> T {
        #[cfg(feature = "redis")]
        if let Some(redis) = &self.shared.redis {
            return redis.relay.beside(work).await;
        }
        work.await
    }

    /// Relays what transactions have enqueued so far.
    #[cfg_attr(
        not(feature = "redis"),
        expect(clippy::unused_async, reason = "only to Redis is relayed")
    )]
    pub(crate) async fn relay(&self) -> store::Result {
        #[cfg(feature = "redis")]
        if let Some(redis) = &self.shared.redis {
            redis.relay.relay_all().await?;
        }
        Ok(())
    }

    /// The jobs that wait to be relayed; `None` if the jobs are not in another place than the database.
    #[cfg_attr(
        not(feature = "redis"),
        expect(clippy::unused_async, reason = "only to Redis is relayed")
    )]
    pub(crate) async fn backlog(&self) -> store::Result<Option<Backlog>> {
        #[cfg(feature = "redis")]
        if let Some(redis) = &self.shared.redis {
            return redis.relay.backlog().await.map(Some);
        }
        Ok(None)
    }

    /// The settings of the server of the jobs with which some may be lost, each with a hint.
    #[cfg_attr(
        not(feature = "redis"),
        expect(clippy::unused_async, reason = "only Redis is a server of its own")
    )]
    pub(crate) async fn weaknesses(&self) -> store::Result<Vec<String>> {
        #[cfg(feature = "redis")]
        if let Some(redis) = &self.shared.redis {
            return redis.store.weaknesses().await;
        }
        Ok(Vec::new())
    }

    /// Hears of what other processes enqueue, for ever.
    pub(crate) async fn watch_others(&self, config: &Config) {
        let wake_ups = &self.shared.wake_ups;
        let listening = |is_listening| wake_ups.set_listening(is_listening);
        let changed = || wake_ups.wake_this_process();
        #[cfg(feature = "redis")]
        if let Some(redis) = &self.shared.redis {
            redis.store.watch(listening, changed).await;
        }
        if config.jobs.store == JobStore::Database {
            let mut database = config.database.clone();
            if let Some(url) = &config.jobs.listen_url {
                database.url = url.clone();
                database.transaction_pooling = false;
            }
            db::changes::watch(&database, &NEWS, listening, changed).await;
        }
        pending::<()>().await;
    }

    /// A store with a connection of its own, for the heartbeats, which must not wait for a connection that a job holds. `None` if
    /// the store of the queue is the only way to the jobs.
    pub(crate) fn store_of_heartbeats(&self, config: &Config) -> Option<Arc<dyn Store>> {
        #[cfg(feature = "redis")]
        if let Some(redis) = &self.shared.redis {
            return Some(Arc::new(redis.store.apart(config.jobs.beat / 2)));
        }
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
        place: Option<Place>,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                store,
                queues: config.all_queues(),
                names,
                clock,
                wake_ups: WakeUps::new(place),
                counters: Counters::default(),
                has_limits: matches!(config.store, JobStore::Database | JobStore::Memory),
                #[cfg(feature = "redis")]
                redis: None,
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
        #[cfg(feature = "redis")]
        if self.shared.redis.is_some() && executor.is_transaction() {
            let queue = self.clone();
            executor.after_commit(move || queue.wake_relay());
            return Ok(enqueued);
        }
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

    #[cfg(feature = "redis")]
    fn wake_relay(&self) {
        if let Some(redis) = &self.shared.redis {
            redis.relay.wake();
        }
    }

    pub(crate) fn wake_ups(&self) -> &WakeUps {
        &self.shared.wake_ups
    }

    /// A receiver of wake-ups.
    pub(crate) fn listen(&self) -> Waiter {
        self.shared.wake_ups.listen()
    }
}
