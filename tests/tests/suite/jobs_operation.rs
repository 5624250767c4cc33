//! Background jobs of real processes, on either database: what becomes of them when a process is killed, drains, or does nothing else.

use std::{
    thread,
    time::{Duration, Instant},
};

use fw_tests::{
    app::{Server, fail, succeed},
    http::send_json,
    postgres::{self, Stop},
};
use serde_json::{Value, json};

use super::Database;

const BEAT: (&str, &str) = ("FW_JOBS__BEAT", "300ms");

#[track_caller]
fn enqueue(server: &Server, path: &str) {
    let response = send_json(server.address, "POST", path, &json!({})).expect("a response");
    assert_eq!(response.status, 204, "{}", response.text());
}

fn json_of(database: &Database, arguments: &[&str]) -> Value {
    let output = succeed(&mut database.command(arguments));
    serde_json::from_str(&output).unwrap_or_else(|error| panic!("{error}: {output}"))
}

#[test]
fn a_job_of_a_killed_process_runs_elsewhere() {
    for database in Database::both() {
        let mut first = database.start(&[BEAT]);
        let second = database.start(&[BEAT, ("FW_JOBS__RUN", "false")]);
        enqueue(&first, "/lab/slow-jobs");
        first.log_with("the slow job begins");
        let other = database.start(&[BEAT]);
        first.signal("KILL");
        first.wait(Duration::from_secs(5));
        let killed = Instant::now();
        let log = other.log_with("the slow job begins");
        let taken = killed.elapsed();
        // 2.25 beats, and what a busy machine needs.
        assert!(taken < Duration::from_secs(3), "{taken:?}");
        assert!(log.contains("attempt: 2"), "{log}");
        other.log_with("the slow job ends");
        assert!(!second.log().contains("the slow job begins"));
    }
}

/// Three processes in a row that are lost with a job make it dead. A process that does not reach the database is not lost.
#[test]
fn an_outage_of_the_database_is_not_the_fault_of_the_jobs() {
    let postgres = postgres::Server::private();
    let database = Database::on(&postgres);
    let server = database.start(&[BEAT]);
    let other = database.start(&[BEAT]);
    enqueue(&server, "/lab/slow-jobs");
    for outage in 1..=3 {
        let begin = Instant::now();
        let begins = || {
            let logs = server.log() + &other.log();
            logs.matches("the slow job begins").count()
        };
        while begins() < outage {
            assert!(begin.elapsed() < Duration::from_secs(10), "{outage}");
            thread::sleep(Duration::from_millis(10));
        }
        postgres.stop(Stop::Fast);
        // Longer than a lease.
        thread::sleep(Duration::from_millis(900));
        postgres.start();
    }
    let begin = Instant::now();
    loop {
        let list = json_of(&database, &["jobs", "list", "--json"]);
        assert_ne!(list[0]["state"], "dead", "{list}");
        if list[0]["state"] == "done" {
            break;
        }
        assert!(begin.elapsed() < Duration::from_secs(10), "{list}");
    }
}

#[test]
fn a_job_that_is_too_slow_for_the_end_is_handed_back() {
    for database in Database::both() {
        let mut server = database.start(&[BEAT, ("FW_JOBS__HAND_BACK_AFTER", "200ms")]);
        enqueue(&server, "/lab/slow-jobs");
        server.log_with("the slow job begins");
        server.signal("TERM");
        let status = server.wait(Duration::from_secs(5));
        assert_eq!(status.code(), Some(0), "{}", server.log());
        server.log_with("handed back");
        assert!(!server.log().contains("the slow job ends"));
        // It is there at once, and has cost no try.
        let server = database.start(&[BEAT]);
        let log = server.log_with("the slow job ends");
        assert!(log.contains("attempt: 1"), "{log}");
    }
}

#[test]
fn a_job_that_is_fast_enough_finishes_at_the_end() {
    for database in Database::both() {
        let mut server = database.start(&[BEAT]);
        enqueue(&server, "/lab/slow-jobs");
        server.log_with("the slow job begins");
        server.signal("TERM");
        let status = server.wait(Duration::from_secs(10));
        assert_eq!(status.code(), Some(0), "{}", server.log());
        server.log_with("the slow job ends");
        let counts = json_of(&database, &["jobs", "stats", "--json"]);
        assert_eq!(counts["queues"]["default"]["states"]["done"], 1, "{counts}");
        assert_eq!(counts["workers"], json!([]), "{counts}");
    }
}

