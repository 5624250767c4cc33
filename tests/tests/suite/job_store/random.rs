//! Random operations: every store does what the one in memory does.
//!
//! `JOB_STORE_SEED=7` runs one seed alone, `JOB_STORE_SEEDS=1000` that many.

use std::{fmt::Debug, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use fw::{
    queue::store::{
        BatchId, Claim, Fence, JobFilter, JobId, JobRecord, Key, KeyScope, MemoryStore, NewBatch,
        NewJob, Outcome, Page, RateLimit, Retention, Settlement, Slot, State, Store, Worker,
        WorkerId,
    },
    sea_orm::ConnectionTrait,
};

use fw_tests::redis;

use super::{Subject, at, id, redis_store};
use crate::stored_values::Random;

const OPERATIONS: u64 = 100;

/// The tables, those that refer to others first.
const TABLES: [&str; 9] = [
    "fw_job_errors",
    "fw_job_steps",
    "fw_jobs",
    "fw_job_workers",
    "fw_job_keys",
    "fw_job_batches",
    "fw_job_queues",
    "fw_job_limits",
    "fw_job_schedules",
];

/// A random life of the same jobs in two stores.
struct Lives<'a> {
    stores: [&'a dyn Store; 2],
    /// Whether both have batches, chains, steps and rate limits.
    has_everything: bool,
    random: Random,
    now: DateTime<Utc>,
    workers: Vec<WorkerId>,
    /// Runs of now and before.
    runs: Vec<Fence>,
    batches: u64,
    log: Vec<String>,
}

impl Lives<'_> {
    fn of(&mut self, limit: u64) -> i64 {
        i64::try_from(self.random.below(limit)).expect("small")
    }

    fn count(&mut self, limit: u64) -> u32 {
        u32::try_from(self.random.below(limit)).expect("small")
    }

    fn one_in(&mut self, limit: u64) -> bool {
        self.random.below(limit) == 0
    }

    fn time(&mut self) -> DateTime<Utc> {
        let seconds = self.of(40) - 20;
        self.now + TimeDelta::seconds(seconds) + TimeDelta::microseconds(self.of(3))
    }

    fn id(&mut self) -> JobId {
        id(1 + self.random.below(60))
    }

    fn worker(&mut self) -> WorkerId {
        let index = self.random.below(self.workers.len() as u64);
        self.workers[usize::try_from(index).expect("small")]
    }

    fn batch(&mut self) -> BatchId {
        uuid(self.random.below(self.batches + 1))
            .parse()
            .expect("an id")
    }

    fn queue(&mut self) -> &'static str {
        self.random.pick(&["default", "default", "mail"])
    }

    fn job(&mut self) -> NewJob {
        let scope = self.random.pick(&[
            KeyScope::Once,
            KeyScope::Live,
            KeyScope::Live,
            KeyScope::Period(Duration::from_secs(15)),
        ]);
        let has_key = self.one_in(2);
        let value = self.random.pick(&["a", "b", "c", "d"]).to_owned();
        let name = self.random.pick(&["one", "one", "two"]);
        let run_at = self.time();
        let after = self.id();
        let batch = self.batch();
        NewJob {
            priority: self.random.pick(&[0, 0, 3, -3]),
            max_attempts: 1 + self.count(3),
            key: has_key.then_some(Key { value, scope }),
            after: (self.one_in(4) && self.has_everything).then_some(after),
            batch: (self.one_in(8) && self.has_everything).then_some(batch),
            erase_args: self.one_in(4),
            meta: self.one_in(4).then(|| "{}".to_owned()),
            ..NewJob::new(self.id(), self.queue(), name, "[1]", run_at)
        }
    }

    fn jobs(&mut self, limit: u64) -> Vec<NewJob> {
        (0..self.random.below(limit)).map(|_| self.job()).collect()
    }

    fn outcome(&mut self) -> Outcome {
        let at = self.time();
        let error = "failed".to_owned();
        match self.random.below(9) {
            0..3 => Outcome::Done {
                result: self.one_in(2).then(|| "7".to_owned()),
            },
            3 | 4 => Outcome::Retry { at, error },
            5 => Outcome::Snooze { at },
            6 => Outcome::HandBack,
            7 => Outcome::Dead { error },
            _ => Outcome::Discard { reason: error },
        }
    }

    fn run(&mut self) -> Fence {
        // The latest are most often right.
        let known = self.runs.len() as u64;
        let back = self.random.below(known.clamp(1, 12));
        let index = usize::try_from(known.saturating_sub(1 + back)).expect("small");
        let unknown = Fence {
            id: id(1),
            token: 1,
        };
        self.runs.get(index).copied().unwrap_or(unknown)
    }

    /// One operation on both stores, which must answer alike.
    #[expect(clippy::too_many_lines, reason = "a list of operations")]
    async fn step(&mut self) {
        let passed = self.of(6) * self.of(6);
        self.now += TimeDelta::milliseconds(passed * 500);
        let now = self.now;
        /// Calls both stores and compares their answers.
        macro_rules! both {
            ($store:ident => $call:expr) => {{
                let $store = self.stores[0];
                let first = $call.await;
                let $store = self.stores[1];
                let second = $call.await;
                self.compare(stringify!($call), &first, &second);
                first
            }};
        }
        match self.random.below(40) {
            0..8 => {
                let jobs = self.jobs(5);
                self.log.push(format!("{jobs:?}"));
                let _ = both!(store => store.enqueue(&jobs, now));
            }
            8..15 => {
                let names = self.random.pick(&[&["one", "two"][..], &["one"]]);
                let names: Vec<String> = names.iter().map(ToString::to_string).collect();
                let claim = Claim {
                    worker: self.worker(),
                    queue: self.queue(),
                    names: &names,
                    limit: self.count(4),
                };
                let runs = both!(store => store.claim(claim, now)).expect("claimed");
                self.runs.extend(runs.iter().map(JobRecord::fence));
            }
            15..23 => {
                let settlements: Vec<_> = (0..self.random.below(4))
                    .map(|_| Settlement {
                        fence: self.run(),
                        outcome: self.outcome(),
                    })
                    .collect();
                self.log.push(format!("{settlements:?}"));
                let _ = both!(store => store.settle(&settlements, now));
            }
            23 | 24 => {
                let limit = self.count(5);
                let _ = both!(store => store.promote(limit, now));
            }
            25 => {
                let limit = self.count(4);
                let _ = both!(store => store.rescue(limit, now));
            }
            26 => {
                let worker = self.worker();
                let until = self.time() + TimeDelta::seconds(90);
                let _ = both!(store => store.beat(worker, until, now));
            }
            27 => {
                let id = WorkerId::new();
                let worker = Worker {
                    id,
                    host: "host".to_owned(),
                    queues: Vec::new(),
                    started_at: now,
                    lease_until: now + TimeDelta::seconds(90),
                };
                self.workers.push(id);
                let _ = both!(store => store.register(&worker));
            }
            28 => {
                let worker = self.worker();
                let _ = both!(store => store.held(worker));
                if self.one_in(4) {
                    let _ = both!(store => store.unregister(worker, now));
                }
            }
            29 => {
                let id = self.id();
                let _ = both!(store => store.cancel(id, now));
            }
            30 | 31 => {
                let id = self.id();
                let _ = both!(store => store.replay(id, now));
            }
            32 => {
                let filter = JobFilter {
                    states: self
                        .random
                        .pick(&[&[][..], &[State::Done], &[State::Dead, State::Cancelled]])
                        .to_vec(),
                    queue: Some(self.queue().to_owned()),
                    ..JobFilter::default()
                };
                let limit = self.count(3);
                let _ = both!(store => store.purge(&filter, limit, now));
                let id = self.id();
                let _ = both!(store => store.purge_one(id, now));
            }
            33 => {
                let mut kept = || Some(Duration::from_secs(self.random.below(40)));
                let retention = Retention {
                    done: kept(),
                    dead: kept(),
                    cancelled: kept(),
                };
                let limit = self.count(6);
                let _ = both!(store => store.prune(&retention, limit, now));
            }
            34 | 35 | 39 if !self.has_everything => {}
            34 | 35 => {
                self.batches += 1;
                let batch = NewBatch {
                    id: uuid(self.batches).parse().expect("an id"),
                    description: "batch".to_owned(),
                    jobs: self.jobs(4),
                    callback: self.one_in(2).then(|| NewJob {
                        after: None,
                        ..self.job()
                    }),
                };
                self.log.push(format!("{batch:?}"));
                let _ = both!(store => store.create_batch(&batch, now));
            }
            36 => {
                let (run, progress) = (self.run(), 7);
                let name = self.random.pick(&["x", "y"]);
                let result = self.random.below(9).to_string();
                let _ = both!(store => store.progress(run, progress));
                if self.has_everything {
                    let _ = both!(store => store.save_step(run, name, &result, now));
                }
            }
            37 => {
                let queue = self.queue();
                if self.one_in(2) {
                    let _ = both!(store => store.pause(queue, now));
                } else {
                    let _ = both!(store => store.resume(queue));
                }
            }
            38 => {
                let slot = Slot {
                    name: "slot".to_owned(),
                    spec: self.random.pick(&["1", "2"]).to_owned(),
                    next_at: at(self.of(3)),
                };
                let _ = both!(store => store.plan(std::slice::from_ref(&slot)));
                let (due, next) = (at(self.of(3)), at(self.of(3)));
                let jobs = self.jobs(2);
                let _ = both!(store => store.fire("slot", due, next, &jobs, now));
            }
            _ => {
                let limit = RateLimit {
                    key: self.random.pick(&["k", "l"]).to_owned(),
                    interval: Duration::from_secs(3),
                    burst: 3,
                };
                let wanted = self.count(5);
                let _ = both!(store => store.acquire(&limit, wanted, now));
                let unused = self.count(2);
                let _ = both!(store => store.give_back(&limit, unused));
            }
        }
        let all = Page {
            before: None,
            limit: 1_000,
        };
        let filter = JobFilter::default();
        let jobs = both!(store => store.list(&filter, all)).expect("listed");
        self.check(&jobs);
        let _ = both!(store => store.stats(&["one".to_owned()]));
        let _ = both!(store => store.next_due());
    }

    /// Rules that hold for the jobs of a store at any time.
    fn check(&self, jobs: &[JobRecord]) {
        let mut live_keys = Vec::new();
        for job in jobs {
            assert!(job.attempt <= job.max_attempts, "{job:?}");
            if let Some(key) = &job.key
                && key.scope == KeyScope::Live
                && !job.state.is_final()
            {
                live_keys.push((&job.name, &key.value));
            }
        }
        let all = live_keys.len();
        live_keys.sort();
        live_keys.dedup();
        assert_eq!(
            live_keys.len(),
            all,
            "two live jobs have one key\n{}",
            self.log.join("\n")
        );
    }

    /// Everything that is left.
    async fn end(&mut self) {
        for number in 1..=60 {
            let shown = self.stores.map(|store| store.show(id(number)));
            let [first, second] = shown;
            self.compare("show", &first.await, &second.await);
        }
        // There are none if one of the stores has no batches.
        for number in 1..=self.batches {
            let batch: BatchId = uuid(number).parse().expect("an id");
            let [first, second] = self.stores.map(|store| store.batch(batch));
            self.compare("batch", &first.await, &second.await);
        }
        let [first, second] = self.stores.map(Store::slots);
        self.compare("slots", &first.await, &second.await);
    }

    #[track_caller]
    fn compare(&mut self, call: &str, first: &impl Debug, second: &impl Debug) {
        let (first, second) = (format!("{first:?}"), format!("{second:?}"));
        let reads = ["list", "stats", "next_due"];
        if !reads.iter().any(|read| call.contains(read)) {
            self.log.push(format!("{} {call} = {first}", self.now));
        }
        assert_eq!(second, first, "{call}\n\n{}", tail(&self.log));
    }
}

