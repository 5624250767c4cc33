//! The engine, which runs the jobs of the queue in this process.
//!
//! ```text
//! store ──claim──▶ claimer ──▶ worker (apalis) ──▶ settler ──settle──▶ store
//!                     ▲             │ lost lease: abort
//!                  wake-ups     heartbeats, timer ──beat, rescue, promote──▶ store
//! ```
//!
//! Each part is a task of its own, so that none holds up another one. Clock, random numbers, store and wake-ups come from outside, so a
//! simulation decides them.

mod apart;
mod claimer;
mod lane;
mod lease;
mod pacing;
mod queues;
mod settler;
#[cfg(test)]
mod simulation;
mod timer;
mod work;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::sleep,
};

use self::{
    claimer::Claimer, lane::Lane, lease::Lease, queues::QueueSettings, timer::Timer, work::Running,
};
use super::{Jobs, random::Random, run::Runner};
use crate::{
    config::{JobsConfig, QueueConfig},
    context::{AppContext, CancellationToken},
    error::Error,
    queue::{
        rate_limit_of,
        store::{Fence, Outcome, Retention, Settlement, Store, StoreError},
    },
};

/// The interval at which jobs are looked for without a wake-up, if wake-ups of other processes come.
const POLL_WITH_WAKE_UPS: Duration = Duration::from_secs(5);

/// The interval without them.
const POLL: Duration = Duration::from_secs(1);

/// The wait before an engine of which a part has failed begins anew.
const RESTART_PAUSE: Duration = Duration::from_secs(1);

/// The engine of a process.
#[derive(Clone)]
pub(crate) struct Engine {
    pub(super) app: AppContext,
    pub(super) jobs: Arc<Jobs>,
    pub(super) random: Random,
    settings: Settings,
    /// Opens the store of the heartbeats on their own thread; `None` if they share the store and the runtime of all others.
    heartbeat_store: Option<OpenStore>,
}

/// A function that opens a store.
type OpenStore = Arc<dyn Fn() -> Option<Arc<dyn Store>> + Send + Sync>;

/// The settings of an engine.
#[derive(Clone, Debug)]
struct Settings {
    /// The number of jobs that run at once.
    workers: usize,
    queues: Vec<QueueSettings>,
    beat: Duration,
    retention: Retention,
}

/// The state that the parts of an engine share.
struct Shared {
    app: AppContext,
    jobs: Arc<Jobs>,
    random: Random,
    host: String,
    workers: usize,
    queues: Vec<QueueSettings>,
    beat: Duration,
    retention: Retention,
    running: Arc<Running>,
}

/// An error of the settings of an engine.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EngineError {
    /// A queue that is not configured.
    #[error("there is no queue `{name}`\nhint: the queues are {queues}")]
    UnknownQueue { name: String, queues: String },
}

impl From<EngineError> for Error {
    #[track_caller]
    fn from(error: EngineError) -> Self {
        Self::internal(error)
    }
}

impl Engine {
    /// The engine of an application, for all queues.
    pub(crate) fn new(app: AppContext, jobs: Jobs) -> Self {
        let settings = Settings::of(&app.config.jobs, app.queue.queues());
        Self {
            app,
            jobs: Arc::new(jobs),
            random: Random::new(),
            settings,
            heartbeat_store: None,
        }
    }

    /// Lets the heartbeats have a thread of their own, with a store that `open` opens there; if it returns `None`, the shared one.
    pub(crate) fn with_heartbeats_apart(
        mut self,
        open: impl Fn() -> Option<Arc<dyn Store>> + Send + Sync + 'static,
    ) -> Self {
        self.heartbeat_store = Some(Arc::new(open));
        self
    }

    /// Restricts the engine to some of the queues. Fails if one does not exist.
    pub(crate) fn only(mut self, names: &[String]) -> Result<Self, EngineError> {
        let queues = self.app.queue.queues();
        if let Some(name) = names.iter().find(|name| !queues.contains_key(*name)) {
            return Err(EngineError::UnknownQueue {
                name: name.clone(),
                queues: super::enqueue::list(queues),
            });
        }
        let queues = &mut self.settings.queues;
        queues.retain(|queue| names.contains(&queue.name));
        Ok(self)
    }

    /// Sets the random numbers, which a simulation decides.
    #[cfg(test)]
    fn with_random(mut self, random: Random) -> Self {
        self.random = random;
        self
    }

    /// Runs jobs until `stop` is cancelled; then waits for those that run. When `hand_back` is cancelled they are handed back.
    pub(crate) async fn run(self, stop: CancellationToken, hand_back: CancellationToken) {
        while let Err(part) = self.run_parts(&stop, &hand_back).await {
            tracing::error!(
                part,
                "a part of the engine of jobs has failed, and all begin anew"
            );
            if stop
                .run_until_cancelled(sleep(RESTART_PAUSE))
                .await
                .is_none()
            {
                break;
            }
        }
        self.app.queue.counters().log();
    }

    /// Runs all parts. Fails with the name of one that has failed. Dropping the future ends everything at once, as a kill does.
    async fn run_parts(
        &self,
        stop: &CancellationToken,
        hand_back: &CancellationToken,
    ) -> Result<(), &'static str> {
        let shared = Arc::new(self.shared());
        let (lease_sender, leases) = watch::channel(None);
        let (begin, claimed) = mpsc::channel(shared.workers);
        let (finish_sender, finished) = mpsc::channel(shared.workers);
        let end = CancellationToken::new();

