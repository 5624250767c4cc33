//! `jobs`: how fast background jobs are enqueued and run, how soon they start, and what processes that wait for them cost.
//!
//! Everything is measured with jobs that do nothing, on eight workers. The databases are empty at first and on servers that keep what they
//! have acknowledged; processes may use all cores. What is compared is measured in one run, one contender after the other.

mod framewright;
mod others;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use self::framewright::Figures;
use crate::{
    database::{self, Kind},
    figures::{Table, Targets},
    say,
    workplace::Build,
};

/// The jobs that run at once.
const WORKERS: &str = "8";

/// The jobs of one call.
const BATCH: usize = 500;

/// How fast jobs are enqueued and run, how soon they start, and what idle workers cost: beside bare apalis, and Loco
#[derive(Args)]
pub(crate) struct Options {
    /// Leaves out the other stores.
    #[arg(long, value_enum, value_delimiter = ',')]
    store: Vec<Store>,
    /// Leaves out the other contenders.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Name>,
    /// The jobs that are enqueued in batches, and run.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1_000..=500_000))]
    jobs: u32,
    /// The jobs that have ended before.
    #[arg(long, default_value_t = 1_000_000)]
    finished: u32,
    /// Seconds for which a worker has nothing to do, and seconds of each load of requests.
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// Leaves out everything but the rates.
    #[arg(long)]
    rates_only: bool,
    #[command(flatten)]
    build: Build,
}

/// A store of jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Store {
    Memory,
    Sqlite,
    Postgres,
    Redis,
}

impl Store {
    const ALL: [Self; 4] = [Self::Memory, Self::Sqlite, Self::Postgres, Self::Redis];

    /// The database of the application.
    fn kind(self) -> Kind {
        match self {
            Self::Memory | Self::Sqlite | Self::Redis => Kind::Sqlite,
            Self::Postgres => Kind::Postgres,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Redis => "redis",
        }
    }

    /// The features of the framework that it needs besides the database.
    fn features(self) -> &'static [&'static str] {
        match self {
            Self::Redis => &["redis"],
            _ => &[],
        }
    }

    /// The rates that are wanted, jobs per second: enqueued in batches, and run.
    fn wanted(self) -> Option<(f64, f64)> {
        match self {
            Self::Memory => None,
            Self::Sqlite => Some((2_000.0, 2_000.0)),
            Self::Postgres | Self::Redis => Some((10_000.0, 3_000.0)),
        }
    }
}

/// A system of background jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Name {
    Framewright,
    /// apalis with its own storages.
    Apalis,
    /// The background worker of Loco.
    Loco,
}

impl Name {
    const ALL: [Self; 3] = [Self::Framewright, Self::Apalis, Self::Loco];

    fn word(self) -> &'static str {
        match self {
            Self::Framewright => "framewright",
            Self::Apalis => "apalis",
            Self::Loco => "loco",
        }
    }
}

/// The rates of a contender, jobs per second. One that is not there was not measured.
#[derive(Clone, Copy, Debug, Default)]
struct Rates {
    one_by_one: Option<f64>,
    in_batches: Option<f64>,
    run: Option<f64>,
    /// The median of the times to the start in the same process, in milliseconds.
    start: Option<f64>,
}

impl Rates {
    fn json(self) -> Value {
        json!({
            "one_by_one": self.one_by_one,
            "in_batches": self.in_batches,
            "run": self.run,
            "start_ms": self.start,
        })
    }
}

pub(crate) fn run(options: &Options) -> Value {
    database::be_durable();
    let stores = all_or(&options.store, &Store::ALL);
    let names = all_or(&options.only, &Name::ALL);
    let mut table = Table::new(["", "", "one by one/s", "in batches/s", "run/s", "start ms"]);
    let mut targets = Targets::new();
    let mut all = json!({});
    for store in stores {
        for name in names {
            say(&format!("{} on {}", name.word(), store.word()));
            let rates = if *name == Name::Framewright {
                let figures = framewright::measure(*store, options);
                wanted(&mut targets, *store, &figures);
                say(&format!("{}: {}", store.word(), figures.json()));
                all[store.word()]["other"] = figures.json();
                figures.rates
            } else if let Some(rates) = others::measure(*name, *store, options) {
                rates
            } else {
                continue;
            };
            say(&format!(
                "{} on {}: {}",
                name.word(),
                store.word(),
                rates.json()
            ));
            all[store.word()][name.word()] = rates.json();
            table.row([
                store.word().to_owned(),
                name.word().to_owned(),
                shown(rates.one_by_one, 0),
                shown(rates.in_batches, 0),
                shown(rates.run, 0),
                shown(rates.start, 1),
            ]);
        }
    }
    println!(
        "\n## Background jobs\n\n{} jobs that do nothing, {WORKERS} at once, batches of {BATCH}.\n\n{table}",
        options.jobs
    );
    all["targets"] = targets.print();
    all
}

fn all_or<'a, T>(chosen: &'a [T], all: &'a [T]) -> &'a [T] {
    if chosen.is_empty() { all } else { chosen }
}

fn shown(figure: Option<f64>, decimals: usize) -> String {
    figure.map_or_else(|| "–".to_owned(), |figure| format!("{figure:.decimals$}"))
}

/// Compares what was measured with what is wanted.
fn wanted(targets: &mut Targets, store: Store, figures: &Figures) {
    let what = |name: &str| format!("{}: {name}", store.word());
    let rates = figures.rates;
    if let Some((batches, run)) = store.wanted() {
        let enqueued = rates.in_batches.unwrap_or_default();
        targets.at_least(&what("enqueued in batches/s"), enqueued, batches);
        targets.at_least(&what("run/s"), rates.run.unwrap_or_default(), run);
    }
    if let Some(start) = rates.start {
        targets.at_most(&what("start in the same process, ms"), start, 20.0);
    }
    if let Some(start) = figures.start_elsewhere {
        targets.at_most(&what("start in another process, ms"), start, 50.0);
    }
    if let Some(idle) = &figures.idle {
        targets.at_most(&what("idle worker, % of a core"), idle.processor, 0.5);
        targets.at_most(&what("idle worker, MB"), idle.memory, 18.0);
        if let Some(queries) = idle.most_frequent_query {
            targets.at_most(
                &what("most frequent query or command of an idle worker/s"),
                queries,
                1.0,
            );
        }
    }
    if let Some(run) = figures.run_beside_finished {
        // What is measured twice differs by some percent.
        let before = rates.run.unwrap_or_default();
        targets.at_least(
            &what("run/s beside finished jobs, of that without"),
            run / before,
            0.85,
        );
    }
    if let Some(stats) = figures.stats {
        targets.at_most(&what("`jobs stats` beside finished jobs, s"), stats, 1.0);
    }
    if let Some(request) = &figures.request {
        targets.at_most(
            &what("response time with a job, of that without"),
            request.time,
            1.15,
        );
        say(&format!(
            "{}: processor time of a request with a job, of that without: {:.2}",
            store.word(),
            request.processor
        ));
    }
}
