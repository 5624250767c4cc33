//! What the server has taken at each moment, and whether that is more and more.

use std::time::Duration;

use fw_tests::process::Process;

/// How much more there may be at the end than in the middle, in percent.
const GROWTH: usize = 10;

/// Less than this, in bytes and in files, is no growth.
const NOISE: (usize, usize) = (2_000_000, 5);

#[derive(Default)]
pub(crate) struct Samples(Vec<Sample>);

#[derive(Clone, Copy)]
struct Sample {
    memory: usize,
    files: usize,
}

impl Samples {
    pub(crate) fn print_heading() {
        println!(
            "{:>8} {:>10} {:>8} {:>10}",
            "seconds", "memory MB", "files", "answers"
        );
    }

    /// Takes one and prints it.
    pub(crate) fn take(&mut self, at: Duration, process: Process, answers: usize) {
        let sample = Sample {
            memory: process.memory(),
            files: process.open_files(),
        };
        println!(
            "{:>8} {:>8}.{} {:>8} {answers:>10}",
            at.as_secs(),
            sample.memory / 1_000_000,
            sample.memory / 100_000 % 10,
            sample.files,
        );
        self.0.push(sample);
    }

    /// What has grown: the last fifth of the time is compared with the one in the middle. Before that, caches fill.
    pub(crate) fn faults(&self) -> Vec<String> {
        let fifth = (self.0.len() / 5).max(1);
        let middle = &self.0[2 * fifth..3 * fifth];
        let end = &self.0[self.0.len() - fifth..];
        let compared = [
            (
                "bytes of memory",
                NOISE.0,
                mean(middle, |one| one.memory),
                mean(end, |one| one.memory),
            ),
            (
                "open files",
                NOISE.1,
                mean(middle, |one| one.files),
                mean(end, |one| one.files),
            ),
        ];
        let mut faults = Vec::new();
        for (what, noise, before, after) in compared {
            println!("{what}: {before} in the middle, {after} at the end");
            if after > before + (before * GROWTH / 100).max(noise) {
                faults.push(format!("{what}: from {before} to {after}"));
            }
        }
        faults
    }
}

fn mean(samples: &[Sample], value: impl Fn(&Sample) -> usize) -> usize {
    samples.iter().map(value).sum::<usize>() / samples.len()
}
