//! The processes that run the jobs of a trial, and what is done to them.

use std::{
    mem,
    time::{Duration, Instant},
};

use super::{BEAT, Counts, Random, WORKERS, place::Place};
use crate::app::Server;

/// The time for which a process stands still: long enough to lose its lease.
const STILL: Duration = BEAT.saturating_mul(3);

/// The time that a process has to end.
const TIME_TO_END: Duration = Duration::from_secs(40);

/// The lines of each log that are shown if something is wrong.
const SHOWN: usize = 40;

/// The processes, always the same number of them.
pub(super) struct Workers<'a> {
    place: &'a Place<'a>,
    random: Random,
    all: Vec<Worker>,
    /// Those that were asked to end.
    ending: Vec<Server>,
    hits: u32,
    /// The logs of those that have ended otherwise than they should.
    bad_ends: Vec<String>,
}

struct Worker {
    process: Server,
    /// The time at which it goes on, if it stands still.
    still_until: Option<Instant>,
}

impl<'a> Workers<'a> {
    pub(super) fn start(place: &'a Place<'a>, seed: u64) -> Self {
        Self {
            place,
            random: Random(seed),
            all: (0..WORKERS).map(|_| start(place)).collect(),
            ending: Vec::new(),
            hits: 0,
            bad_ends: Vec::new(),
        }
    }

    /// Kills one, and lets another one stand still now and then.
    pub(super) fn hit(&mut self, counts: &mut Counts) {
        self.hits += 1;
        let killed = self.random.below(WORKERS);
        counts.kills += 1;
        // Dropping the old one kills it.
        self.all[killed] = start(self.place);
        let stopped = (killed + 1 + self.random.below(WORKERS - 1)) % WORKERS;
        if self.hits.is_multiple_of(2) && self.all[stopped].still_until.is_none() {
            counts.stops += 1;
            let worker = &mut self.all[stopped];
            worker.process.signal("STOP");
            worker.still_until = Some(Instant::now() + STILL);
        }
    }

    /// Asks one to end, and puts another one in its place.
    pub(super) fn replace_one(&mut self, counts: &mut Counts) {
        let index = self.random.below(WORKERS);
        counts.terms += 1;
        let old = mem::replace(&mut self.all[index], start(self.place));
        old.process.signal("TERM");
        self.ending.push(old.process);
    }

    pub(super) fn resume_those_whose_time_has_come(&mut self) {
        let now = Instant::now();
        for worker in &mut self.all {
            if worker.still_until.is_some_and(|time| time <= now) {
                worker.go_on();
            }
        }
    }

    pub(super) fn resume(&mut self) {
        for worker in &mut self.all {
            if worker.still_until.is_some() {
                worker.go_on();
            }
        }
    }

    /// Asks all to end, and returns what is wrong with how they do.
    pub(super) fn end(&mut self, counts: &mut Counts) -> Vec<String> {
        for worker in self.all.drain(..) {
            worker.process.signal("TERM");
            self.ending.push(worker.process);
        }
        let mut wrong = Vec::new();
        let limit = Instant::now() + TIME_TO_END;
        for mut process in mem::take(&mut self.ending) {
            let status = loop {
                match process.ended() {
                    Some(status) => break Some(status),
                    None if Instant::now() > limit => break None,
                    None => std::thread::sleep(Duration::from_millis(20)),
                }
            };
            let log = process.log();
            counts.lost_leases += log.matches("the lease on running jobs is lost").count();
            // Until it runs jobs a signal ends it at once.
            let ran = log.contains("runs jobs");
            if ran && status.is_none_or(|status| !status.success()) {
                wrong.push(format!("a process that was asked to end: {status:?}"));
                self.bad_ends.push(log);
            }
        }
        wrong
    }

    /// The ends of the logs of those that are there, and of those that have ended badly.
    pub(super) fn logs(&self) -> String {
        let present = self.all.iter().map(|worker| worker.process.log());
        let logs = present.chain(self.bad_ends.iter().cloned());
        let ends = logs.map(|log| {
            let lines: Vec<_> = log.lines().collect();
            lines[lines.len().saturating_sub(SHOWN)..].join("\n")
        });
        ends.collect::<Vec<_>>().join("\n\n")
    }
}

impl Worker {
    fn go_on(&mut self) {
        self.process.signal("CONT");
        self.still_until = None;
    }
}

fn start(place: &Place<'_>) -> Worker {
    Worker {
        process: Server::spawn(place.command(&["start", "--worker"])),
        still_until: None,
    }
}
