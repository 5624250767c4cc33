//! Faults that other systems of background jobs have, or had, and the tests that this one does not have them. Those that had no test yet are
//! here, on real processes, and in `job_store/faults.rs`.
//!
//! Of libraries for the same runtime:
//!
//! | fault elsewhere | proved by |
//! |---|---|
//! | no heartbeats while jobs that were fetched wait, or while they block all threads | `jobs_that_block_every_thread_do_not_cost_the_lease` |
//! | no heartbeats while a process drains | `heartbeats_go_on_while_a_process_drains` |
//! | the end hangs as outcomes of many running jobs have no place | `many_running_jobs_do_not_hold_up_the_end` |
//! | the end cuts off a fetch, and its claims are lost | `no_fault_loses_a_job_or_settles_one_twice`, `no_job_is_lost_on_postgres_when_processes_are_killed` |
//! | one failed heartbeat, settlement or fetch ends the worker and cuts off its jobs | `no_fault_loses_a_job_or_settles_one_twice`, `no_job_is_lost_on_postgres_when_processes_are_killed` |
//! | arguments that cannot be decoded end the worker | `arguments_that_cannot_be_decoded_end_in_the_dead_letters` |
//! | a panic ends the worker | `a_panic_costs_no_worker` |
//! | new jobs are seen at the next heartbeat, half a minute later | `a_process_of_its_own_runs_the_jobs_of_a_server`, `behind_a_pooler_of_transactions_new_jobs_are_noticed` |
//! | a run goes on though its worker was dropped | `a_running_job_that_is_cancelled_is_cut_off` |
//! | a job that comes back to a process that knows its id is a panic | `no_fault_loses_a_job_or_settles_one_twice` |
//! | the queue switches off the durability of SQLite | `the_durability_of_sqlite_is_left_as_it_is` |
//! | a retry after an error stays locked, and is never fetched again | `a_retry_after_an_error_is_fetched_again` |
//! | the delay of a retry is ignored | `a_failed_job_waits_before_it_is_tried_again` |
//! | all tries follow each other at once | `a_failed_job_waits_before_it_is_tried_again` |
//! | a stale worker takes back a job that runs elsewhere, and its outcome wins | `a_stale_worker_cannot_settle_over_the_new_run` |
//! | rescues do not count as tries | `a_job_whose_attempts_are_used_up_by_crashes_is_dead` |
//! | deleting what is 30 days old deletes what has ended just now | `jobs_are_kept_for_their_retention` |
//! | handing back costs a try | `handing_back_and_snoozing_cost_no_attempt`, `a_job_that_is_too_slow_for_the_end_is_handed_back` |
//! | a key blocks for ever | `a_live_key_is_free_when_its_job_has_ended`, `a_key_for_a_period_is_free_at_its_end` |
//! | nobody is told that a job was not enqueued as its key was taken | `a_second_job_with_its_key_is_not_enqueued` |
//! | a taken key fails the transaction around it | `a_taken_key_does_not_break_the_callers_transaction` |
//! | a lock of the session is taken through a pool | `no_lock_outlives_its_transaction` |
//! | a connection for each queue or kind of job | `all_queues_have_one_listener` |
//! | a notification for each job | `many_new_jobs_are_few_notifications` |
//! | thousands of jobs that are due at once stop the fetch | `thousands_of_due_jobs_are_promoted_in_portions` |
//! | a restart soon after the last one is refused, as the name is taken | `two_processes_of_one_machine_are_two_workers` |
//! | every process fires a schedule | `each_firing_happens_once_over_all_processes`, `a_slot_fires_once` |
//! | the next job of a chain is enqueued before its predecessor is done | `the_jobs_of_a_chain_run_one_after_the_other`, `a_job_that_comes_after_one_that_ends_meanwhile_is_not_forgotten` |
//! | long runs are run twice | `a_long_run_of_a_living_worker_is_not_rescued` |
//! | migrations of the queue and of the application are in each other's way | `a_server_that_starts_for_the_first_time_has_the_tables_of_jobs` |
//!
//! Of systems that are trusted:
//!
//! | fault elsewhere | proved by |
//! |---|---|
//! | a rescue overwrites a job that has finished | `a_finished_job_is_not_rescued` |
//! | names of workers come back | `two_processes_of_one_machine_are_two_workers` |
//! | a rescue by age runs long jobs twice | `a_long_run_of_a_living_worker_is_not_rescued` |
//! | a rescue takes jobs from a worker that has registered meanwhile | `a_rescue_does_not_take_a_job_that_was_claimed_anew_meanwhile` |
//! | claims of processes that have vanished are not found | `a_worker_is_not_forgotten_before_its_claims_on_sqlite`, `a_worker_is_not_forgotten_before_its_claims_on_postgres` |
//! | `NOTIFY` for each job holds up all commits of the server | `many_new_jobs_are_few_notifications` |
//! | a connection that listened is lost, and with it all news | `a_lost_listener_costs_a_moment` |
//! | the jobs of a killed process wait for hours | `a_job_of_a_killed_process_runs_elsewhere` |
//! | a job that kills its process kills one after another | `a_job_that_kills_its_process_three_times_is_dead` |
//! | a process that stood still goes on with jobs that others have taken over | `no_job_is_lost_on_sqlite_when_processes_are_killed`, `a_stale_worker_cannot_settle_over_the_new_run` |
//! | a rolled back transaction leaves a lock, or takes the job of another one with it | `a_key_is_free_after_a_rollback`, `a_transaction_waits_for_another_one_with_its_key` |
//! | finished jobs slow down those that wait | `a_claim_reads_no_finished_job`, `a_claim_on_sqlite_reads_no_finished_job` |
//! | SQLite is busy | `processes_on_sqlite_do_not_disturb_each_other` |
//! | behind a pooler of transactions nothing is noticed | `behind_a_pooler_of_transactions_new_jobs_are_noticed` |

