//! `answers`: how fast, and with how much memory, applications answer.
//!
//! In each round every contender gets a fresh copy of the same database and a fresh process, held on the first processor
//! core; wrk has the second one. They answer in turn, each kind of request one after the other, so that what is compared is
//! measured within seconds: the speed of a machine that is shared with others changes within minutes. A PostgreSQL server
//! shares wrk's core: where that core is the limit, processor time per request still tells the contenders apart.

use std::fs;

use clap::Args;
use serde_json::{Value, json};

use crate::{
    contender::{Contender, Endpoint, Name, seeded},
    database::{Database, Kind},
    figures::{Figures, Table, Targets},
    loco, say,
    server::{Server, free_port},
    workplace::{self, Build},
    wrk,
};

/// How often a start is measured.
const STARTS: u32 = 10;

/// Seconds of load before each measurement.
const WARM_UP: u32 = 1;

/// Requests per second, latencies, memory, time to start, size: against bare servers, and against Loco
#[derive(Args)]
pub(crate) struct Options {
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Which,
    /// How often everything is measured.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How long one measurement takes.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// How many clients there are at once.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..))]
    connections: u32,
    /// Leaves out all others.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Name>,
    /// Leaves out Loco, whose build takes ten minutes.
    #[arg(long)]
    skip_loco: bool,
    #[command(flatten)]
    build: Build,
}

/// The databases to measure with.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum Which {
    Sqlite,
    Postgres,
    Both,
}

impl Which {
    pub(crate) fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Sqlite => &[Kind::Sqlite],
            Self::Postgres => &[Kind::Postgres],
            Self::Both => &[Kind::Sqlite, Kind::Postgres],
        }
    }
}

/// What is known of a contender's answers to one kind of request.
#[derive(Default)]
struct Answers {
    per_second: Figures,
    p50: Figures,
    p99: Figures,
    failed: Figures,
    /// Microseconds of processor time per request.
    processor: Figures,
}

/// What is known of a contender.
struct Result {
    contender: Contender,
    seeded: Database,
    answers: [Answers; 4],
    start: Figures,
    idle: Figures,
    loaded: Figures,
    peak: Figures,
    /// Megabytes, without symbols.
    size: f64,
}

impl Result {
    fn new(contender: Contender, seeded: Database) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "no binary has 2⁵³ bytes")]
        let size = fs::metadata(&contender.binary).map_or(0.0, |file| file.len() as f64) / 1e6;
        Self {
            contender,
            seeded,
            answers: Default::default(),
            start: Figures::default(),
            idle: Figures::default(),
            loaded: Figures::default(),
            peak: Figures::default(),
            size,
        }
    }

    fn verify(&self) {
        let database = self.seeded.copy();
        let server = self.contender.start(&database);
        for endpoint in Endpoint::ALL {
            self.contender.verify(&server, endpoint);
        }
    }

    /// Both cores are free for it, as they are when a server starts.
    fn measure_starts(&mut self) {
        let database = self.seeded.copy();
        for _ in 0..STARTS {
            let port = free_port();
            let command = self
                .contender
                .serve(&self.contender.binary, database.url(), port);
            let server = self.contender.wait_for(command, port);
            self.start.push(server.started_in.as_secs_f64() * 1e3);
        }
    }

    /// A server for one round, and its database, which must outlive it.
    fn start_round(&mut self) -> (Server, Database) {
        let database = self.seeded.copy();
        let server = self.contender.start(&database);
        self.idle.push(server.memory());
        (server, database)
    }

    /// Loads the server with requests to the endpoint of this number.
    fn measure(&mut self, server: &Server, number: usize, options: &Options) {
        let endpoint = Endpoint::ALL[number];
        let request = self.contender.request(endpoint);
        let load = |seconds| {
            wrk::run(
                server.address,
                &request,
                options.connections,
                seconds,
                &self.contender.scratch,
            )
        };
        load(WARM_UP);
        let before = server.processor_time();
        let counted = load(options.seconds);
        let processor = (server.processor_time() - before) / counted.requests * 1e6;
        say(&format!(
            "{} {endpoint}: {:.0}/s, p99 {:.2} ms, {processor:.1} µs",
            self.contender.name, counted.per_second, counted.p99
        ));
        let answers = &mut self.answers[number];
        answers.per_second.push(counted.per_second);
        answers.p50.push(counted.p50);
        answers.p99.push(counted.p99);
        answers.failed.push(counted.failed);
        answers.processor.push(processor);
    }

    fn measure_memory(&mut self, server: &Server) {
        self.loaded.push(server.memory());
        self.peak.push(server.peak_memory());
    }

    fn json(&self) -> Value {
        let answers: Value = Endpoint::ALL
            .iter()
            .zip(&self.answers)
            .map(|(endpoint, answers)| {
                let figures = json!({
                    "per_second": answers.per_second.json(),
                    "p50_ms": answers.p50.json(),
                    "p99_ms": answers.p99.json(),
                    "failed": answers.failed.json(),
                    "processor_us": answers.processor.json(),
                });
                (endpoint.to_string(), figures)
            })
            .collect();
        json!({
            "answers": answers,
            "start_ms": self.start.json(),
            "idle_mib": self.idle.json(),
            "loaded_mib": self.loaded.json(),
            "peak_mib": self.peak.json(),
            "binary_mb": self.size,
        })
    }
}

