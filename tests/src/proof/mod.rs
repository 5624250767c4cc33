//! The proof that no job is lost: an application on a durable database of its own, processes that run its jobs and are killed, stopped or
//! asked to end meanwhile, and a verdict on what has become of each job.
//!
//! The application has the jobs and tasks of `tests/fixtures/lab_proof.rs`. `tests/prove` takes the full numbers, the test suite small ones.

mod place;
mod verdict;
mod workers;

use std::{
    fmt,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use clap::ValueEnum;

use self::{
    place::Place,
    verdict::{Expected, Report},
    workers::Workers,
};
pub use self::{place::Store, verdict::Counts};
use crate::{
    app::{Binary, Server, succeed},
    postgres::Stop,
};

/// The number of processes that run jobs.
const WORKERS: usize = 4;

/// The interval of their heartbeats.
const BEAT: Duration = Duration::from_millis(500);

/// The interval at which something happens to them.
const TICK: Duration = Duration::from_secs(1);

/// The jobs of one transaction, and the wait before the next one. Where there are batches, every other portion is one.
const PORTION: u32 = 10;
const PAUSE: Duration = Duration::from_millis(500);

/// The time in which everything ends once nothing disturbs it any more.
const TIME_TO_END: Duration = Duration::from_mins(1);

/// The kind of trouble that a trial makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Trouble {
    /// Processes are killed and stopped, and the server of the database is restarted: each job has its effect at least once.
    Chaos,
    /// The same, with jobs that end in the transaction of their effect: each has it once.
    Exact,
    /// Processes are asked to end, and others take their place: each job has its effect once, though nothing but the end is orderly.
    Term,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Chaos => "chaos",
            Self::Exact => "exact",
            Self::Term => "term",
        })
    }
}

/// One trial: jobs on a store, with a kind of trouble.
pub struct Trial<'a> {
    /// The application.
    pub binary: &'a Binary,
    /// The store of its jobs.
    pub store: Store,
    /// The kind of trouble.
    pub trouble: Trouble,
    /// The number of jobs.
    pub jobs: u32,
    /// The seed of who is hit.
    pub seed: u64,
    /// The time at which it must be over.
    pub deadline: Instant,
}

impl Trial<'_> {
    /// Returns true if the store has what the jobs of the trial need.
    pub fn is_possible(&self) -> bool {
        self.store.is_database() || self.trouble != Trouble::Exact
    }

    /// Runs it. Fails with everything that is wrong.
    pub fn run(&self) -> Result<Counts, String> {
        let begin = Instant::now();
        let place = Place::new(self.store, self.binary);
        for arguments in [
            &["db", "create"][..],
            &["db", "migrate"],
            &["task", "proof:prepare"],
        ] {
            succeed(&mut place.command(arguments));
        }
        let mut workers = Workers::start(&place, self.seed);
        let mut counts = Counts::default();
        let mut wrong = Vec::new();
        if let Err(reason) = self.trouble(&place, &mut workers, &mut counts) {
            wrong.push(reason);
        }
        workers.resume();
        if let Err(reason) = self.wait_for_the_end(&place, &mut counts) {
            wrong.push(reason);
        }
        // Only then nothing more can happen: a process that was stopped may still be at work on what others have done meanwhile.
        wrong.extend(workers.end(&mut counts));
        let expected = Expected {
            jobs: self.jobs,
            batches: if self.store.is_database() {
                self.jobs.div_ceil(PORTION).div_ceil(2)
            } else {
                0
            },
            trouble: self.trouble,
        };
        wrong.extend(expected.judge(&place.report(), &mut counts));
        counts.seconds = begin.elapsed().as_secs();
        if wrong.is_empty() {
            return Ok(counts);
        }
        Err(format!(
            "{} on {} with the seed {}:\n{}\n{counts}\n{}",
            self.trouble,
            self.store,
            self.seed,
            wrong.join("\n"),
            workers.logs()
        ))
    }

    /// Enqueues the jobs, and makes trouble until that is done.
    fn trouble(
        &self,
        place: &Place<'_>,
        workers: &mut Workers<'_>,
        counts: &mut Counts,
    ) -> Result<(), String> {
        let portions = self.jobs.div_ceil(PORTION);
        let usual = PAUSE * portions;
        let mut restarts = vec![(usual * 2 / 3, Stop::Fast), (usual / 3, Stop::Immediate)];
        let mut enqueuing = Server::spawn(self.enqueue(place));
        let begin = Instant::now();
        let mut next = begin + TICK;
        loop {
            if let Some(status) = enqueuing.ended() {
                return if status.success() {
                    Ok(())
                } else {
                    let log = enqueuing.log();
                    Err(format!("the jobs are not enqueued: {status}\n{log}"))
                };
            }
            if Instant::now() > self.deadline {
                return Err("the time is over while jobs are enqueued".to_owned());
            }
            if Instant::now() >= next {
                next += TICK;
                match self.trouble {
                    Trouble::Term => workers.replace_one(counts),
                    Trouble::Chaos | Trouble::Exact => workers.hit(counts),
                }
            }
            if self.trouble != Trouble::Term
                && let Some((time, how)) = restarts.last().copied()
                && begin.elapsed() >= time
            {
                restarts.pop();
                counts.restarts += u32::from(place.restart(how));
            }
            workers.resume_those_whose_time_has_come();
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn enqueue(&self, place: &Place<'_>) -> Command {
        let kind = match self.trouble {
            Trouble::Exact => "exact",
            Trouble::Chaos | Trouble::Term => "plain",
        };
        let (jobs, portion) = (self.jobs.to_string(), PORTION.to_string());
        let pause = PAUSE.as_millis().to_string();
        let mut arguments = vec![
            "task",
            "proof:enqueue",
            "--kind",
            kind,
            "--jobs",
            &jobs,
            "--portion",
            &portion,
            "--pause",
            &pause,
        ];
        if self.store.is_database() {
            arguments.push("--batches");
        }
        place.command(&arguments)
    }

    /// Waits until all jobs are done. Those that are dead because their processes were killed three times are run again, as a person would.
    fn wait_for_the_end(&self, place: &Place<'_>, counts: &mut Counts) -> Result<(), String> {
        let end = self.deadline.min(Instant::now() + TIME_TO_END);
        loop {
            let report = place.report();
            let open: Vec<_> = report.jobs().filter(|job| !job.is_final()).collect();
            let unlucky = report.jobs().filter(|job| job.died_with_its_processes());
            let unlucky: Vec<_> = unlucky.collect();
            if open.is_empty() && unlucky.is_empty() && report.outbox == 0 {
                return Ok(());
            }
            for job in unlucky {
                counts.replayed += 1;
                succeed(&mut place.command(&["jobs", "retry", &job.id]));
            }
            if Instant::now() > end {
                let outbox = report.outbox;
                return Err(format!("jobs are stuck, {outbox} in the outbox: {open:#?}"));
            }
            thread::sleep(TICK / 2);
        }
    }
}

/// Random numbers from a seed, the same in each run: the generator of Knuth's MMIX.
pub struct Random(pub u64);

impl Random {
    /// A number from 0 to `limit`, without `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % limit
    }
}
