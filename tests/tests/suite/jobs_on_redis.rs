//! Background jobs of real processes, on Redis: what becomes of them when a process is killed, when Redis restarts, and between the
//! transaction and Redis.

use std::{
    process::Command,
    thread,
    time::{Duration, Instant},
};

use fw_tests::{
    app::{Server, fail, succeed},
    http::{get, send_json},
    redis,
};
use serde_json::{Value, json};

use super::Database;

/// The application on an SQLite database and a Redis server, both of one test.
struct Place {
    database: Database,
    redis: redis::Server,
}

impl Place {
    fn new() -> Self {
        Self {
            database: Database::sqlite(),
            redis: redis::Server::private(),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.database.command(arguments);
        command
            .env("FW_JOBS__STORE", "redis")
            .env("FW_JOBS__REDIS_URL", self.redis.url())
            .env("FW_JOBS__BEAT", "300ms");
        command
    }

    #[track_caller]
    fn start(&self, arguments: &[&str]) -> Server {
        let mut words = vec!["start", "--port", "0", "--migrate"];
        words.extend(arguments);
        Server::start(self.command(&words))
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = succeed(&mut self.command(arguments));
        serde_json::from_str(&output).unwrap_or_else(|error| panic!("{error}: {output}"))
    }

    /// Waits until so many jobs are done.
    #[track_caller]
    fn wait_for_done(&self, count: u64) {
        let begin = Instant::now();
        loop {
            let stats = self.json(&["jobs", "stats", "--json"]);
            if stats["queues"]["default"]["states"]["done"] == count {
                return;
            }
            assert!(begin.elapsed() < Duration::from_secs(20), "{stats}");
            thread::sleep(Duration::from_millis(50));
        }
    }
}

#[track_caller]
fn post(server: &Server, path: &str) {
    let response = send_json(server.address, "POST", path, &json!({})).expect("a response");
    assert_eq!(response.status, 204, "{}", response.text());
}

#[test]
fn a_process_of_its_own_runs_the_jobs_of_a_server_at_once() {
    let place = Place::new();
    let server = place.start(&["--no-worker"]);
    let mut worker = Server::spawn(place.command(&["start", "--worker"]));
    worker.log_with("runs jobs");
    // Until it has looked for the first time.
    thread::sleep(Duration::from_millis(300));
    for (path, word) in [("/lab/jobs", "hello"), ("/lab/committed-jobs", "committed")] {
        let begin = Instant::now();
        post(&server, path);
        worker.log_with(word);
        let taken = begin.elapsed();
        assert!(taken < Duration::from_secs(1), "{taken:?}");
    }
    assert!(!server.log().contains("the echo answers"));
    let stats = place.json(&["jobs", "stats", "--json"]);
    assert_eq!(stats["outbox"]["jobs"], 0, "{stats}");
    assert_eq!(
        stats["workers"].as_array().map(Vec::len),
        Some(1),
        "{stats}"
    );
    worker.signal("TERM");
    assert_eq!(worker.wait(Duration::from_secs(5)).code(), Some(0));
}

#[test]
fn a_job_of_a_killed_process_runs_elsewhere() {
    let place = Place::new();
    let mut first = place.start(&[]);
    post(&first, "/lab/slow-jobs");
    first.log_with("the slow job begins");
    let other = place.start(&[]);
    first.signal("KILL");
    first.wait(Duration::from_secs(5));
    let killed = Instant::now();
    let log = other.log_with("the slow job begins");
    let taken = killed.elapsed();
    assert!(taken < Duration::from_secs(3), "{taken:?}");
    assert!(log.contains("attempt: 2"), "{log}");
    other.log_with("the slow job ends");
}

#[test]
fn a_rollback_leaves_no_job_and_a_commit_its_job() {
    let place = Place::new();
    let server = place.start(&[]);
    post(&server, "/lab/undone-jobs");
    post(&server, "/lab/committed-jobs");
    server.log_with("the echo answers");
    place.wait_for_done(1);
    assert_eq!(server.log().matches("the echo answers").count(), 1);
    let list = place.json(&["jobs", "list", "--json"]);
    assert_eq!(list.as_array().map(Vec::len), Some(1), "{list}");
}

/// Killed after the commit and before the relay: Redis is away in between, so nothing could be relayed.
#[test]
fn a_committed_job_of_a_killed_process_is_relayed_by_another_one() {
    let place = Place::new();
    let mut server = place.start(&[]);
    place.redis.stop();
    for _ in 0..3 {
        post(&server, "/lab/committed-jobs");
    }
    let ready = get(server.address, "/health/ready").expect("a response");
    assert_eq!(ready.status, 503);
    assert!(ready.text().contains("store of jobs"), "{}", ready.text());
    server.signal("KILL");
    server.wait(Duration::from_secs(5));
    place.redis.start();
    let doctor = succeed(&mut place.command(&["doctor"]));
    assert!(doctor.contains("ok    outbox: 3 jobs"), "{doctor}");
    assert!(doctor.contains("ok    job_store"), "{doctor}");
    let other = place.start(&[]);
    other.log_with("committed");
    place.wait_for_done(3);
    let doctor = succeed(&mut place.command(&["doctor"]));
    assert!(doctor.contains("no job waits to be relayed"), "{doctor}");
}

#[test]
fn a_server_without_workers_relays_as_well() {
    let place = Place::new();
    let server = place.start(&["--no-worker"]);
    post(&server, "/lab/committed-jobs");
    let begin = Instant::now();
    loop {
        let stats = place.json(&["jobs", "stats", "--json"]);
        if stats["queues"]["default"]["states"]["ready"] == 1 {
            break;
        }
        assert!(begin.elapsed() < Duration::from_secs(5), "{stats}");
    }
}

#[test]
fn everything_goes_on_when_redis_restarts() {
    let place = Place::new();
    let server = place.start(&[]);
    let mut enqueued = 0;
    for round in 0..3 {
        for _ in 0..5 {
            post(&server, "/lab/committed-jobs");
            enqueued += 1;
        }
        if round % 2 == 0 {
            place.redis.crash();
        } else {
            place.redis.stop();
        }
        for _ in 0..5 {
            post(&server, "/lab/committed-jobs");
            enqueued += 1;
        }
        thread::sleep(Duration::from_millis(700));
        place.redis.start();
        place.wait_for_done(enqueued);
    }
    let ready = get(server.address, "/health/ready").expect("a response");
    assert_eq!(ready.status, 200, "{}", ready.text());
    // Each outage is told once, not with each try.
    let log = server.log();
    let told = log
        .matches("jobs of transactions cannot be relayed; they are kept")
        .count();
    assert!(told <= 3, "{log}");
}

#[test]
fn jobs_are_listed_cancelled_and_run_again_on_the_command_line() {
    let place = Place::new();
    let server = place.start(&["--no-worker"]);
    post(&server, "/lab/jobs");
    post(&server, "/lab/slow-jobs");
    let list = place.json(&["jobs", "list", "--json"]);
    assert_eq!(list[0]["name"], "slow", "the newest first");
    let slow = list[0]["id"].as_str().expect("an id").to_owned();
    succeed(&mut place.command(&["jobs", "cancel", &slow]));
    succeed(&mut place.command(&["jobs", "retry", &slow]));
    let shown = succeed(&mut place.command(&["jobs", "show", &slow]));
    assert!(shown.contains("ready"), "{shown}");
    succeed(&mut place.command(&["jobs", "cancel", &slow]));
    let purged = succeed(&mut place.command(&["jobs", "purge", "--state", "cancelled"]));
    assert!(purged.contains("1 deleted"), "{purged}");
    succeed(&mut place.command(&["jobs", "pause", "default"]));
    let stats = succeed(&mut place.command(&["jobs", "stats"]));
    assert!(stats.contains("default (paused)"), "{stats}");
    drop(server);
    let server = place.start(&[]);
    thread::sleep(Duration::from_millis(500));
    assert!(!server.log().contains("the echo answers"));
    succeed(&mut place.command(&["jobs", "resume", "default"]));
    server.log_with("the echo answers");
}

#[test]
fn a_wrong_address_and_a_server_that_is_away_stop_the_start() {
    let database = Database::sqlite();
    let start = |url: Option<&str>| {
        let mut command = database.command(&["start", "--port", "0", "--migrate"]);
        command.env("FW_JOBS__STORE", "redis");
        if let Some(url) = url {
            command.env("FW_JOBS__REDIS_URL", url);
        }
        let (code, output) = fail(&mut command);
        assert_eq!(code, 1, "{output}");
        assert!(!output.contains("hunter2"), "{output}");
        output
    };
    let missing = start(None);
    assert!(missing.contains("missing `jobs.redis_url`"), "{missing}");
    assert!(missing.contains("FW_JOBS__REDIS_URL"), "{missing}");
    let wrong = start(Some("http://:hunter2@localhost"));
    assert!(
        wrong.contains("not the address of a Redis server"),
        "{wrong}"
    );
    let encrypted = start(Some("rediss://:hunter2@localhost"));
    assert!(encrypted.contains("encrypted"), "{encrypted}");
    let away = start(Some("redis://:hunter2@127.0.0.1:1"));
    assert!(
        away.contains("the store of jobs at `127.0.0.1:1` cannot be used"),
        "{away}"
    );
    assert!(away.contains("hint: check that Redis runs"), "{away}");
}
