//! The section `[jobs]`: background jobs.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Checks, DatabaseUrl, Rate, Section, redis_url};
use crate::{
    config::{Secret, duration},
    env::Environment,
};

const DAY: Duration = Duration::from_hours(24);

/// The name of the queue that always exists.
const DEFAULT_QUEUE: &str = "default";

/// The section `[jobs]`: background jobs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JobsConfig {
    /// The place of waiting jobs: `database`, `redis` (Cargo feature `redis`), or `memory`, where they are lost when the process ends. Default
    /// `database`.
    pub store: JobStore,
    /// The Redis server, such as `redis://localhost:6379`, if `store` is `redis`. From the variable `FW_JOBS__REDIS_URL` if it has a password.
    pub redis_url: Option<Secret>,
    /// The part of all keys in Redis that tells applications on one server apart, 1–100 characters without braces. Default: the name of the
    /// application.
    pub redis_prefix: Option<String>,
    /// Whether a server runs jobs, besides serving requests. `start --worker` and `start --no-worker` change it. Default `true`.
    pub run: bool,
    /// The number of jobs that a process runs at once, 1–1000. Default 4.
    pub workers: usize,
    /// The queues by name, such as `mail = { weight = 2, concurrency = 2 }`: of the free slots each gets the share of its `weight`, 1–100, and
    /// at most `concurrency`, 1–1000, of its jobs run at once in a process. With `rate = "100/m"` so many begin in a minute, in all
    /// processes together, and at most `burst` of them at once. Default: the queue `default`, which always exists, of weight 1.
    pub queues: BTreeMap<String, QueueConfig>,
    /// The interval of heartbeats, from `100ms` to `5m`: jobs of a process that was killed run elsewhere within 2.25 of them. Default `5s`.
    #[serde(with = "duration")]
    pub beat: Duration,
    /// The time that running jobs may take to finish after the signal to stop, at most `10m`; then they are handed back, to run
    /// again. `server.drain_timeout` limits it. Default `25s`.
    #[serde(with = "duration")]
    pub hand_back_after: Duration,
    /// PostgreSQL: the address at which new jobs are listened for, if `database.url` is that of a pooler of transactions, which cannot. From the
    /// variable `FW_JOBS__LISTEN_URL` if it has a password. Default: `database.url`.
    pub listen_url: Option<Secret>,
    /// The time for which jobs that are done or cancelled are kept, at most `3650d`; dead letters are kept until they are purged. Default `7d`.
    #[serde(with = "duration")]
    pub retention: Duration,
    /// True if the pages that the application mounts with `jobs::board` are served; needs the feature `jobs-board`. Default true with that
    /// feature; in production `false`.
    pub board: bool,
}

const HAS_BOARD: bool = cfg!(feature = "jobs-board");

/// The place of waiting jobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobStore {
    /// The database of the application.
    #[default]
    Database,
    /// A Redis server.
    Redis,
    /// The memory of the process: for tests, and for work that may be lost.
    Memory,
}

/// The settings of a queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QueueConfig {
    /// The share of free slots, relative to the other queues. Default 1.
    pub weight: Option<u32>,
    /// The maximum number of its jobs that run at once in a process. Default: `jobs.workers`.
    pub concurrency: Option<usize>,
    /// The number of its jobs that begin in a time, in all processes together, such as `100/m`. Default: any.
    pub rate: Option<Rate>,
    /// The number of jobs that may begin at once after a pause, 1–10000, if there is a `rate`. Default: those of a tenth of a second, at
    /// least 1.
    pub burst: Option<u32>,
}

impl JobsConfig {
    fn check_redis(&self, checks: &mut Checks) {
        if self.store == JobStore::Redis {
            if !cfg!(feature = "redis") {
                checks.feature("jobs.store", "redis");
            }
            if self.redis_url.is_none() {
                checks.missing(
                    "jobs.redis_url",
                    "the address of the Redis server",
                    "set the variable `FW_JOBS__REDIS_URL`, such as `redis://localhost:6379`",
                );
            }
        }
        if let Some(url) = &self.redis_url
            && let Some((message, hint)) = redis_url::fault(url.expose())
        {
            checks.refused("jobs.redis_url", message.to_owned(), Some(hint.to_owned()));
        }
        if let Some(prefix) = &self.redis_prefix
            && (prefix.is_empty() || prefix.len() > 100 || prefix.contains(['{', '}']))
        {
            checks.wrong(
                "jobs.redis_prefix",
                "a text of 1 to 100 characters without braces",
                format!("`{prefix}`"),
            );
        }
    }

    /// All queues: those of the configuration, and `default`.
    pub(crate) fn all_queues(&self) -> BTreeMap<String, QueueConfig> {
        let mut queues = self.queues.clone();
        queues.entry(DEFAULT_QUEUE.to_owned()).or_default();
        queues
    }
}

impl Default for JobsConfig {
    fn default() -> Self {
        Self {
            store: JobStore::default(),
            redis_url: None,
            redis_prefix: None,
            run: true,
            workers: 4,
            queues: BTreeMap::new(),
            beat: Duration::from_secs(5),
            hand_back_after: Duration::from_secs(25),
            listen_url: None,
            retention: 7 * DAY,
            board: HAS_BOARD,
        }
    }
}

impl Section for JobsConfig {
    /// The defaults: in production there is no board.
    fn defaults(environment: &Environment) -> Self {
        Self {
            board: HAS_BOARD && !environment.is_production(),
            ..Self::default()
        }
    }

    fn check(&self, checks: &mut Checks) {
        checks.range("jobs.workers", &self.workers, 1..=1000);
        for (name, queue) in &self.queues {
            if name.is_empty() || name.len() > 100 {
                checks.wrong(
                    "jobs.queues",
                    "names of 1 to 100 characters",
                    format!("`{name}`"),
                );
            }
            if let Some(weight) = &queue.weight {
                checks.range("jobs.queues", weight, 1..=100);
            }
            if let Some(concurrency) = &queue.concurrency {
                checks.range("jobs.queues", concurrency, 1..=1000);
            }
            if let Some(burst) = &queue.burst {
                checks.range("jobs.queues", burst, 1..=10_000);
                if queue.rate.is_none() {
                    checks.wrong(
                        "jobs.queues",
                        "a `rate` beside `burst`",
                        format!("none for `{name}`"),
                    );
                }
            }
        }
        let shortest = Duration::from_millis(100);
        if self.beat < shortest {
            checks.wrong(
                "jobs.beat",
                "a duration from `100ms` to `5m`",
                format!("`{}`", duration::format(self.beat)),
            );
        }
        checks.time_or_zero("jobs.beat", self.beat, Duration::from_mins(5));
        checks.time_or_zero(
            "jobs.hand_back_after",
            self.hand_back_after,
            Duration::from_mins(10),
        );
        if let Some(url) = &self.listen_url
            && !matches!(
                DatabaseUrl::parse(url.expose()),
                Ok(DatabaseUrl::Postgres { .. })
            )
        {
            checks.wrong(
                "jobs.listen_url",
                "a URL that starts with `postgres:`",
                "another one",
            );
        }
        self.check_redis(checks);
        if self.board && !HAS_BOARD {
            checks.feature("jobs.board", "jobs-board");
        }
        checks.time_or_zero("jobs.retention", self.retention, 3650 * DAY);
    }
}
