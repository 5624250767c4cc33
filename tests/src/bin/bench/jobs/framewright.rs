//! The framework's own jobs.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use fw_tests::{
    app::succeed,
    http::{self, Connection},
    process::Process,
    redis,
};
use serde_json::{Value, json};

use super::{BATCH, Options, Rates, Store, WORKERS};
use crate::{
    contender::{Contender, Request, migrate},
    database::{Database, Kind, StatementLog},
    figures::{self, Table},
    say,
    server::{START, Server, free_port, on_core},
    workplace, wrk,
};

/// The jobs that are enqueued one by one.
const ONE_BY_ONE: u32 = 2_000;

/// The jobs whose start is measured, and the wait between two.
const STARTS: usize = 100;
const PAUSE: Duration = Duration::from_millis(30);

/// The time after which a process has done what it does at its start.
const REST: Duration = Duration::from_secs(5);

/// The time that a run may take.
const PATIENCE: Duration = Duration::from_mins(5);

/// The rounds of requests, with a job and without in turn.
const ROUNDS: usize = 5;

/// Clients of those requests.
const CONNECTIONS: u32 = 16;

/// What was measured on a store.
#[derive(Default)]
pub(super) struct Figures {
    pub(super) rates: Rates,
    /// The median of the times to the start in another process, in milliseconds.
    pub(super) start_elsewhere: Option<f64>,
    pub(super) idle: Option<Idle>,
    /// Jobs per second beside many finished ones.
    pub(super) run_beside_finished: Option<f64>,
    /// The seconds of `jobs stats` beside them.
    pub(super) stats: Option<f64>,
    pub(super) request: Option<RequestCost>,
}

/// What a job costs the request that enqueues it in its transaction: that of one with a job, by that of one without.
pub(super) struct RequestCost {
    /// The response time, for one client at a time.
    pub(super) time: f64,
    /// The processor time of the server, for many clients.
    pub(super) processor: f64,
}

/// A worker without jobs.
pub(super) struct Idle {
    /// Percent of a core.
    pub(super) processor: f64,
    /// Megabytes.
    pub(super) memory: f64,
    /// How often per second the most frequent statement comes.
    pub(super) most_frequent_query: Option<f64>,
}

impl Figures {
    pub(super) fn json(&self) -> Value {
        let idle = self.idle.as_ref().map(|idle| {
            json!({
                "processor_percent": idle.processor,
                "memory_mb": idle.memory,
                "most_frequent_query": idle.most_frequent_query,
            })
        });
        json!({
            "start_elsewhere_ms": self.start_elsewhere,
            "idle": idle,
            "run_beside_finished": self.run_beside_finished,
            "stats_s": self.stats,
            "request_time": self.request.as_ref().map(|request| request.time),
            "request_processor_time": self.request.as_ref().map(|request| request.processor),
        })
    }
}

pub(super) fn measure(store: Store, options: &Options) -> Figures {
    let bench = Bench {
        app: workplace::application(store.kind(), store.features(), options.build),
        redis: (store == Store::Redis).then(redis::Server::private),
        store,
        options,
    };
    let mut figures = Figures {
        rates: bench.rates(&bench.database()),
        ..Figures::default()
    };
    if options.rates_only {
        return figures;
    }
    figures.rates.start = Some(bench.start_in_process());
    if store == Store::Memory {
        return figures;
    }
    figures.start_elsewhere = Some(bench.start_elsewhere());
    figures.idle = Some(bench.idle());
    figures.request = Some(bench.request_cost());
    if store == Store::Redis {
        return figures;
    }
    let database = bench.database();
    bench.add_finished(&database);
    figures.stats = Some(bench.stats(&database));
    figures.run_beside_finished = bench.rates(&database).run;
    figures
}

struct Bench<'a> {
    app: Contender,
    redis: Option<redis::Server>,
    store: Store,
    options: &'a Options,
}

