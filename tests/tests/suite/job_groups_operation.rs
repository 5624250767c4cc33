//! Batches and rate limits over several real processes, on either database.

use std::{
    thread,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use fw_tests::{
    app::{Server, fail, succeed},
    http::{self, send_json},
};
use serde_json::{Value, json};

use super::Database;

const BEAT: (&str, &str) = ("FW_JOBS__BEAT", "300ms");
const NO_JOBS: (&str, &str) = ("FW_JOBS__RUN", "false");
const RATE: (&str, &str) = ("FW_JOBS__QUEUES__DEFAULT__RATE", "5/s");

/// The longest time that a test waits for its jobs.
const PATIENCE: Duration = Duration::from_secs(30);

#[track_caller]
fn enqueue(server: &Server, path: &str) {
    let response = send_json(server.address, "POST", path, &json!({})).expect("a response");
    assert_eq!(response.status, 204, "{}", response.text());
}

fn json_of(database: &Database, arguments: &[&str]) -> Value {
    let output = succeed(&mut database.command(arguments));
    serde_json::from_str(&output).unwrap_or_else(|error| panic!("{error}: {output}"))
}

/// The times at which the jobs of a name began, once all of them are done.
#[track_caller]
fn begins(database: &Database, name: &str, count: usize) -> Vec<DateTime<Utc>> {
    let end = Instant::now() + PATIENCE;
    loop {
        let list = json_of(
            database,
            &["jobs", "list", "--name", name, "--limit", "100", "--json"],
        );
        let jobs = list.as_array().expect("a list");
        let done = jobs.iter().filter(|job| job["state"] == "done");
        let times = done.map(|job| job["started_at"].as_str().and_then(|at| at.parse().ok()));
        let mut times: Vec<_> = times.map(|time| time.expect("a time")).collect();
        if times.len() == count {
            assert_eq!(jobs.len(), count);
            assert!(jobs.iter().all(|job| job["attempt"] == 1), "{list}");
            times.sort_unstable();
            return times;
        }
        assert!(Instant::now() < end, "{list}");
        thread::sleep(Duration::from_millis(200));
    }
}

/// Checks that five begin in a second at most, wherever the second begins.
#[track_caller]
fn assert_paced(times: &[DateTime<Utc>]) {
    for six in times.windows(6) {
        // The times are those of claims, which come a little after their permits.
        let least = TimeDelta::milliseconds(850);
        assert!(six[5] - six[0] >= least, "{times:?}");
    }
}

#[test]
fn a_batch_whose_process_is_killed_ends_once_after_all_its_jobs() {
    for database in Database::both() {
        let other = database.start(&[BEAT, NO_JOBS]);
        enqueue(&other, "/lab/batches");
        let mut first = database.start(&[BEAT]);
        first.log_with("the slow job begins");
        let second = database.start(&[BEAT]);
        first.signal("KILL");
        first.wait(Duration::from_secs(5));
        let log = second.log_with("the batch has ended: 6 jobs, 0 pending, 0 failed");
        // It is the last.
        let ends = log.matches("the slow job ends").count();
        let ends = ends + first.log().matches("the slow job ends").count();
        assert!(ends >= 6, "{log}");
        thread::sleep(Duration::from_millis(700));
        let all = first.log() + &second.log();
        assert_eq!(all.matches("the batch has ended").count(), 1);
        let states = json_of(&database, &["jobs", "stats", "--json"]);
        assert_eq!(states["queues"]["default"]["states"], json!({ "done": 7 }));
        assert_eq!(begins(&database, "finale", 1).len(), 1);
    }
}

#[test]
fn the_rate_of_a_queue_holds_over_all_processes() {
    for database in Database::both() {
        let server = database.start(&[NO_JOBS]);
        enqueue(&server, "/lab/echoes");
        let workers = [0; 2].map(|_| database.start(&[BEAT, RATE]));
        let times = begins(&database, "echo", 16);
        assert_paced(&times);
        // Permits that one process has not used are there for the other.
        assert!(times[15] - times[0] < TimeDelta::seconds(6), "{times:?}");
        drop(workers);
    }
}

#[test]
fn the_limit_of_a_key_holds_over_all_processes() {
    for database in Database::both() {
        let server = database.start(&[NO_JOBS]);
        enqueue(&server, "/lab/paced-jobs");
        let workers = [0; 2].map(|_| database.start(&[BEAT]));
        let times = begins(&database, "paced", 16);
        assert_paced(&times);
        assert!(times[15] - times[0] < TimeDelta::seconds(8), "{times:?}");
        drop(workers);
    }
}

#[test]
fn a_rate_that_cannot_be_read_stops_the_start() {
    let database = Database::sqlite();
    let mut command = database.command(&["start", "--port", "0", "--migrate"]);
    let (_, said) = fail(command.env(RATE.0, "5 per second"));
    assert!(said.contains("5 per second"), "{said}");
    assert!(said.contains("`100/m`"), "{said}");
}

#[test]
fn the_log_lines_of_a_job_have_the_trace_of_its_request() {
    let database = Database::sqlite();
    let server = database.start(&[("FW_LOGGER__FORMAT", "json")]);
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    let headers = [("traceparent", parent.as_str()), ("x-request-id", "r-1")];
    let response = http::request(server.address, "POST", "/lab/jobs", &headers, b"");
    assert_eq!(response.expect("a response").status, 204);
    let log = server.log_with("the echo answers");
    let line = log.lines().find(|line| line.contains("the echo answers"));
    let line: Value = serde_json::from_str(line.expect("the line")).expect("JSON");
    assert_eq!(line["trace_id"], trace, "{line}");
    assert_eq!(line["request_id"], "r-1", "{line}");
}