use std::{
    fs,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use fw_tests::{
    app::{Server, repository, succeed},
    http::send_json,
    postgres,
};
use serde_json::{Value, json};

use super::Database;

const BEAT: (&str, &str) = ("FW_JOBS__BEAT", "300ms");

#[track_caller]
fn enqueue(server: &Server, path: &str) {
    let response = send_json(server.address, "POST", path, &json!({})).expect("a response");
    assert_eq!(response.status, 204, "{}", response.text());
}

/// A server that runs no jobs, on a database that it has migrated.
fn server_without_worker(database: &Database) -> Server {
    Server::start(database.command(&["start", "--port", "0", "--migrate", "--no-worker"]))
}

fn worker(database: &Database, variables: &[(&str, &str)]) -> Server {
    let mut command = database.command(&["start", "--worker"]);
    command.envs([BEAT]).envs(variables.iter().copied());
    let worker = Server::spawn(command);
    worker.log_with("runs jobs");
    worker
}

fn jobs(database: &Database) -> Vec<Value> {
    let output = succeed(&mut database.command(&["jobs", "list", "--limit", "100", "--json"]));
    serde_json::from_str(&output).unwrap_or_else(|error| panic!("{error}: {output}"))
}

/// Waits until all jobs are done, and checks that each was claimed once.
#[track_caller]
fn assert_each_runs_once(database: &Database, count: usize) {
    for job in wait_for_the_end(database, count) {
        assert_eq!(job["token"], 1, "{job:#}");
    }
}

/// Waits until all jobs are done.
#[track_caller]
fn wait_for_the_end(database: &Database, count: usize) -> Vec<Value> {
    let begin = Instant::now();
    let all = loop {
        let all = jobs(database);
        if all.iter().all(|job| job["state"] == "done") {
            break all;
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "{all:#?}");
        thread::sleep(Duration::from_millis(100));
    };
    assert_eq!(all.len(), count);
    all
}

#[test]
fn jobs_that_block_every_thread_do_not_cost_the_lease() {
    for database in Database::both() {
        let server = server_without_worker(&database);
        for _ in 0..12 {
            enqueue(&server, "/lab/blocking-jobs");
        }
        let blocked = worker(&database, &[("FW_JOBS__WORKERS", "12")]);
        blocked.log_with("the blocking job begins");
        // It would take over what the other one has lost.
        let other = worker(&database, &[]);
        wait_for_the_end(&database, 12);
        // On SQLite a transaction of any process that blocks, also one of the application's own, holds up the one writer.
        if database.url.starts_with("postgres:") {
            let log = blocked.log();
            assert!(!log.contains("the lease on running jobs is lost"), "{log}");
            assert!(!other.log().contains("the blocking job begins"), "{log}");
        }
    }
}

#[test]
fn heartbeats_go_on_while_a_process_drains() {
    for database in Database::both() {
        let server = server_without_worker(&database);
        let mut draining = worker(&database, &[]);
        enqueue(&server, "/lab/slow-jobs");
        draining.log_with("the slow job begins");
        draining.signal("TERM");
        // Its run takes several leases.
        let _other = worker(&database, &[]);
        assert_eq!(draining.wait(Duration::from_secs(10)).code(), Some(0));
        draining.log_with("the slow job ends");
        assert_each_runs_once(&database, 1);
    }
}

#[test]
fn many_running_jobs_do_not_hold_up_the_end() {
    const JOBS: usize = 30;
    for database in Database::both() {
        let server = server_without_worker(&database);
        for _ in 0..JOBS {
            enqueue(&server, "/lab/slow-jobs");
        }
        let mut ending = worker(&database, &[("FW_JOBS__WORKERS", "30")]);
        let begin = Instant::now();
        while ending.log().matches("the slow job begins").count() < JOBS {
            assert!(
                begin.elapsed() < Duration::from_secs(10),
                "{}",
                ending.log()
            );
            thread::sleep(Duration::from_millis(20));
        }
        ending.signal("TERM");
        assert_eq!(ending.wait(Duration::from_secs(10)).code(), Some(0));
        assert_each_runs_once(&database, JOBS);
    }
}

#[test]
fn a_panic_costs_no_worker() {
    for database in Database::both() {
        let server = database.start(&[BEAT, ("FW_JOBS__WORKERS", "1")]);
        enqueue(&server, "/lab/panicking-jobs");
        server.log_with("it panicked: the job panics on purpose");
        enqueue(&server, "/lab/slow-jobs");
        server.log_with("the slow job ends");
        let dead = jobs(&database);
        let dead = dead.iter().filter(|job| job["state"] == "dead").count();
        assert_eq!(dead, 1);
    }
}

fn psql(database: &Database, sql: &str) -> String {
    postgres::server().psql(database.name(), sql)
}

const LISTENERS: &str =
    "pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";

fn listeners(database: &Database) -> String {
    psql(database, &format!("SELECT COUNT(*) FROM {LISTENERS}"))
}

#[test]
fn all_queues_have_one_listener() {
    let database = Database::postgres();
    let _server = server_without_worker(&database);
    let queues = [
        ("FW_JOBS__QUEUES__MAIL__WEIGHT", "2"),
        ("FW_JOBS__QUEUES__REPORTS__WEIGHT", "1"),
        ("FW_JOBS__QUEUES__FEEDS__WEIGHT", "1"),
    ];
    let _worker = worker(&database, &queues);
    let begin = Instant::now();
    while listeners(&database) != "1" {
        assert!(begin.elapsed() < Duration::from_secs(5));
        thread::sleep(Duration::from_millis(50));
    }
    thread::sleep(Duration::from_secs(1));
    assert_eq!(listeners(&database), "1");
}

#[test]
fn a_lost_listener_costs_a_moment() {
    let database = Database::postgres();
    let server = server_without_worker(&database);
    let worker = worker(&database, &[]);
    let begin = Instant::now();
    while listeners(&database) == "0" {
        assert!(begin.elapsed() < Duration::from_secs(5));
        thread::sleep(Duration::from_millis(50));
    }
    psql(
        &database,
        &format!("SELECT pg_terminate_backend(pid) FROM {LISTENERS}"),
    );
    enqueue(&server, "/lab/jobs");
    worker.log_with("the echo answers");
    let begin = Instant::now();
    while listeners(&database) != "1" {
        assert!(
            begin.elapsed() < Duration::from_secs(20),
            "it listens again"
        );
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn many_new_jobs_are_few_notifications() {
    const CLIENTS: usize = 8;
    const JOBS: usize = 50;
    let database = Database::postgres();
    let server = server_without_worker(&database);
    let url = format!("--dbname={}", database.url);
    let listening = thread::spawn(move || {
        succeed(Command::new("psql").args([
            "--no-psqlrc",
            &url,
            "--command=LISTEN fw_jobs",
            "--command=SELECT pg_sleep(6)",
        ]))
    });
    let begin = Instant::now();
    while listening_sessions(&database) == "0" {
        assert!(begin.elapsed() < Duration::from_secs(3));
        thread::sleep(Duration::from_millis(20));
    }
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| (0..JOBS).for_each(|_| enqueue(&server, "/lab/jobs")));
        }
    });
    let heard = listening.join().expect("`psql` ends");
    let heard = heard.matches("Asynchronous notification").count();
    assert!((1..=CLIENTS * JOBS / 2).contains(&heard), "{heard}");
}

