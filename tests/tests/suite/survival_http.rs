//! Connections and load: what many clients, slow ones, greedy ones and the signal to stop may not break.

mod connections;
mod exports;
mod gone;
mod panics;
mod roll_out;
mod slow;
mod stop;
mod uploads;

use std::{
    thread,
    time::{Duration, Instant},
};

use fw_tests::process::Process;

/// Waits until something is so.
#[track_caller]
fn eventually(what: &str, limit: Duration, is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < limit, "not within {limit:?}: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// How many files a server has open that nobody uses: its own and the connections to its database, of which a few come and
/// go.
const SPARE_FILES: usize = 12;

/// Waits until a server has closed what it had opened since `before`.
#[track_caller]
fn files_are_closed(process: Process, before: usize) {
    eventually("the files are closed", Duration::from_secs(20), || {
        process.open_files() <= before + SPARE_FILES
    });
}

/// How many files this process and those that it starts may open: as many as the system allows.
fn raise_open_files() -> usize {
    let files = rlimit::increase_nofile_limit(u64::MAX);
    let files = files.expect("the limit can be raised to the largest");
    usize::try_from(files).unwrap_or(usize::MAX)
}

/// Bytes as megabytes, for people.
fn megabytes(bytes: usize) -> usize {
    bytes / 1_000_000
}
