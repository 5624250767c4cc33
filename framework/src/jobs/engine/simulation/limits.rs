//! The rate limits of several engines over one store, in virtual time.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use crate::{
    config::{Config, DatabaseConfig, QueueConfig},
    context::{AppContext, CancellationToken},
    db::Db,
    jobs::{Engine, Job, JobContext, JobError, Jobs, Key, Limit, random::Random},
    queue::{
        Clock, Queue,
        store::{JobFilter, JobId, MemoryStore, NewJob, Page, RateLimit, State, Store},
    },
};

/// Begins ten times a second at most, of its key.
#[derive(Serialize, Deserialize)]
struct Paced {
    key: Option<String>,
}

impl Job for Paced {
    const NAME: &'static str = "paced";

    fn key(&self) -> Key {
        Key::none()
    }

    fn limit(&self) -> Option<Limit> {
        let key = self.key.as_ref()?;
        Some(Limit::times(10, Duration::from_secs(1), key))
    }

    async fn run(&self, _: &JobContext) -> Result<(), JobError> {
        Ok(())
    }
}

/// Two engines over one store, that run until they are dropped.
struct Pair {
    store: Arc<dyn Store>,
    clock: Clock,
    queues: Vec<Queue>,
    stop: CancellationToken,
}

impl Pair {
    fn new(queue: QueueConfig) -> Self {
        let begin = Instant::now();
        let epoch: DateTime<Utc> = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        let clock =
            Clock::new(move || epoch + TimeDelta::from_std(begin.elapsed()).unwrap_or_default());
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let database = DatabaseConfig {
            url: "sqlite::memory:".into(),
            ..DatabaseConfig::default()
        };
        let db = Db::lazy(&database).expect("a handle that is not used");
        let stop = CancellationToken::new();
        let mut queues = Vec::new();
        for seed in [1, 2] {
            let mut config = Config::default();
            config.jobs.queues = [("default".to_owned(), queue)].into();
            let queue = Queue::configured(Arc::clone(&store), clock.clone(), &config.jobs);
            let ctx = AppContext::builder("limits", config, db.clone())
                .queue(queue.clone())
                .build();
            let engine = Engine::new(ctx, Jobs::new().add::<Paced>());
            let engine = engine.with_random(Random::with_seed(seed));
            tokio::spawn(engine.run(stop.clone(), CancellationToken::new()));
            queues.push(queue);
        }
        Self {
            store,
            clock,
            queues,
            stop,
        }
    }

    async fn enqueue(&self, count: usize, key: Option<&str>) {
        let now = self.clock.now();
        let job = Paced {
            key: key.map(str::to_owned),
        };
        let args = serde_json::to_string(&job).expect("JSON");
        let job = || NewJob::new(JobId::new(), "default", Paced::NAME, args.clone(), now);
        let jobs: Vec<_> = (0..count).map(|_| job()).collect();
        self.store.enqueue(&jobs, now).await.expect("a store");
        for queue in &self.queues {
            queue.wake_ups().wake_this_process();
        }
    }

    /// The times at which the jobs began, in milliseconds from the first on, once all are done.
    async fn begins(&self) -> Vec<i64> {
        let page = Page {
            before: None,
            limit: 1000,
        };
        loop {
            let jobs = self.store.list(&JobFilter::default(), page).await;
            let jobs = jobs.expect("a store");
            if jobs.iter().all(|job| job.state == State::Done) {
                let mut times: Vec<_> = jobs.iter().filter_map(|job| job.started_at).collect();
                times.sort_unstable();
                let first = times[0];
                return times
                    .iter()
                    .map(|time| (*time - first).num_milliseconds())
                    .collect();
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    fn claims(&self) -> u64 {
        let claims = self.queues.iter().map(|queue| queue.metrics().claims);
        claims.sum()
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn limited(rate: &str, burst: Option<u32>) -> QueueConfig {
    QueueConfig {
        rate: Some(rate.parse().expect("a rate")),
        burst,
        ..QueueConfig::default()
    }
}

#[tokio::test(start_paused = true)]
async fn two_engines_share_the_rate_of_a_queue() {
    let pair = Pair::new(limited("10/s", None));
    sleep(Duration::from_millis(50)).await;
    pair.enqueue(50, None).await;
    let begins = pair.begins().await;
    for two in begins.windows(2) {
        assert!(two[1] - two[0] >= 99, "{begins:?}");
    }
    // All permits are used, and nobody asks again and again.
    assert!(begins[49] <= 5500, "{begins:?}");
    assert!(pair.claims() <= 60, "{}", pair.claims());
}

#[tokio::test(start_paused = true)]
async fn after_a_pause_a_burst_begins_at_once() {
    let pair = Pair::new(limited("1/s", Some(5)));
    pair.enqueue(8, None).await;
    let begins = pair.begins().await;
    assert!(begins[4] <= 100, "{begins:?}");
    assert!(begins[5] >= 900 && begins[7] >= 2900, "{begins:?}");
}

#[tokio::test(start_paused = true)]
async fn permits_that_are_not_used_are_given_back() {
    let pair = Pair::new(limited("1/h", Some(3)));
    // Both have looked, and found nothing, many times.
    sleep(Duration::from_secs(30)).await;
    pair.enqueue(3, None).await;
    let begins = pair.begins().await;
    assert!(begins[2] <= 5100, "{begins:?}");
    let limit = RateLimit {
        key: "queue:default".to_owned(),
        interval: Duration::from_hours(1),
        burst: 3,
    };
    let left = pair.store.acquire(&limit, 1, pair.clock.now()).await;
    assert_eq!(left.expect("a store").granted, 0, "not more than there are");
}

#[tokio::test(start_paused = true)]
async fn jobs_of_one_limit_come_back_one_after_another() {
    let pair = Pair::new(QueueConfig::default());
    pair.enqueue(50, Some("bank")).await;
    let begins = pair.begins().await;
    for two in begins.windows(2) {
        assert!(two[1] - two[0] >= 90, "{begins:?}");
    }
    assert!(begins[49] <= 8000, "{begins:?}");
    let limited: u64 = pair
        .queues
        .iter()
        .map(|queue| {
            queue
                .metrics()
                .jobs
                .get("paced")
                .map_or(0, |job| job.limited)
        })
        .sum();
    // Each is put off once, and now and then once more, as the other engine was first.
    assert!(limited <= 150, "{limited}");
}
