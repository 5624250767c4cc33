//! The proof that no job is lost, in small: processes that run jobs are killed, stopped and asked to end. `tests/prove` takes the full numbers.

use std::time::{Duration, Instant};

use fw_tests::proof::{Store, Trial, Trouble};

use crate::shop::BINARY;

/// The jobs of each trial.
const JOBS: u32 = 100;

/// Who is hit follows from it.
const SEED: u64 = 20_261_129;

fn no_job_is_lost_on(store: Store) {
    // It may have to be built first.
    let binary = &*BINARY;
    let deadline = Instant::now() + Duration::from_mins(3);
    for trouble in [Trouble::Chaos, Trouble::Exact, Trouble::Term] {
        let trial = Trial {
            binary,
            store,
            trouble,
            jobs: JOBS,
            seed: SEED,
            deadline,
        };
        match trial.run() {
            Ok(counts) => println!("{trouble} on {store}: {counts}"),
            Err(wrong) => panic!("{wrong}"),
        }
    }
}

#[test]
fn no_job_is_lost_on_sqlite() {
    no_job_is_lost_on(Store::Sqlite);
}

#[test]
fn no_job_is_lost_on_postgres() {
    no_job_is_lost_on(Store::Postgres);
}