/// The last lines of a log.
fn tail(log: &[String]) -> String {
    let from = log.len().saturating_sub(30);
    log[from..].join("\n")
}

fn uuid(number: u64) -> String {
    format!("b{number:031x}")
}

async fn empty(subject: &Subject) {
    for table in TABLES {
        let delete = format!("DELETE FROM {table}");
        let deleted = subject.db.execute_unprepared(&delete).await;
        deleted.expect("deleted");
    }
}

async fn compare(subject: &Subject, seeds: u64) {
    let setting = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let seeds = match setting("JOB_STORE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..setting("JOB_STORE_SEEDS").unwrap_or(seeds),
    };
    for seed in seeds {
        println!("JOB_STORE_SEED={seed}");
        let store: Arc<dyn Store> = if subject.is_redis {
            Arc::new(redis_store(&redis::server().url()))
        } else {
            empty(subject).await;
            Arc::clone(&subject.store)
        };
        let memory = MemoryStore::new();
        let mut lives = Lives {
            stores: [&memory, &*store],
            has_everything: !subject.is_redis,
            random: Random(seed),
            now: at(0),
            workers: vec![WorkerId::new()],
            runs: Vec::new(),
            batches: 0,
            log: Vec::new(),
        };
        for _ in 0..OPERATIONS {
            lives.step().await;
        }
        lives.end().await;
    }
}

#[tokio::test]
async fn sqlite_does_what_memory_does() {
    compare(&Subject::sqlite().await, 40).await;
}

#[tokio::test]
async fn postgres_does_what_memory_does() {
    compare(&Subject::postgres().await, 20).await;
}

#[tokio::test]
async fn redis_does_what_memory_does() {
    compare(&Subject::redis().await, 60).await;
}
