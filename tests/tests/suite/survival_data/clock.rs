//! A clock that is set forward and back by an hour while the server runs.
//!
//! `libfaketime` shows the server another time of day than there is. The clock that only goes forward, by which all limits of
//! time are kept, is left alone, as it is when a real clock is set.

use std::{
    cell::Cell,
    fs,
    net::SocketAddr,
    path::PathBuf,
    process::Command,
    thread,
    time::{Duration, Instant, SystemTime},
};

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use fw_tests::{
    app::{Server, succeed},
    http::get,
};

use super::{AUTHORS, create, status, until};
use crate::{Database, shop};

#[test]
fn a_clock_that_jumps_confuses_nobody() {
    let Some(library) = library() else {
        eprintln!("skipped: `libfaketime` is not installed");
        return;
    };
    let shop = shop();
    // The shop has a job at 03:00.
    let clock = Clock::new(&shop, library, "02:05:00");
    let mut start = shop.command(&["start", "--port", "0", "--migrate"]);
    start
        .env("FW_MIDDLEWARE__TIMEOUT__AFTER", "2s")
        .env("FW_DATABASE__STATEMENT_TIMEOUT", "1s");
    let server = Server::start(clock.shown_to(start));
    clock.process.set(server.pid());
    let address = server.address;
    let hour = TimeDelta::hours(1);
    assert_works(address, &clock, "first");
    assert_eq!(replayed(address, "first"), "true");

    // Forward: the request that sleeps meanwhile is not given up early.
    let sleeper = thread::spawn(move || timed(address, "/lab/sleep?ms=1200"));
    thread::sleep(Duration::from_millis(300));
    clock.set_by(hour);
    assert_works(address, &clock, "forward");
    let (asleep, took) = sleeper.join().expect("no panic");
    assert_eq!(asleep, 200);
    assert!(took < Duration::from_secs(2), "{took:?}");
    // What was to happen in that hour happens, once.
    until(Duration::from_secs(4), "the job of 03:00 runs", || {
        runs(&server) == 1
    });
    let mut prune = shop.command(&["task", "idempotency:prune"]);
    prune.env("FW_LOG", "info");
    let pruned = succeed(&mut clock.shown_to(prune));
    assert!(pruned.contains("0 expired responses deleted"), "{pruned}");
    assert_eq!(replayed(address, "first"), "true", "it has not expired");

    // Back: what waits is given up in time.
    let sleeper = thread::spawn(move || timed(address, "/lab/sleep?ms=10000"));
    let query = thread::spawn(move || timed(address, "/lab/slow-query"));
    thread::sleep(Duration::from_millis(300));
    clock.set_by(-hour);
    assert_works(address, &clock, "back");
    for (waiting, limit) in [(query, 1), (sleeper, 2)] {
        let limit = Duration::from_secs(limit);
        let (given_up, took) = waiting.join().expect("no panic");
        assert_eq!(given_up, 503);
        assert!(took >= limit, "{took:?}");
        assert!(took < limit + Duration::from_millis(1500), "{took:?}");
    }
    assert_eq!(replayed(address, "first"), "true");
    assert_eq!(replayed(address, "forward"), "true");
    // 03:00 comes for the second time on this day.
    clock.set_by(TimeDelta::minutes(54));
    clock.set_by(TimeDelta::minutes(5));
    thread::sleep(Duration::from_millis(2500));
    assert_eq!(runs(&server), 1);
    // And for the first time on the next.
    clock.set_by(TimeDelta::hours(24));
    until(Duration::from_secs(4), "the job of 03:00 runs", || {
        runs(&server) == 2
    });

    let log = server.log();
    assert!(!log.contains("panic"), "{log}");
    let durations: Vec<f64> = log
        .split("duration_ms: ")
        .skip(1)
        .map(|rest| {
            let number = rest.split([',', '\n']).next().unwrap_or_default();
            number.parse().expect("a number")
        })
        .collect();
    assert!(durations.len() > 10, "{log}");
    assert!(
        durations
            .iter()
            .all(|duration| (0.0..5_000.0).contains(duration)),
        "{durations:?}"
    );
}

/// A row can be written, and carries the time that the clock shows.
#[track_caller]
fn assert_works(address: SocketAddr, clock: &Clock, name: &str) {
    let begin = Instant::now();
    assert_eq!(status(address, "/health/ready"), 200);
    assert_eq!(status(address, AUTHORS), 200);
    let response = create(address, name, name).expect("a response");
    assert_eq!(response.status, 201, "{}", response.text());
    let took = begin.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");
    for column in ["created_at", "updated_at"] {
        let row = response.json();
        let at: DateTime<Utc> = row[column]
            .as_str()
            .and_then(|text| text.parse().ok())
            .unwrap_or_else(|| panic!("no `{column}`: {row}"));
        let difference = (clock.now() - at).abs();
        assert!(difference < TimeDelta::seconds(3), "{column}: {difference}");
    }
}

fn replayed(address: SocketAddr, name: &str) -> String {
    let response = create(address, name, name).expect("a response");
    response.header("idempotency-replayed").to_owned()
}

fn timed(address: SocketAddr, path: &str) -> (u16, Duration) {
    let begin = Instant::now();
    let response = get(address, path).expect("a response");
    (response.status, begin.elapsed())
}

/// How many echoes of the night there were.
fn runs(server: &Server) -> usize {
    server.log().matches("nightly").count()
}

/// The clock that a process is shown.
struct Clock {
    library: PathBuf,
    file: PathBuf,
    /// By how much it differs from the real one.
    offset: Cell<TimeDelta>,
    /// The process that is shown it, and is killed in the end.
    process: Cell<u32>,
}

impl Clock {
    /// It is `time` tomorrow.
    fn new(database: &Database, library: PathBuf, time: &str) -> Self {
        let time: NaiveTime = time.parse().expect("a time of day");
        let real = DateTime::<Utc>::from(SystemTime::now());
        let shown = (real.date_naive().and_time(time) + TimeDelta::days(1)).and_utc();
        let clock = Self {
            library,
            file: database.folder.join("clock"),
            offset: Cell::default(),
            process: Cell::default(),
        };
        clock.set_by(shown - real);
        clock
    }

    fn now(&self) -> DateTime<Utc> {
        DateTime::<Utc>::from(SystemTime::now()) + self.offset.get()
    }

    fn set_by(&self, difference: TimeDelta) {
        self.offset.set(self.offset.get() + difference);
        // Nobody must read half of it.
        let draft = self.file.with_extension("draft");
        let text = format!("{:+}\n", self.offset.get().num_seconds());
        fs::write(&draft, text).expect("it can be written");
        fs::rename(draft, &self.file).expect("it can be moved");
    }

    fn shown_to(&self, mut command: Command) -> Command {
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", &self.file)
            // It is looked at each time.
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("DONT_FAKE_MONOTONIC", "1")
            .env("NO_FAKE_STAT", "1");
        command
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        // What the library shares between processes stays when one is killed.
        for kind in ["faketime_shm", "sem.faketime_sem"] {
            let _ = fs::remove_file(format!("/dev/shm/{kind}_{}", self.process.get()));
        }
    }
}

/// The library for processes with threads, where Debian keeps it.
fn library() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?.flatten();
    folders
        .map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"))
        .find(|library| library.exists())
}
