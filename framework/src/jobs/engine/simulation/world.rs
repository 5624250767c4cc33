//! The world of a simulation: the processes, the jobs, and what happens to them.

mod groups;
mod outages;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

use self::groups::waits_for_ever;
use super::{
    act::{Act, Process, Scene},
    faulty::{Accepted, Faulty, Gate},
    firings::{self, Firings, Tick},
};
use crate::{
    config::{Config, DatabaseConfig, QueueConfig},
    context::{AppContext, CancellationToken},
    db::Db,
    jobs::{Engine, Job, Jobs, random::Random},
    queue::{
        Clock, Queue,
        store::{
            self, BatchId, JobDetail, JobFilter, JobId, JobRecord, KeyScope, MemoryStore, NewJob,
            Page, State, Store,
        },
    },
    scheduler,
};

const BEAT: Duration = Duration::from_secs(1);
const PROCESSES: usize = 3;
const QUEUES: [&str; 2] = ["default", "mail"];

/// The number of things that happen. Most of the time of a simulation is that of the jobs which some of them enqueue.
const EVENTS: usize = 60;

/// The longest time in which everything ends once there are no faults any more: the tries of the slowest job with the waits between.
const TIME_TO_END: Duration = Duration::from_mins(4);

/// The time for which two runs of a job may overlap, though clocks agree: a timer is exact to a millisecond.
const TOLERANCE: Duration = Duration::from_millis(5);

/// A process that runs.
struct Running {
    queue: Queue,
    task: JoinHandle<()>,
    stop: CancellationToken,
    hand_back: CancellationToken,
    connection: Arc<Gate>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The world.
pub(super) struct World {
    random: Random,
    begin: Instant,
    epoch: DateTime<Utc>,
    store: Arc<dyn Store>,
    accepted: Arc<Accepted>,
    firings: Arc<Firings>,
    has_faults: Arc<AtomicBool>,
    scene: Arc<Scene>,
    /// The difference of each process's clock to the true time.
    skews: [TimeDelta; PROCESSES],
    processes: Mutex<Vec<Option<Running>>>,
    enqueued: Mutex<BTreeMap<JobId, Act>>,
    /// The batches, with the jobs at their ends.
    batches: Mutex<Vec<(BatchId, JobId)>>,
    db: Db,
}

impl World {
    pub(super) async fn new(seed: u64) -> Self {
        // From here on times are whole milliseconds of the timer, so that its rounding is the same each time.
        sleep(Duration::from_millis(1)).await;
        let random = Random::with_seed(seed);
        let skew = || {
            let millis = i64::try_from(random.number() % 400).unwrap_or_default() - 200;
            TimeDelta::milliseconds(if seed.is_multiple_of(2) { 0 } else { millis })
        };
        let skews = [skew(), skew(), skew()];
        let config = DatabaseConfig {
            url: "sqlite::memory:".into(),
            ..DatabaseConfig::default()
        };
        Self {
            begin: Instant::now(),
            epoch: DateTime::from_timestamp(1_800_000_000, 0).expect("a time"),
            store: Arc::new(MemoryStore::new()),
            accepted: Arc::default(),
            firings: Arc::default(),
            has_faults: Arc::new(AtomicBool::new(true)),
            scene: Arc::default(),
            skews,
            processes: Mutex::new((0..PROCESSES).map(|_| None).collect()),
            enqueued: Mutex::default(),
            batches: Mutex::default(),
            db: Db::lazy(&config).expect("a handle that is not used"),
            random,
        }
    }

    /// Lets things happen for about half a minute, or two if all processes are gone for a while.
    pub(super) async fn run(&self) {
        for index in 0..PROCESSES {
            self.start(index);
        }
        for _ in 0..EVENTS {
            self.event().await;
            let pause = 100 + self.random.number() % 1000;
            sleep(Duration::from_millis(pause)).await;
            self.kill_those_that_die().await;
        }
    }

