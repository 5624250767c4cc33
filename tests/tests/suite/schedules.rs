//! The schedule of real processes, on either database: each firing happens once, and by none that runs no jobs.

use std::{
    thread,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use fw::{
    config::DatabaseConfig,
    db::Db,
    prelude::*,
    queue::store::{SqlStore, Store},
};
use fw_tests::app::{Server, fail, succeed};
use serde_json::Value;

use super::{Database, survival_data::until};

/// The lab's clock strikes every second with it.
const STRIKES: (&str, &str) = ("LAB_STRIKES", "1");

fn json_of(database: &Database, arguments: &[&str]) -> Value {
    let output = succeed(database.command(arguments).env(STRIKES.0, STRIKES.1));
    serde_json::from_str(&output).unwrap_or_else(|error| panic!("{error}: {output}"))
}

/// The times at which the job of the clock was enqueued, in their order.
fn strikes(database: &Database) -> Vec<DateTime<Utc>> {
    let list = json_of(database, &["jobs", "list", "--name", "echo", "--json"]);
    let jobs = list.as_array().expect("a list");
    let time = |job: &Value| job["created_at"].as_str()?.parse().ok();
    let mut times: Vec<_> = jobs.iter().map(|job| time(job).expect("a time")).collect();
    times.sort_unstable();
    times
}

#[test]
fn each_firing_happens_once_over_all_processes() {
    for database in Database::both() {
        let begin = Instant::now();
        let servers = [STRIKES; 3].map(|strikes| database.start(&[strikes]));
        thread::sleep(Duration::from_secs(5));
        let times = strikes(&database);
        let most = usize::try_from(begin.elapsed().as_secs()).expect("a few") + 1;
        assert!((3..=most).contains(&times.len()), "{times:?}");
        // Each has run once, somewhere.
        thread::sleep(Duration::from_millis(500));
        let runs: usize = servers
            .iter()
            .map(|server| server.log().matches("the echo answers").count())
            .sum();
        assert!(runs >= times.len(), "{runs} runs of {}", times.len());
        assert!(runs <= strikes(&database).len());
    }
}

#[test]
fn a_process_that_runs_no_jobs_fires_nothing() {
    for database in Database::both() {
        let mut command = database.command(&["start", "--port", "0", "--migrate", "--no-worker"]);
        command.env(STRIKES.0, STRIKES.1);
        let _server = Server::start(command);
        thread::sleep(Duration::from_millis(2500));
        assert!(strikes(&database).is_empty());
        // A worker of its own does.
        let mut command = database.command(&["start", "--worker"]);
        command.env(STRIKES.0, STRIKES.1);
        let mut worker = Server::spawn(command);
        worker.log_with("the echo answers");
        worker.signal("TERM");
        assert_eq!(worker.wait(Duration::from_secs(5)).code(), Some(0));
    }
}

#[test]
fn the_schedule_is_listed_with_its_next_times() {
    for database in Database::both() {
        let entry = |list: &Value, name: &str| {
            let list = list.as_array().expect("a list").iter();
            let mut found = list.filter(|entry| entry["name"] == name);
            found
                .next()
                .cloned()
                .unwrap_or_else(|| panic!("no `{name}`"))
        };
        // Before the first start nobody counts intervals.
        succeed(&mut database.command(&["db", "create"]));
        succeed(&mut database.command(&["db", "migrate"]));
        let list = json_of(&database, &["schedule", "--json"]);
        let nightly = entry(&list, "echo");
        assert_eq!(nightly["when"], "daily 03:00");
        let next = nightly["next"][0].as_str().expect("a time");
        assert!(next.ends_with("T03:00:00Z"), "{next}");
        assert_eq!(entry(&list, "echo (2)")["next"], serde_json::json!([]));
        // It was `every 3600s`.
        assert_eq!(entry(&list, "idempotency:prune")["when"], "every 1h");

        let server = database.start(&[STRIKES]);
        server.log_with("the echo answers");
        let list = json_of(&database, &["schedule", "--json"]);
        assert_eq!(entry(&list, "echo (2)")["when"], "every 1s");
        let next = entry(&list, "echo (2)")["next"].clone();
        assert_eq!(next.as_array().map(Vec::len), Some(3), "{next}");
        let table = succeed(database.command(&["schedule"]).env(STRIKES.0, STRIKES.1));
        assert!(table.contains("idempotency:prune"), "{table}");
    }
}

#[test]
fn a_schedule_that_cannot_be_run_stops_the_start() {
    let database = Database::sqlite();
    for (expression, expected) in [
        ("0 3 * *", "`0 3 * *`"),
        ("0 0 30 2 *", "no day has this date"),
        (
            "0 24 * * *",
            "the hour is `24`: write a number from 0 to 23",
        ),
    ] {
        let mut command = database.command(&["start", "--port", "0", "--migrate"]);
        let (code, said) = fail(command.env("LAB_CRON", expression));
        assert_eq!(code, 1, "{said}");
        assert!(said.contains(expected) && said.contains("hint: "), "{said}");
        assert!(!said.contains("migration applied"), "{said}");
        let mut doctor = database.command(&["doctor", "--static"]);
        let (_, said) = fail(doctor.env("LAB_CRON", expression));
        assert!(said.contains("FAIL  schedule: "), "{said}");
        assert!(said.contains(expected), "{said}");
    }
}

/// An application with a mistake in its schedule.
struct Mistaken;

impl Hooks for Mistaken {
    type Settings = ();

    fn name() -> &'static str {
        "mistaken"
    }

    fn routes() -> Routes {
        Routes::new()
    }

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }

    fn schedule() -> Schedule {
        Schedule::new().cron("61 2 * * *", "idempotency:prune")
    }

    async fn before_boot(config: &mut fw::config::Config) -> Result<()> {
        config.database.url = "sqlite::memory:".into();
        Ok(())
    }
}