impl Bench<'_> {
    /// A database with the tables of the application, and no jobs anywhere.
    fn database(&self) -> Database {
        if let Some(redis) = &self.redis {
            redis.cli(&["flushall"]);
        }
        let database = Database::empty(self.store.kind(), &self.app.scratch);
        migrate(&self.app, &database);
        database
    }

    fn command(&self, database: &Database, arguments: &[&str]) -> Command {
        let mut command = self
            .app
            .command(&self.app.binary, database.url(), arguments);
        let store = match self.store {
            Store::Memory => "memory",
            Store::Sqlite | Store::Postgres => "database",
            Store::Redis => "redis",
        };
        if let Some(redis) = &self.redis {
            command.env("FW_JOBS__REDIS_URL", redis.url());
        }
        command
            .env("FW_JOBS__STORE", store)
            .env("FW_JOBS__WORKERS", WORKERS)
            // What happens to each of many thousands of jobs is of no interest.
            .env("FW_LOGGER__LEVEL", "warn");
        command
    }

    fn serve(&self, database: &Database, arguments: &[&str], delays: Option<&Path>) -> Server {
        let port = free_port();
        let number = port.to_string();
        let mut words = vec!["start", "--port", &number];
        words.extend(arguments);
        let mut command = self.command(database, &words);
        // One request enqueues many jobs.
        command.env("FW_MIDDLEWARE__TIMEOUT__AFTER", "5m");
        if let Some(delays) = delays {
            command.env("BENCH_DELAYS", delays);
        }
        let log = self.app.scratch.join("jobs.log");
        Server::start(command, port, "/ping", &log, START)
    }

    /// A process that runs only jobs.
    fn worker(&self, database: &Database, delays: Option<&Path>) -> Worker {
        let mut command = self.command(database, &["start", "--worker"]);
        if let Some(delays) = delays {
            command.env("BENCH_DELAYS", delays);
        }
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Worker(child.expect("the application can be started"))
    }

    /// The rates of enqueuing, and then of running what is there.
    fn rates(&self, database: &Database) -> Rates {
        // In memory there is one process, which runs the jobs while they are enqueued.
        let is_shared = self.store != Store::Memory;
        let server = self.serve(
            database,
            if is_shared { &["--no-worker"] } else { &[] },
            None,
        );
        let fill = |jobs: u32, batch: usize| {
            let path = format!("/bench/jobs?jobs={jobs}&batch={batch}");
            let filled = call(&server, "POST", &path);
            f64::from(jobs) / number(&filled, "seconds")
        };
        let one_by_one = fill(ONE_BY_ONE, 1);
        let in_batches = fill(self.options.jobs, BATCH);
        let worker = is_shared.then(|| self.worker(database, None));
        let begin = Instant::now();
        while number(&call(&server, "GET", "/bench/jobs/left"), "jobs") > 0.0 {
            assert!(begin.elapsed() < PATIENCE, "the jobs do not end");
            thread::sleep(Duration::from_millis(500));
        }
        let jobs = self.options.jobs;
        let path = format!("/bench/jobs/span?jobs={jobs}&batch=1");
        let span = call(&server, "GET", &path);
        drop(worker);
        Rates {
            one_by_one: Some(one_by_one),
            in_batches: Some(in_batches),
            run: Some(f64::from(jobs) / number(&span, "seconds")),
            start: None,
        }
    }

    fn start_in_process(&self) -> f64 {
        let delays = self.delays();
        let database = self.database();
        let server = self.serve(&database, &[], Some(&delays));
        thread::sleep(Duration::from_secs(1));
        median_of_starts(&server, &delays)
    }

    fn start_elsewhere(&self) -> f64 {
        let delays = self.delays();
        let database = self.database();
        let server = self.serve(&database, &["--no-worker"], None);
        let _worker = self.worker(&database, Some(&delays));
        thread::sleep(Duration::from_secs(2));
        median_of_starts(&server, &delays)
    }

    /// A file for the times of starts, which is not there yet.
    fn delays(&self) -> std::path::PathBuf {
        let file = self.app.scratch.join("delays");
        // Of an earlier measurement, if there was one.
        let _ = fs::remove_file(&file);
        file
    }

    fn idle(&self) -> Idle {
        let database = self.database();
        let worker = self.worker(&database, None);
        thread::sleep(REST);
        let process = Process(worker.0.id());
        let log = Log::begin(self.redis.as_ref(), &database);
        let (before, begin) = (process.processor_time(), Instant::now());
        thread::sleep(Duration::from_secs(u64::from(self.options.seconds)));
        let seconds = begin.elapsed().as_secs_f64();
        let used = process.processor_time().saturating_sub(before);
        let statements = log.map(Log::end);
        if let Some(statements) = &statements {
            let mut table = Table::new(["statement or command of an idle worker", "per second"]);
            for (statement, count) in statements {
                table.row([
                    statement.clone(),
                    format!("{:.2}", f64::from(*count) / seconds),
                ]);
            }
            println!("\n{table}");
        }
        let most = statements.map(|all| all.values().max().copied().unwrap_or_default());
        #[expect(clippy::cast_precision_loss, reason = "no process has 2⁵³ bytes")]
        let memory = process.memory() as f64 / 1e6;
        Idle {
            processor: used.as_secs_f64() / seconds * 100.0,
            memory,
            most_frequent_query: most.map(|most| f64::from(most) / seconds),
        }
    }

    /// The cost of a request that adds a row and a job, by that of one that adds a row.
    fn request_cost(&self) -> RequestCost {
        let database = self.database();
        let port = free_port();
        let command = self.command(
            &database,
            &["start", "--no-worker", "--port", &port.to_string()],
        );
        let log = self.app.scratch.join("jobs.log");
        let server = Server::start(on_core(0, &command), port, "/ping", &log, START);
        let seconds = (self.options.seconds / 5).max(1);
        let mut times = [figures::Figures::new(), figures::Figures::new()];
        let mut processor = times.clone();
        for _ in 0..ROUNDS {
            for (place, path) in ["/bench/row", "/bench/row-with-job"].iter().enumerate() {
                let request = Request {
                    method: "POST",
                    path: (*path).to_owned(),
                    headers: Vec::new(),
                    body: None,
                };
                let load = |clients| {
                    let scratch = &self.app.scratch;
                    wrk::run(server.address, &request, clients, seconds, scratch)
                };
                let time = 1e6 / load(1).per_second;
                let before = server.processor_time();
                let many = load(CONNECTIONS);
                let each = (server.processor_time() - before) / many.requests * 1e6;
                say(&format!(
                    "{path}: {time:.0} µs alone; {CONNECTIONS} clients: {:.0}/s, {each:.1} µs of the processor",
                    many.per_second
                ));
                times[place].push(time);
                processor[place].push(each);
            }
        }
        let ratio = |[without, with]: [figures::Figures; 2]| with.ratios(&without).median();
        RequestCost {
            time: ratio(times),
            processor: ratio(processor),
        }
    }

    /// Adds jobs that have ended.
    fn add_finished(&self, database: &Database) {
        let finished = self.options.finished;
        say(&format!("{finished} finished jobs"));
        let columns = "fw_jobs (id, queue, name, args, priority, state, run_at, attempt, max_attempts, token, \
                       started_at, finished_at, created_at)";
        // Their ids are older than those of all others, which begin with the time.
        let values =
            "'default', 'nothing', '{}', 0, 'done', 1, 1, 5, 1, 1, 1700000000000000 + i, 1";
        database.run(&match self.store.kind() {
            Kind::Sqlite => format!(
                "WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {finished}) \
                 INSERT INTO {columns} SELECT CAST(x'00000000' || randomblob(12) AS blob), {values} FROM numbers"
            ),
            Kind::Postgres => format!(
                "INSERT INTO {columns} SELECT overlay(gen_random_uuid()::text PLACING '00000000' FROM 1)::uuid, {values} FROM generate_series(1, {finished}) AS numbers(i)"
            ),
        });
        if self.store.kind() == Kind::Postgres {
            database.run("VACUUM ANALYZE fw_jobs");
        }
    }

    /// The seconds of `jobs stats`, the second time.
    fn stats(&self, database: &Database) -> f64 {
        let mut seconds = 0.0;
        for _ in 0..2 {
            let begin = Instant::now();
            succeed(&mut self.command(database, &["jobs", "stats"]));
            seconds = begin.elapsed().as_secs_f64();
        }
        seconds
    }
}