    async fn event(&self) {
        let index = usize::try_from(self.random.number()).unwrap_or_default() % PROCESSES;
        match self.random.number() % 20 {
            0 => {
                self.processes()[index] = None;
            }
            1 => {
                if let Some(process) = &self.processes()[index] {
                    process.connection.close();
                }
            }
            2 => self.stop_gracefully(index).await,
            3 => self.cancel_one().await,
            4 if self.random.number().is_multiple_of(8) => self.leave_alone().await,
            4..8 => self.mend(),
            _ => self.enqueue_some().await,
        }
    }

    /// Lets no process be there for a while, so that firings of the schedule are missed.
    async fn leave_alone(&self) {
        for process in self.processes().iter_mut() {
            *process = None;
        }
        let time = 20_000 + self.random.number() % 100_000;
        sleep(Duration::from_millis(time)).await;
    }

    /// Starts what is down, and reconnects what is cut off.
    fn mend(&self) {
        for index in 0..PROCESSES {
            let is_down = match &self.processes()[index] {
                Some(process) => {
                    process.connection.open();
                    process.task.is_finished()
                }
                None => true,
            };
            if is_down {
                self.start(index);
            }
        }
    }

    fn start(&self, index: usize) {
        let connection = Arc::new(Gate::default());
        let store = Faulty {
            store: Arc::clone(&self.store),
            random: self.random.clone(),
            accepted: Arc::clone(&self.accepted),
            firings: Arc::clone(&self.firings),
            has_faults: Arc::clone(&self.has_faults),
            connection: Arc::clone(&connection),
        };
        let (begin, epoch, skew) = (self.begin, self.epoch, self.skews[index]);
        let clock = Clock::new(move || {
            epoch + TimeDelta::from_std(begin.elapsed()).unwrap_or_default() + skew
        });
        let mut config = Config::default();
        config.jobs.beat = BEAT;
        config.jobs.workers = 3;
        let mail = QueueConfig {
            weight: Some(2),
            concurrency: Some(2),
            rate: Some("40/s".parse().expect("a rate")),
            burst: Some(4),
        };
        config.jobs.queues = [("mail".to_owned(), mail)].into();
        let queue = Queue::configured(Arc::new(store), clock, &config.jobs);
        let ctx = AppContext::builder("simulation", config, self.db.clone())
            .queue(queue.clone())
            .build()
            .with(Process {
                index,
                scene: Arc::clone(&self.scene),
            });
        let jobs = Jobs::new().add::<Act>().add::<Tick>();
        let schedule = firings::schedule(&jobs);
        let engine = Engine::new(ctx.clone(), jobs).with_random(self.random.clone());
        let (stop, hand_back) = (CancellationToken::new(), CancellationToken::new());
        let running = engine.run(stop.clone(), hand_back.clone());
        let stop_firing = stop.clone();
        let task = tokio::spawn(async move {
            let firing = stop_firing.run_until_cancelled(scheduler::run(&ctx, schedule));
            tokio::join!(running, firing);
        });
        self.processes()[index] = Some(Running {
            queue,
            task,
            stop,
            hand_back,
            connection,
        });
    }

    async fn stop_gracefully(&self, index: usize) {
        let Some(mut process) = self.processes()[index].take() else {
            return;
        };
        process.stop.cancel();
        let patience = Duration::from_millis(self.random.number() % 3000);
        if timeout(patience, &mut process.task).await.is_err() {
            process.hand_back.cancel();
            // Then it is cut off.
            let _ = timeout(BEAT, &mut process.task).await;
        }
    }

    async fn kill_those_that_die(&self) {
        let to_kill = std::mem::take(&mut self.scene.lock().to_kill);
        for index in to_kill {
            self.processes()[index] = None;
            tokio::task::yield_now().await;
        }
    }