#[tokio::test]
#[should_panic(expected = "the minute is `61`")]
async fn a_schedule_that_cannot_be_run_fails_the_tests_of_the_application() {
    fw_testing::boot::<Mistaken>().await;
}

/// The store of jobs of a database.
async fn store(database: &Database) -> SqlStore {
    let config = DatabaseConfig {
        url: database.url.as_str().into(),
        ..DatabaseConfig::default()
    };
    SqlStore::new(Db::connect(&config).await.expect("it can be opened"))
}

#[tokio::main(flavor = "current_thread")]
async fn next_time(database: &Database, slot: &str) -> Option<DateTime<Utc>> {
    let slots = store(database).await.slots().await;
    let slots = slots.expect("the slots are read").into_iter();
    let mut found = slots.filter(|found| found.name == slot);
    found.next().map(|found| found.next_at)
}

/// Sets the next time of a slot back, as if no process had been there since.
#[tokio::main(flavor = "current_thread")]
async fn move_back(database: &Database, slot: &str, from: DateTime<Utc>, by: TimeDelta) {
    let store = store(database).await;
    let moved = store.fire(slot, from, from - by, &[], Utc::now()).await;
    assert!(moved.expect("the slot is there").is_some());
}

#[test]
fn firings_that_no_process_was_there_for_are_treated_as_the_entry_says() {
    const SLOT: &str = "echo (2)";
    // Each hour, and not within the next minutes nor the last ones.
    let minute = (Utc::now().minute() + 30) % 60;
    let cron = format!("{minute} * * * *");
    for database in Database::both() {
        for (missed, expected) in [("skip", 0), ("once", 1), ("all", 3)] {
            let variables = [("LAB_CRON", cron.as_str()), ("LAB_MISSED", missed)];
            let mut server = database.start(&variables);
            until(Duration::from_secs(5), "the entry has a slot", || {
                next_time(&database, SLOT).is_some_and(|time| time > Utc::now())
            });
            let before = strikes(&database).len();
            server.signal("TERM");
            assert_eq!(server.wait(Duration::from_secs(10)).code(), Some(0));
            let time = next_time(&database, SLOT).expect("a slot");
            move_back(&database, SLOT, time, TimeDelta::hours(3));

            let server = database.start(&variables);
            let count = || strikes(&database).len() - before;
            if expected > 0 {
                until(Duration::from_secs(5), missed, || count() == expected);
            } else {
                server.log_with("which is left out");
            }
            thread::sleep(Duration::from_millis(300));
            assert_eq!(count(), expected, "{missed}");
            drop(server);
        }
    }
}