/// What a process asks of the store.
enum Log {
    Statements(StatementLog),
    Commands(redis::Monitor),
}

impl Log {
    /// Counts from now on; `None` if nobody could count, as there is no server.
    fn begin(redis: Option<&redis::Server>, database: &Database) -> Option<Self> {
        let Some(redis) = redis else {
            return database.log_statements().map(Self::Statements);
        };
        Some(Self::Commands(redis.monitor()))
    }

    /// How often each statement or command came. A call of a script counts as the operation that it is for.
    fn end(self) -> BTreeMap<String, u32> {
        let monitor = match self {
            Self::Statements(log) => return log.statements(),
            Self::Commands(monitor) => monitor,
        };
        let mut counts = BTreeMap::new();
        for command in monitor.end() {
            let name = match command.as_slice() {
                [evalsha, _, _, _, operation, ..] if evalsha.eq_ignore_ascii_case("evalsha") => {
                    format!("script: {operation}")
                }
                [name, ..] => name.to_ascii_lowercase(),
                [] => continue,
            };
            *counts.entry(name).or_default() += 1;
        }
        counts
    }
}

/// A process that runs only jobs. It is asked to end when this is dropped.
struct Worker(std::process::Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let asked = Command::new("kill")
            .args(["-s", "TERM", &self.0.id().to_string()])
            .status();
        if !asked.is_ok_and(|status| status.success()) {
            // It may have ended already.
            let _ = self.0.kill();
        }
        let _ = self.0.wait();
    }
}