        // These go on until the last outcome is stored.
        let mut beside = JoinSet::new();
        let heartbeats = self.heartbeats(Arc::clone(&shared), lease_sender, end.clone());
        beside.spawn(named("heartbeats", heartbeats));
        let timer = Timer::new(Arc::clone(&shared), leases.clone()).run(end.clone());
        beside.spawn(named("timer", timer));

        // Each of these ends when the one before it has ended.
        let mut chain = JoinSet::new();
        let claiming = Claimer::new(Arc::clone(&shared)).run(leases, begin, stop.clone());
        chain.spawn(named("claimer", claiming));
        let worker = lane::work(Lane {
            claimed,
            runner: Runner::new(
                self.app.clone(),
                Arc::clone(&self.jobs),
                self.random.clone(),
            ),
            finished: finish_sender,
            hand_back: hand_back.clone(),
        });
        chain.spawn(named("worker", async move {
            if let Err(error) = worker.await {
                tracing::error!(%error, "the worker of jobs has failed");
            }
        }));
        chain.spawn(named(
            "settler",
            settler::run(Arc::clone(&shared), finished),
        ));

        while !chain.is_empty() {
            let part = tokio::select! {
                biased;
                Some(part) = chain.join_next() => part,
                Some(part) = beside.join_next() => part,
            };
            match part {
                // None ends before it is asked to.
                Ok("claimer" | "worker" | "settler") if stop.is_cancelled() => {}
                Ok(part) => return Err(part),
                Err(error) => {
                    tracing::error!(%error, "a task of the engine of jobs has panicked");
                    return Err("task");
                }
            }
        }
        end.cancel();
        while beside.join_next().await.is_some() {}
        Ok(())
    }

    /// Keeps the lease of this process until `end` is cancelled.
    fn heartbeats(
        &self,
        shared: Arc<Shared>,
        leases: watch::Sender<Option<Arc<Lease>>>,
        end: CancellationToken,
    ) -> BoxFuture<'static, ()> {
        let common = Arc::clone(shared.app.queue.store());
        match self.heartbeat_store.clone() {
            None => Box::pin(lease::keep(shared, common, leases, end)),
            Some(open) => Box::pin(apart::run(move || {
                let store = open().unwrap_or(common);
                lease::keep(shared, store, leases, end)
            })),
        }
    }

    fn shared(&self) -> Shared {
        let settings = self.settings.clone();
        Shared {
            app: self.app.clone(),
            jobs: Arc::clone(&self.jobs),
            random: self.random.clone(),
            host: host(),
            workers: settings.workers,
            queues: settings.queues,
            beat: settings.beat,
            retention: settings.retention,
            running: Arc::default(),
        }
    }
}

async fn named(name: &'static str, part: impl Future<Output = ()>) -> &'static str {
    part.await;
    name
}

impl Settings {
    fn of(config: &JobsConfig, queues: &BTreeMap<String, QueueConfig>) -> Self {
        let queues = queues.iter().map(|(name, queue)| QueueSettings {
            name: name.clone(),
            weight: queue.weight.unwrap_or(1),
            concurrency: queue.concurrency.unwrap_or(config.workers),
            limit: rate_limit_of(name, queue),
        });
        Self {
            workers: config.workers,
            queues: queues.collect(),
            beat: config.beat,
            retention: Retention {
                done: Some(config.retention),
                dead: None,
                cancelled: Some(config.retention),
            },
        }
    }
}

impl Shared {
    fn store(&self) -> &dyn Store {
        &**self.app.queue.store()
    }

    fn now(&self) -> DateTime<Utc> {
        self.app.queue.now()
    }

    /// The interval at which jobs are looked for without a wake-up.
    fn poll(&self) -> Duration {
        if self.app.queue.wake_ups().come_from_others() {
            POLL_WITH_WAKE_UPS
        } else {
            POLL
        }
    }

    /// Hands runs back that nobody here works on.
    async fn hand_back(&self, runs: &[Fence]) -> Result<(), StoreError> {
        let settlements: Vec<_> = runs
            .iter()
            .map(|fence| Settlement {
                fence: *fence,
                outcome: Outcome::HandBack,
            })
            .collect();
        for some in settlements.chunks(crate::queue::store::MAX_BATCH) {
            self.store().settle(some, self.now()).await?;
        }
        Ok(())
    }
}

/// Logs an error of the store: the first of a row as a warning, as it may pass, and the others for those who look closer.
fn log_failure(what: &str, error: &StoreError, failures: &mut u32) {
    *failures += 1;
    if *failures == 1 {
        tracing::warn!(%error, "cannot {what}; it is tried again");
    } else {
        tracing::debug!(%error, failures, "cannot {what}");
    }
}

/// The name of this process, for people.
fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname");
    let name = name.ok().map(|name| name.trim().to_owned());
    let name = name.or_else(|| std::env::var("HOSTNAME").ok());
    format!("{}:{}", name.unwrap_or_default(), std::process::id())
}
