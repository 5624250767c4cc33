//! The verdict on a trial: what has become of each job, and whether that may be.

use std::{collections::BTreeSet, fmt};

use serde_json::Value;

use super::Trouble;

/// The part of an error that says that the process of a run was lost.
const LOST: &str = "was lost";

/// The number of lost processes in a row after which a job is dead.
const MOST_LOST: usize = 3;

/// The violations that are shown.
const SHOWN: usize = 20;

/// The report of the application on its jobs.
#[derive(Debug)]
pub(super) struct Report {
    /// The number of jobs that wait in the outbox.
    pub(super) outbox: u64,
    lines: Vec<Line>,
}

/// The fate of a number: the jobs that were to have its effect, and the effects.
#[derive(Debug)]
struct Line {
    /// Negative for a job at the end of a batch.
    number: i64,
    is_enqueued: bool,
    effects: u64,
    /// Whether it ran before the other jobs of its batch had ended.
    is_early: bool,
    jobs: Vec<Job>,
}

/// A job as it was when the report was written.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: String,
    state: String,
    runs: u64,
    errors: Vec<String>,
}

/// The numbers that a trial is to end with, and the rules for its kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected {
    pub(super) jobs: u32,
    pub(super) batches: u32,
    pub(super) trouble: Trouble,
}

impl Report {
    pub(super) fn read(report: &str) -> Self {
        let report: Value = serde_json::from_str(report).expect("the report is JSON");
        let lines = report["lines"].as_array().expect("it has lines");
        Self {
            outbox: report["outbox"].as_u64().expect("a count"),
            lines: lines.iter().map(Line::read).collect(),
        }
    }

    /// All jobs.
    pub(super) fn jobs(&self) -> impl Iterator<Item = &Job> {
        self.lines.iter().flat_map(|line| &line.jobs)
    }
}

impl Line {
    fn read(line: &Value) -> Self {
        let jobs = line["jobs"].as_array().expect("a line has jobs");
        Self {
            number: line["number"].as_i64().expect("a number"),
            is_enqueued: line["is_enqueued"].as_bool().expect("a flag"),
            effects: line["effects"].as_u64().expect("a count"),
            is_early: line["is_early"].as_bool().expect("a flag"),
            jobs: jobs.iter().map(Job::read).collect(),
        }
    }
}

impl Job {
    fn read(job: &Value) -> Self {
        let text = |name: &str| job[name].as_str().expect("a text").to_owned();
        let errors = job["errors"].as_array().expect("a list");
        let error = |error: &Value| error.as_str().expect("a text").to_owned();
        Self {
            id: text("id"),
            state: text("state"),
            runs: job["runs"].as_u64().expect("a count"),
            errors: errors.iter().map(error).collect(),
        }
    }

    pub(super) fn is_final(&self) -> bool {
        matches!(self.state.as_str(), "done" | "dead" | "cancelled")
    }

    /// Returns true if it is dead because its processes were lost, three times in a row.
    pub(super) fn died_with_its_processes(&self) -> bool {
        let last = self.errors.iter().rev().take(MOST_LOST);
        self.state == "dead" && last.filter(|error| error.contains(LOST)).count() == MOST_LOST
    }
}

/// The numbers of a trial.
#[derive(Debug, Default)]
pub struct Counts {
    /// Processes that were killed.
    pub kills: u32,
    /// Processes that stood still for three beats.
    pub stops: u32,
    /// Processes that were asked to end.
    pub terms: u32,
    /// Restarts of the server of the store.
    pub restarts: u32,
    /// Leases that the processes have lost that were there at the end.
    pub lost_leases: usize,
    /// Jobs that were done, those at the end of batches included.
    pub done: usize,
    /// Batches, each of them with a job at its end.
    pub batches: usize,
    /// Runs, each of them a claim.
    pub runs: u64,
    /// Runs that were lost with their process.
    pub lost: usize,
    /// Runs that have failed, as the database was away.
    pub failed: usize,
    /// Effects that were there more than once, each of them after a lost or failed run.
    pub duplicates: u64,
    /// Dead jobs, whose processes were killed three times, that were run again by hand.
    pub replayed: u32,
    /// The time that it took.
    pub seconds: u64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} done in {} runs, {} batches, {} s; {} killed, {} stopped, {} asked to end, {} restarts; \
             {} runs lost, {} failed, {} leases lost, {} duplicates, {} replayed",
            self.done,
            self.runs,
            self.batches,
            self.seconds,
            self.kills,
            self.stops,
            self.terms,
            self.restarts,
            self.lost,
            self.failed,
            self.lost_leases,
            self.duplicates,
            self.replayed,
        )
    }
}