/// Enqueues jobs one after another, and gives the median of the times to their start, in milliseconds.
fn median_of_starts(server: &Server, delays: &Path) -> f64 {
    let mut connection = Connection::open(server.address).expect("the server listens");
    for _ in 0..STARTS {
        let response = connection.request("POST", "/bench/jobs/stamp", &[], b"");
        let response = response.unwrap_or_else(|failed| panic!("{}", failed.error));
        assert_eq!(response.status, 204, "{}", response.text());
        thread::sleep(PAUSE);
    }
    let begin = Instant::now();
    loop {
        let text = fs::read_to_string(delays).unwrap_or_default();
        let delays = text.lines().filter_map(|line| line.parse::<f64>().ok());
        let delays: Vec<_> = delays.collect();
        if delays.len() == STARTS {
            let delays: figures::Figures = delays.into_iter().map(|micros| micros / 1e3).collect();
            say(&format!("start after {} ms", delays.show(1)));
            return delays.median();
        }
        assert!(
            begin.elapsed() < START,
            "{} of {STARTS} have run",
            delays.len()
        );
        thread::sleep(Duration::from_millis(50));
    }
}

fn call(server: &Server, method: &str, path: &str) -> Value {
    let response = http::request(server.address, method, path, &[], b"");
    let response = response.unwrap_or_else(|error| panic!("{path}: {error}"));
    assert_eq!(response.status, 200, "{path}: {}", response.text());
    response.json()
}

fn number(response: &Value, name: &str) -> f64 {
    response[name]
        .as_f64()
        .unwrap_or_else(|| panic!("{response} has no `{name}`"))
}
