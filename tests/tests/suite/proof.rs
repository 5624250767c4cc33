//! The proof that no job is lost, in small: processes that run jobs are killed, stopped and asked to end. `tests/prove` takes the full numbers.

use std::time::{Duration, Instant};

use fw_tests::proof::{Store, Trial, Trouble};

use crate::shop::BINARY;

/// The jobs of each trial.
const JOBS: u32 = 100;

/// Who is hit follows from it.
const SEED: u64 = 20_261_129;

fn no_job_is_lost(trouble: Trouble, store: Store) {
    // It may have to be built first.
    let binary = &*BINARY;
    let trial = Trial {
        binary,
        store,
        trouble,
        jobs: JOBS,
        seed: SEED,
        deadline: Instant::now() + Duration::from_mins(2),
    };
    match trial.run() {
        Ok(counts) => println!("{trouble} on {store}: {counts}"),
        Err(wrong) => panic!("{wrong}"),
    }
}

// A test for each: they take the time that the trouble takes, side by side.

#[test]
fn no_job_is_lost_on_sqlite_when_processes_are_killed() {
    no_job_is_lost(Trouble::Chaos, Store::Sqlite);
}

#[test]
fn no_job_is_lost_on_postgres_when_processes_are_killed() {
    no_job_is_lost(Trouble::Chaos, Store::Postgres);
}

#[test]
fn no_job_is_lost_on_redis_when_processes_are_killed() {
    no_job_is_lost(Trouble::Chaos, Store::Redis);
}

#[test]
fn effects_happen_once_on_sqlite_in_the_transaction_of_the_end() {
    no_job_is_lost(Trouble::Exact, Store::Sqlite);
}

#[test]
fn effects_happen_once_on_postgres_in_the_transaction_of_the_end() {
    no_job_is_lost(Trouble::Exact, Store::Postgres);
}

#[test]
fn no_run_is_cut_off_on_sqlite_when_processes_are_replaced() {
    no_job_is_lost(Trouble::Term, Store::Sqlite);
}

#[test]
fn no_run_is_cut_off_on_postgres_when_processes_are_replaced() {
    no_job_is_lost(Trouble::Term, Store::Postgres);
}

#[test]
fn no_run_is_cut_off_on_redis_when_processes_are_replaced() {
    no_job_is_lost(Trouble::Term, Store::Redis);
}