impl Expected {
    /// Judges a report, counts what is in it, and returns what is wrong.
    pub(super) fn judge(self, report: &Report, counts: &mut Counts) -> Vec<String> {
        let mut wrong = Vec::new();
        let enqueued = report.lines.iter().filter(|line| line.is_enqueued);
        let enqueued: BTreeSet<_> = enqueued.map(|line| line.number).collect();
        let missing = (0..i64::from(self.jobs)).filter(|number| !enqueued.contains(number));
        let missing: Vec<_> = missing.collect();
        if !missing.is_empty() {
            wrong.push(format!("were never enqueued: {missing:?}"));
        }
        counts.batches = enqueued.iter().filter(|number| **number < 0).count();
        if counts.batches != self.batches as usize {
            let (batches, all) = (counts.batches, self.batches);
            wrong.push(format!("{batches} of {all} batches were enqueued"));
        }
        for line in &report.lines {
            if let Err(reason) = judge_one(line, self.trouble) {
                wrong.push(format!("{reason}: {line:?}"));
            }
            counts.duplicates += line.effects.saturating_sub(1);
        }
        for job in report.jobs() {
            counts.done += usize::from(job.state == "done");
            counts.runs += job.runs;
            let lost = job.errors.iter().filter(|error| error.contains(LOST));
            let lost = lost.count();
            counts.lost += lost;
            counts.failed += job.errors.len() - lost;
        }
        if wrong.len() > SHOWN {
            let more = wrong.len() - SHOWN;
            wrong.truncate(SHOWN);
            wrong.push(format!("… and {more} more"));
        }
        wrong
    }
}

fn judge_one(line: &Line, trouble: Trouble) -> Result<(), &'static str> {
    if !line.is_enqueued {
        return Err("it was rolled back, and there is something of it");
    }
    let [job] = &line.jobs[..] else {
        return Err("there is not one job");
    };
    if job.state != "done" {
        return Err("it is not done");
    }
    if line.effects == 0 {
        return Err("it has had no effect");
    }
    if line.is_early {
        return Err("it ran before the jobs of its batch had ended");
    }
    let cut_off = job.errors.len() as u64;
    match trouble {
        Trouble::Chaos if line.effects > 1 + cut_off => {
            Err("it has had its effect more often than runs were cut off")
        }
        Trouble::Exact if line.effects > 1 => Err("it has had its effect more than once"),
        Trouble::Term if line.effects > 1 || cut_off > 0 => Err("a run was cut off"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(effects: u64, state: &str, errors: &[&str]) -> Line {
        Line {
            number: 0,
            is_enqueued: true,
            effects,
            is_early: false,
            jobs: vec![Job {
                id: "0".to_owned(),
                state: state.to_owned(),
                runs: 1,
                errors: errors.iter().map(|error| (*error).to_owned()).collect(),
            }],
        }
    }

    #[test]
    fn a_verdict_can_be_bad() {
        let good = |line: &Line, trouble| judge_one(line, trouble).is_ok();
        let lost = "the worker a was lost";
        assert!(good(&line(1, "done", &[]), Trouble::Chaos));
        assert!(good(&line(2, "done", &[lost]), Trouble::Chaos));
        assert!(!good(&line(2, "done", &[]), Trouble::Chaos));
        assert!(!good(&line(0, "done", &[]), Trouble::Chaos));
        assert!(!good(&line(1, "ready", &[]), Trouble::Chaos));
        assert!(!good(&line(2, "done", &[lost]), Trouble::Exact));
        assert!(!good(&line(1, "done", &[lost]), Trouble::Term));
        let undone = Line {
            is_enqueued: false,
            ..line(0, "done", &[])
        };
        assert!(!good(&undone, Trouble::Exact));
        let early = Line {
            is_early: true,
            ..line(1, "done", &[])
        };
        assert!(!good(&early, Trouble::Chaos));
        let report = Report {
            outbox: 0,
            lines: vec![line(1, "done", &[])],
        };
        let expected = Expected {
            jobs: 2,
            batches: 1,
            trouble: Trouble::Chaos,
        };
        let wrong = expected.judge(&report, &mut Counts::default());
        assert_eq!(
            wrong,
            ["were never enqueued: [1]", "0 of 1 batches were enqueued"]
        );
        assert!(line(0, "dead", &[lost; 3]).jobs[0].died_with_its_processes());
        assert!(!line(0, "dead", &["no", lost, lost]).jobs[0].died_with_its_processes());
    }
}