#[test]
fn a_process_of_its_own_runs_the_jobs_of_a_server() {
    for database in Database::both() {
        let mut command = database.command(&["start", "--port", "0", "--migrate", "--no-worker"]);
        command.env(BEAT.0, BEAT.1);
        let server = Server::start(command);
        let mut worker = Server::spawn(database.command(&["start", "--worker"]));
        worker.log_with("runs jobs");
        // Until it has looked for the first time.
        thread::sleep(Duration::from_millis(300));
        let begin = Instant::now();
        enqueue(&server, "/lab/jobs");
        let log = worker.log_with("the echo answers");
        let taken = begin.elapsed();
        assert!(taken < Duration::from_secs(1), "{taken:?}");
        // The job is known by the request that it comes from.
        assert!(log.contains("request_id"), "{log}");
        assert!(!server.log().contains("the echo answers"));
        worker.signal("TERM");
        assert_eq!(worker.wait(Duration::from_secs(5)).code(), Some(0));
    }
}

#[test]
fn a_worker_of_a_queue_that_does_not_exist_does_not_start() {
    let database = Database::sqlite();
    drop(database.start(&[]));
    let arguments = ["start", "--worker", "--queues", "default,nowhere"];
    let (code, output) = fail(&mut database.command(&arguments));
    assert_eq!(code, 1, "{output}");
    assert!(
        output.contains("`nowhere`") && output.contains("`default`"),
        "{output}"
    );
}

#[test]
fn a_running_job_that_is_cancelled_is_cut_off() {
    for database in Database::both() {
        let server = database.start(&[BEAT]);
        enqueue(&server, "/lab/slow-jobs");
        server.log_with("the slow job begins");
        let list = json_of(&database, &["jobs", "list", "--state", "running", "--json"]);
        let id = list[0]["id"].as_str().expect("an id");
        succeed(&mut database.command(&["jobs", "cancel", id]));
        server.log_with("job cut off: it was cancelled");
        assert!(!server.log().contains("the slow job ends"));
        let shown = json_of(&database, &["jobs", "show", id, "--json"]);
        assert_eq!(shown["job"]["state"], "cancelled");
    }
}

#[test]
fn jobs_are_listed_cancelled_and_run_again_on_the_command_line() {
    for database in Database::both() {
        let server = database.start(&[("FW_JOBS__RUN", "false")]);
        enqueue(&server, "/lab/jobs");
        enqueue(&server, "/lab/slow-jobs");
        let list = json_of(&database, &["jobs", "list", "--json"]);
        assert_eq!(list.as_array().map(Vec::len), Some(2), "{list}");
        assert_eq!(list[0]["name"], "slow", "the newest first");
        let slow = list[0]["id"].as_str().expect("an id").to_owned();
        let table = succeed(&mut database.command(&["jobs", "list", "--name", "echo"]));
        assert!(table.contains("echo") && !table.contains("slow"), "{table}");

        let cancelled = succeed(&mut database.command(&["jobs", "cancel", &slow]));
        assert!(cancelled.contains("cancelled"), "{cancelled}");
        let (code, output) = fail(&mut database.command(&["jobs", "cancel", &slow]));
        assert_eq!(code, 1);
        assert!(output.contains("cancelled already"), "{output}");
        let shown = json_of(&database, &["jobs", "show", &slow, "--json"]);
        assert_eq!(shown["job"]["state"], "cancelled");
        succeed(&mut database.command(&["jobs", "retry", &slow]));
        let shown = succeed(&mut database.command(&["jobs", "show", &slow]));
        assert!(shown.contains("ready"), "{shown}");
        succeed(&mut database.command(&["jobs", "cancel", &slow]));
        let (code, output) = fail(&mut database.command(&["jobs", "purge"]));
        assert_eq!(code, 1);
        assert!(output.contains("--state dead"), "{output}");
        let purged = succeed(&mut database.command(&["jobs", "purge", "--state", "cancelled"]));
        assert!(purged.contains("1 deleted"), "{purged}");

        succeed(&mut database.command(&["jobs", "pause", "default"]));
        let (_, output) = fail(&mut database.command(&["jobs", "pause", "nowhere"]));
        assert!(output.contains("`default`"), "{output}");
        let stats = succeed(&mut database.command(&["jobs", "stats"]));
        assert!(stats.contains("default (paused)"), "{stats}");
        drop(server);
        let server = database.start(&[]);
        thread::sleep(Duration::from_millis(500));
        assert!(!server.log().contains("the echo answers"));
        succeed(&mut database.command(&["jobs", "resume", "default"]));
        server.log_with("the echo answers");
    }
}
