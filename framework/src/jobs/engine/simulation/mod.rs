//! A deterministic simulation of engines: several processes over one store in memory, with seeded faults, in virtual time.
//!
//! Faults: errors of the store before and after the effect, slow calls, lost and doubled wake-ups, processes that are killed, that
//! lose their connection for a while, or that are restarted gracefully. A failure prints the seed;
//! `FW_SIMULATION_SEED=7 cargo test -p framewright simulation` runs one alone, `FW_SIMULATION_SEEDS=10000` so many.

mod act;
mod faulty;
mod limits;
mod world;

use self::world::World;

/// The number of seeds of a usual test run.
const SEEDS: u64 = 300;

/// Runs the simulation of a seed.
fn simulate(seed: u64) -> Result<String, String> {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(async {
            let world = World::new(seed).await;
            world.run().await;
            world.verdict().await
        })
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn no_fault_loses_a_job_or_settles_one_twice() {
    let seeds = match number("FW_SIMULATION_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("FW_SIMULATION_SEEDS").unwrap_or(SEEDS),
    };
    for seed in seeds {
        if let Err(reason) = simulate(seed) {
            panic!("seed {seed}: {reason}");
        }
    }
}

#[test]
fn a_seed_gives_the_same_simulation_each_time() {
    for seed in [3, 4] {
        assert_eq!(simulate(seed), simulate(seed), "seed {seed}");
    }
}