    async fn enqueue_some(&self) {
        let now = self.now();
        let count = 1 + self.random.number() % 6;
        let mut acts = BTreeMap::new();
        let mut jobs = Vec::new();
        for _ in 0..count {
            let act = self.any_act();
            let id = JobId::from(self.random.uuid(now.timestamp_millis()));
            let queue = QUEUES[usize::try_from(self.random.number() % 2).unwrap_or_default()];
            let args = serde_json::to_string(&act).expect("JSON");
            let delay = match self.random.number() % 4 {
                0 => {
                    TimeDelta::milliseconds(i64::try_from(self.random.number() % 5000).unwrap_or(0))
                }
                _ => TimeDelta::zero(),
            };
            let mut job = NewJob::new(id, queue, Act::NAME, args, now + delay);
            job.max_attempts = 4;
            job.priority = i16::try_from(self.random.number() % 3).unwrap_or_default();
            if self.random.number().is_multiple_of(5) {
                job.key = Some(store::Key {
                    value: format!("key-{}", self.random.number() % 3),
                    scope: KeyScope::Live,
                });
            }
            acts.insert(id, act);
            jobs.push(job);
        }
        let group = self.group(jobs, &mut acts);
        let outcomes = self.enqueue_group(group).await;
        for outcome in outcomes {
            if outcome.is_new() {
                let id = outcome.id();
                self.enqueued().insert(id, acts[&id]);
            }
        }
        // Wake-ups come, are lost, or come twice.
        for process in self.processes().iter().flatten() {
            for _ in 0..self.random.number() % 3 {
                process.queue.wake_ups().wake_this_process();
            }
        }
    }

    fn any_act(&self) -> Act {
        match self.random.number() % 24 {
            0..8 => Act::Succeed,
            8..12 => Act::Take {
                millis: self.random.number() % 3000,
            },
            12..15 => Act::FailOnce,
            15 => Act::FailAlways,
            16 => Act::GiveUp,
            17 => Act::Discard,
            18 => Act::Panic,
            19 => Act::Hang,
            20..23 => Act::SnoozeTwice,
            _ => Act::KillItsProcess,
        }
    }

    async fn cancel_one(&self) {
        let ids: Vec<_> = self.enqueued().keys().copied().collect();
        if !ids.is_empty() {
            let index = usize::try_from(self.random.number()).unwrap_or_default() % ids.len();
            let cancelled = self.store.cancel(ids[index], self.now()).await;
            cancelled.expect("no fault");
        }
    }

    /// Ends all faults, waits until everything has ended, and judges what has happened.
    pub(super) async fn verdict(&self) -> Result<String, String> {
        self.has_faults.store(false, Ordering::Relaxed);
        let end = Instant::now() + TIME_TO_END;
        self.mend();
        // For what the schedule has to make up for.
        sleep(10 * BEAT).await;
        loop {
            self.mend();
            self.kill_those_that_die().await;
            let records = self.records().await;
            let keys: Vec<_> = records
                .iter()
                .filter(|record| !record.state.is_final())
                .filter_map(|record| record.key.clone())
                .collect();
            let distinct: BTreeSet<_> = keys.iter().map(|key| &key.value).collect();
            check(distinct.len() == keys.len(), || {
                format!("two jobs that have not ended have one key: {keys:?}")
            })?;
            let open: Vec<_> = records
                .iter()
                .filter(|record| !record.state.is_final() && !waits_for_ever(record, &records))
                .collect();
            if open.is_empty() {
                return self.judge(&records).await;
            }
            check(Instant::now() < end, || {
                format!("jobs are stuck: {open:#?}")
            })?;
            sleep(BEAT).await;
        }
    }

