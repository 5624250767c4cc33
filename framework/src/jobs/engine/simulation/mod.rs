//! A deterministic simulation of engines: several processes over one store in memory, with seeded faults, in virtual time.
//!
//! Faults: errors of the store before and after the effect, slow calls, lost and doubled wake-ups, processes that are killed, that
//! lose their connection for a while, that are restarted gracefully, or that are all gone for a while. Each has the same schedule.
//!
//! A failure prints the seed;
//! `FW_SIMULATION_SEED=7 cargo test -p framewright simulation` runs one alone, `FW_SIMULATION_SEEDS=10000` so many.

mod act;
mod faulty;
mod firings;
mod limits;
mod world;

use std::{
    any::Any,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use self::world::World;

/// The number of seeds of a usual test run.
const SEEDS: u64 = 500;

/// Runs the simulation of a seed.
fn simulate(seed: u64) -> Result<String, String> {
    in_world(seed, async |world| {
        world.run().await;
        world.verdict().await
    })
}

/// Does something in the world of a seed.
fn in_world<T>(seed: u64, what: impl AsyncFnOnce(World) -> T) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(async { what(World::new(seed).await).await })
}

/// Runs the simulations of many seeds, on all processor cores. Fails with the seed of one that fails.
fn simulate_all(seeds: &Range<u64>) -> Result<(), String> {
    let next = AtomicU64::new(seeds.start);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return Ok(());
            }
            let result = catch_unwind(AssertUnwindSafe(|| simulate(seed)));
            if let Err(reason) = result.unwrap_or_else(|panic| Err(message_of(&*panic))) {
                // The others end as well.
                next.store(seeds.end, Ordering::Relaxed);
                return Err(format!("seed {seed}: {reason}"));
            }
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let mut results = threads.into_iter().map(thread::ScopedJoinHandle::join);
        results.try_for_each(|result| result.unwrap_or_else(|panic| Err(message_of(&*panic))))
    })
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic".to_owned())
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
    if let Err(reason) = simulate_all(&seeds) {
        panic!("{reason}");
    }
}

#[test]
fn a_seed_gives_the_same_simulation_each_time() {
    for seed in [3, 4] {
        assert_eq!(simulate(seed), simulate(seed), "seed {seed}");
    }
}

#[test]
fn an_outage_of_the_store_is_not_the_fault_of_the_jobs() {
    for seed in 0..20 {
        let result = in_world(seed, async |world| world.outages().await);
        assert_eq!(result, Ok(()), "seed {seed}");
    }
}