fn listening_sessions(database: &Database) -> String {
    let sql = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND query = 'SELECT pg_sleep(6)'";
    psql(database, sql)
}

/// A room with tables of its own must not be in the way of the application's migrations.
#[test]
fn a_server_that_starts_for_the_first_time_has_the_tables_of_jobs() {
    for database in Database::both() {
        let server = database.start(&[]);
        enqueue(&server, "/lab/jobs");
        server.log_with("the echo answers");
        let status = succeed(&mut database.command(&["db", "status"]));
        assert!(!status.contains("pending"), "{status}");
    }
}

#[test]
fn each_fault_has_its_test() {
    let mut sources = String::new();
    for folder in [
        "tests/tests/suite",
        "framework/src/jobs",
        "framework/src/queue",
    ] {
        read_all(&repository().join(folder), &mut sources);
    }
    let rows = include_str!("faults_of_others.rs").lines();
    let rows = rows.filter_map(|line| line.strip_prefix("//! | "));
    let mut count = 0;
    for row in rows.filter(|row| !row.starts_with("fault")) {
        let (_, proofs) = row.split_once(" | ").expect("two columns");
        for test in proofs.split('`').skip(1).step_by(2) {
            count += 1;
            assert!(sources.contains(&format!("fn {test}(")), "no test `{test}`");
        }
    }
    assert!(count > 40, "{count}");
}

fn read_all(folder: &std::path::Path, text: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read_all(&path, text);
        } else {
            text.push_str(&fs::read_to_string(&path).expect("a text"));
        }
    }
}