    async fn judge(&self, records: &[JobRecord]) -> Result<String, String> {
        let enqueued = self.enqueued().clone();
        let (ticks, acts): (Vec<_>, Vec<_>) =
            records.iter().partition(|record| record.name == Tick::NAME);
        check(acts.len() == enqueued.len(), || {
            format!(
                "{} jobs were enqueued, {} are there",
                enqueued.len(),
                acts.len()
            )
        })?;
        let slots = self.store.slots().await.expect("no fault");
        self.firings.judge(ticks.len(), &slots, self.now())?;
        let mut summary = format!("{} ticks; ", ticks.len());
        for (id, act) in &enqueued {
            let detail = self.store.show(*id).await.expect("no fault");
            let Some(detail) = detail else {
                return Err(format!("{id} {act:?} is lost"));
            };
            Self::judge_one(*act, &detail)?;
            let job = &detail.job;
            let _ = write!(summary, "{} {} {}; ", job.state, job.attempt, job.token);
        }
        let mut ended = BTreeSet::new();
        for (fence, states) in self.accepted.all() {
            check(states.len() == 1, || {
                format!("{fence:?} was settled more than once: {states:?}")
            })?;
            check(!ended.contains(&fence.id), || {
                format!("{fence:?} was settled as {states:?} after the job had ended")
            })?;
            if states[0].is_final() {
                ended.insert(fence.id);
            }
        }
        self.judge_runs()?;
        self.judge_batches(records).await?;
        Ok(summary)
    }

    fn judge_one(act: Act, detail: &JobDetail) -> Result<(), String> {
        let job = &detail.job;
        check(job.attempt <= job.max_attempts, || {
            format!("{act:?} had too many tries: {detail:#?}")
        })?;
        let usual = match act {
            Act::Succeed | Act::Take { .. } | Act::FailOnce | Act::SnoozeTwice => State::Done,
            Act::Discard => State::Cancelled,
            Act::FailAlways | Act::GiveUp | Act::Panic | Act::Hang | Act::KillItsProcess => {
                State::Dead
            }
        };
        // Processes that were lost cost tries, and three in a row make a job dead; any job may have been cancelled.
        let was_hit = !detail.errors.is_empty() && job.state == State::Dead;
        let waits = job.state == State::Blocked;
        let is_as_expected =
            job.state == usual || job.state == State::Cancelled || was_hit || waits;
        check(is_as_expected, || {
            format!("{act:?} should be {usual}: {detail:#?}")
        })?;
        let is_undisturbed = job.state == State::Done && detail.errors.is_empty();
        let tries = if act == Act::FailOnce { 2 } else { 1 };
        // What was handed back or snoozed has cost no try.
        check(
            !is_undisturbed || job.attempt == tries || act == Act::FailOnce,
            || format!("{act:?} took {} tries: {detail:#?}", job.attempt),
        )
    }

    /// No two runs of a job overlap, if the clocks agree.
    fn judge_runs(&self) -> Result<(), String> {
        if self.has_skew() {
            return Ok(());
        }
        for (job, runs) in &self.scene.lock().runs {
            for pair in runs.windows(2) {
                let end = pair[0].1.unwrap_or_else(Instant::now);
                check(end <= pair[1].0 + TOLERANCE, || {
                    let since = |time: Instant| time - self.begin;
                    format!(
                        "{job} ran twice at once: the first run ended at {:?}, the second began at {:?}",
                        since(end),
                        since(pair[1].0)
                    )
                })?;
            }
        }
        Ok(())
    }

    fn has_skew(&self) -> bool {
        self.skews.iter().any(|skew| *skew != TimeDelta::zero())
    }

    async fn records(&self) -> Vec<JobRecord> {
        let all = Page {
            before: None,
            limit: 10_000,
        };
        self.store
            .list(&JobFilter::default(), all)
            .await
            .expect("no fault")
    }

    fn now(&self) -> DateTime<Utc> {
        self.epoch + TimeDelta::from_std(self.begin.elapsed()).unwrap_or_default()
    }

    fn processes(&self) -> MutexGuard<'_, Vec<Option<Running>>> {
        self.processes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn batches(&self) -> MutexGuard<'_, Vec<(BatchId, JobId)>> {
        self.batches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enqueued(&self) -> MutexGuard<'_, BTreeMap<JobId, Act>> {
        self.enqueued.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn check(is_right: bool, reason: impl FnOnce() -> String) -> Result<(), String> {
    if is_right { Ok(()) } else { Err(reason()) }
}