pub(crate) fn run(options: &Options) -> Value {
    let kinds = options.database.kinds().iter();
    kinds
        .map(|kind| (kind.word().to_owned(), measure(options, *kind)))
        .collect()
}

fn measure(options: &Options, kind: Kind) -> Value {
    let wanted = |name: Name| {
        (options.only.is_empty() || options.only.contains(&name))
            && !(options.skip_loco && name == Name::Loco)
    };
    let contenders = workplace::contenders(kind, options.build);
    // The bare servers use the tables of framewright's application.
    let tables = seeded(&contenders[0], kind);
    let mut results: Vec<Result> = contenders
        .into_iter()
        .filter(|contender| wanted(contender.name))
        .map(|contender| Result::new(contender, tables.copy()))
        .collect();
    if wanted(Name::Loco) {
        let loco = loco::contender(kind, options.build);
        let tables = seeded(&loco, kind);
        results.push(Result::new(loco, tables));
    }
    for result in &mut results {
        result.verify();
        result.measure_starts();
    }
    for round in 1..=options.rounds {
        say(&format!("round {round} of {}", options.rounds));
        measure_round(&mut results, options);
    }
    print(&results, options, kind);
    let targets = targets(&results);
    let mut figures: Value = results
        .iter()
        .map(|result| (result.contender.name.to_string(), result.json()))
        .collect();
    figures["targets"] = targets;
    figures
}

fn measure_round(results: &mut [Result], options: &Options) {
    let servers: Vec<_> = results.iter_mut().map(Result::start_round).collect();
    for number in 0..Endpoint::ALL.len() {
        for (result, (server, _database)) in results.iter_mut().zip(&servers) {
            result.measure(server, number, options);
        }
    }
    for (result, (server, _database)) in results.iter_mut().zip(&servers) {
        result.measure_memory(server);
    }
}

fn print(results: &[Result], options: &Options, kind: Kind) {
    println!(
        "\n## Answers on {}\n\n{} rounds of {} s, {} connections; median (lowest–highest) of the rounds.\n",
        kind.word(),
        options.rounds,
        options.seconds,
        options.connections
    );
    let mut table = Table::new([
        "",
        "",
        "requests/s",
        "p50 ms",
        "p99 ms",
        "failed",
        "processor µs/request",
    ]);
    for (number, endpoint) in Endpoint::ALL.into_iter().enumerate() {
        for result in results {
            let answers = &result.answers[number];
            table.row([
                endpoint.to_string(),
                result.contender.name.to_string(),
                answers.per_second.show(0),
                answers.p50.show(2),
                answers.p99.show(2),
                answers.failed.show(0),
                answers.processor.show(1),
            ]);
        }
    }
    println!("{table}");
    let mut table = Table::new([
        "",
        "start ms",
        "idle MiB",
        "loaded MiB",
        "highest MiB",
        "binary MB",
    ]);
    for result in results {
        table.row([
            result.contender.name.to_string(),
            result.start.show(1),
            result.idle.show(1),
            result.loaded.show(1),
            result.peak.show(1),
            format!("{:.1}", result.size),
        ]);
    }
    println!("{table}");
}

/// Compares the framework with what was measured beside it. Ratios are those of the same round.
fn targets(results: &[Result]) -> Value {
    let find = |name: Name| results.iter().find(|result| result.contender.name == name);
    let Some(ours) = find(Name::Framewright) else {
        return Value::Null;
    };
    let mut targets = Targets::new();
    if let Some(bare) = find(Name::AxumSeaOrm) {
        for (number, wanted) in [0.70, 0.92, 0.95, 0.90].into_iter().enumerate() {
            let ratio = ours.answers[number]
                .per_second
                .ratios(&bare.answers[number].per_second);
            let what = format!("{}: framewright / axum-sea-orm", Endpoint::ALL[number]);
            targets.at_least(&what, ratio.median(), wanted);
        }
    }
    targets.at_most("create: p99 ms", ours.answers[3].p99.median(), 50.0);
    targets.at_most("start ms", ours.start.median(), 10.0);
    targets.at_most("idle MiB", ours.idle.median(), 14.0);
    targets.at_most("loaded MiB", ours.loaded.median(), 20.0);
    targets.at_most("binary MB", ours.size, 20.0);
    if let Some(loco) = find(Name::Loco) {
        for (number, endpoint) in Endpoint::ALL.into_iter().enumerate() {
            let (ours, loco) = (&ours.answers[number], &loco.answers[number]);
            let what = |figure: &str| format!("{endpoint}: {figure}, framewright / loco");
            targets.at_least(
                &what("requests/s"),
                ours.per_second.ratios(&loco.per_second).median(),
                1.0,
            );
            targets.at_most(&what("p99"), ours.p99.ratios(&loco.p99).median(), 1.0);
        }
        for (what, ours, loco) in [
            ("start", &ours.start, &loco.start),
            ("idle MiB", &ours.idle, &loco.idle),
            ("loaded MiB", &ours.loaded, &loco.loaded),
        ] {
            let what = format!("{what}: framewright / loco");
            targets.at_most(&what, ours.median() / loco.median(), 1.0);
        }
        targets.at_most("binary MB: framewright / loco", ours.size / loco.size, 1.0);
    }
    targets.print()
}
