//! Proves that no job is lost: real processes in trouble on each store, and the simulation with many seeds. `tests/prove` runs it.

mod application;
mod simulation;

use std::{
    process::ExitCode,
    time::{Duration, Instant, SystemTime},
};

use clap::{Parser, ValueEnum};
use fw_tests::proof::{Store, Trial, Trouble};

/// The time in which everything is over.
const LIMIT: Duration = Duration::from_mins(30);

/// Proves that no job is lost: real processes in trouble on each store, and the simulation with many seeds.
///
/// Exits with 1 if a rule is violated, and says with which seed.
#[derive(Parser)]
struct Arguments {
    /// Leaves out the other stores.
    #[arg(long, value_enum, value_delimiter = ',')]
    store: Vec<Store>,
    /// Leaves out the other parts.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    /// Who is hit by what follows from it; a seed of the clock if there is none. With `--only simulation` this seed runs alone.
    #[arg(long)]
    seed: Option<u64>,
    /// The number of jobs of each trial.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    jobs: u32,
    /// The number of seeds of the simulation.
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
}

/// A part of the proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Processes are killed and stopped, the server of the database is restarted.
    Chaos,
    /// The same with jobs that end in the transaction of their effect.
    Exact,
    /// Processes are asked to end.
    Term,
    /// The engine in virtual time, with seeded faults.
    Simulation,
}

impl Part {
    const ALL: [Self; 4] = [Self::Chaos, Self::Exact, Self::Term, Self::Simulation];

    fn trouble(self) -> Option<Trouble> {
        match self {
            Self::Chaos => Some(Trouble::Chaos),
            Self::Exact => Some(Trouble::Exact),
            Self::Term => Some(Trouble::Term),
            Self::Simulation => None,
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let deadline = Instant::now() + LIMIT;
    let seed = arguments.seed.unwrap_or_else(seed_of_the_clock);
    println!("seed {seed}");
    let parts = all_or(&arguments.only, &Part::ALL);
    let troubles: Vec<_> = parts.iter().filter_map(|part| part.trouble()).collect();
    let mut is_good = true;
    if !troubles.is_empty() {
        let binary = application::build();
        for trouble in troubles {
            for store in all_or(&arguments.store, &Store::ALL) {
                let trial = Trial {
                    binary: &binary,
                    store: *store,
                    trouble,
                    jobs: arguments.jobs,
                    seed,
                    deadline,
                };
                if !trial.is_possible() {
                    println!(
                        "{trouble:6} on {store:10}: left out, as jobs end in transactions only on the store `database`"
                    );
                    continue;
                }
                match trial.run() {
                    Ok(counts) => println!("{trouble:6} on {store:10}: {counts}"),
                    Err(wrong) => {
                        is_good = false;
                        println!("VIOLATED: {wrong}");
                    }
                }
            }
        }
    }
    if parts.contains(&Part::Simulation) {
        let alone = arguments.seed.filter(|_| parts == [Part::Simulation]);
        match simulation::run(alone, arguments.seeds, deadline) {
            Ok(said) => println!("simulation: {said}"),
            Err(wrong) => {
                is_good = false;
                println!("VIOLATED: {wrong}");
            }
        }
    }
    if is_good {
        println!("verdict: no rule is violated");
        ExitCode::SUCCESS
    } else {
        println!("verdict: rules are violated; the seed was {seed}");
        ExitCode::FAILURE
    }
}

fn all_or<'a, T>(chosen: &'a [T], all: &'a [T]) -> &'a [T] {
    if chosen.is_empty() { all } else { chosen }
}

fn seed_of_the_clock() -> u64 {
    let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    time.map_or(0, |time| u64::from(time.subsec_nanos()))
}
