//! A PostgreSQL server that stops, or hangs, under load.

use std::{
    collections::HashMap,
    thread,
    time::{Duration, Instant},
};

use fw_tests::{
    app::Server,
    postgres::{self, Stop},
};

use super::{AUTHORS, Clients, Sample, assert_unavailable, create, status, until};
use crate::Database;

/// The connections of the application.
const POOL: &str = "5";

/// What runs jobs has connections of its own, which are not those of the pool.
const WITHOUT_JOBS: (&str, &str) = ("FW_JOBS__RUN", "false");

/// How long a request may take that the database cannot serve.
const AT_ONCE: Duration = Duration::from_millis(700);

/// How long it may take until all is well again.
const RECOVERY: Duration = Duration::from_secs(2);

const READY: &str = "/health/ready";
const LIVE: &str = "/health/live";

#[test]
fn a_postgres_that_stops_is_missed_at_once_and_loses_nothing() {
    let postgres = postgres::Server::private();
    let database = Database::on(&postgres);
    let server = database.start(&[
        ("FW_DATABASE__MAX_CONNECTIONS", POOL),
        WITHOUT_JOBS,
        ("FW_DATABASE__STATEMENT_TIMEOUT", "1500ms"),
    ]);
    let address = server.address;
    for how in [Stop::Immediate, Stop::Fast] {
        // More clients than connections: some wait for one when the server goes.
        let clients = Clients::start(address, 8, &format!("{how:?}"));
        thread::sleep(Duration::from_millis(500));
        postgres.stop(how);
        let stopped = Instant::now();
        until(RECOVERY, "it is not ready", || {
            status(address, READY) == 503
        });
        assert_eq!(status(address, LIVE), 200);
        thread::sleep(Duration::from_secs(1));
        assert_eq!(status(address, LIVE), 200);
        let restart = Instant::now();
        postgres.start();
        let started = Instant::now();
        until(RECOVERY, "it is ready", || status(address, READY) == 200);
        until(RECOVERY, "it reads", || status(address, AUTHORS) == 200);
        let mut number = 0;
        until(RECOVERY, "it writes", || {
            number += 1;
            let name = format!("again-{how:?}-{number}");
            create(address, &name, &name).is_ok_and(|response| response.status == 201)
        });
        let recovery = started.elapsed();
        assert!(recovery < RECOVERY, "{recovery:?}");
        thread::sleep(Duration::from_millis(300));
        let samples = clients.stop();

        assert_responses(&samples);
        let between: Vec<_> = samples
            .iter()
            .filter(|sample| sample.begin > stopped && sample.begin + sample.took < restart)
            .collect();
        let slowest = between.iter().map(|sample| sample.took).max();
        let slowest = slowest.expect("there were requests meanwhile");
        let slowest_of_all = samples.iter().map(|sample| sample.took).max();
        println!(
            "{how:?}: {} requests without a server took {slowest:?} at most, all {} {:?}; well again after {recovery:?}",
            between.len(),
            samples.len(),
            slowest_of_all.unwrap_or_default(),
        );
        assert!(slowest < AT_ONCE, "{slowest:?}");
        assert!(
            slowest_of_all < Some(Duration::from_secs(2)),
            "{slowest_of_all:?}"
        );
        for sample in between {
            assert_unavailable(&sample.response);
        }
        assert_kept(&postgres, &database, &samples);
        assert_pool_is_whole(&postgres, &database, &server);
    }
    assert!(!server.log().contains("panic"), "{}", server.log());
}

#[test]
fn a_postgres_that_hangs_holds_nobody_for_longer_than_a_request_may_take() {
    let postgres = postgres::Server::private();
    let database = Database::on(&postgres);
    let server = database.start(&[
        ("FW_DATABASE__MAX_CONNECTIONS", POOL),
        WITHOUT_JOBS,
        ("FW_DATABASE__STATEMENT_TIMEOUT", "1500ms"),
        ("FW_MIDDLEWARE__TIMEOUT__AFTER", "2s"),
    ]);
    let address = server.address;
    let clients = Clients::start(address, 8, "hang");
    thread::sleep(Duration::from_millis(500));
    postgres.freeze();
    let frozen = Instant::now();
    thread::sleep(Duration::from_millis(200));
    let keyed = create(address, "once", "once").expect("a response");
    assert_unavailable(&keyed);
    assert_eq!(status(address, READY), 503);
    assert_eq!(status(address, LIVE), 200);
    thread::sleep(Duration::from_millis(500));
    postgres.thaw();
    let thawed = Instant::now();
    until(RECOVERY, "it is ready", || status(address, READY) == 200);
    until(RECOVERY, "it reads", || status(address, AUTHORS) == 200);
    // The request that was given up had no effect, so that its repetition has the only one.
    let mut repeated = None;
    until(RECOVERY, "it writes", || {
        let response = create(address, "once", "once").expect("a response");
        let done = response.status == 201;
        repeated = Some(response);
        done
    });
    let recovery = thawed.elapsed();
    assert!(recovery < RECOVERY, "{recovery:?}");
    assert_eq!(
        repeated.map(|response| response.header("idempotency-replayed").to_owned()),
        Some(String::new())
    );
    thread::sleep(Duration::from_millis(300));
    let samples = clients.stop();

    assert_responses(&samples);
    let slowest = samples.iter().map(|sample| sample.took).max();
    let refused = samples
        .iter()
        .filter(|sample| sample.begin > frozen && sample.response.status == 503)
        .count();
    println!(
        "{refused} requests were given up, the slowest took {slowest:?}; well again after {recovery:?}"
    );
    assert!(refused > 0);
    assert!(slowest < Some(Duration::from_millis(2800)), "{slowest:?}");
    assert_kept(&postgres, &database, &samples);
    let once = "SELECT count(*) FROM authors WHERE name = 'once'";
    assert_eq!(postgres.psql(database.name(), once), "1");
    assert_pool_is_whole(&postgres, &database, &server);
}

/// Every response is the one that was wanted, or a problem with status 503.
#[track_caller]
fn assert_responses(samples: &[Sample]) {
    for sample in samples {
        let wanted = if sample.name.is_some() { 201 } else { 200 };
        if sample.response.status != wanted {
            assert_unavailable(&sample.response);
        }
    }
}

/// Every acknowledged write is there, and none is there twice.
#[track_caller]
fn assert_kept(postgres: &postgres::Server, database: &Database, samples: &[Sample]) {
    let names = postgres.psql(database.name(), "SELECT name FROM authors");
    let mut found: HashMap<&str, u32> = HashMap::new();
    for name in names.lines() {
        *found.entry(name).or_default() += 1;
    }
    let twice: Vec<_> = found.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    let mut acknowledged = samples
        .iter()
        .filter(|sample| sample.response.status == 201)
        .filter_map(|sample| sample.name.as_deref());
    assert!(acknowledged.clone().count() > 0);
    assert_eq!(acknowledged.find(|name| !found.contains_key(name)), None);
}

/// As many requests as the pool has connections are worked on at the same time, and no connection was leaked.
#[track_caller]
fn assert_pool_is_whole(postgres: &postgres::Server, database: &Database, server: &Server) {
    let of_application = |condition: &str| {
        let count = format!(
            "SELECT count(*) FROM pg_stat_activity \
            WHERE application_name = 'framewright' AND datname = '{}' AND {condition}",
            database.name()
        );
        postgres.psql(database.name(), &count)
    };
    let address = server.address;
    // They end with the statement timeout.
    let slow: Vec<_> = (0..5)
        .map(|_| thread::spawn(move || status(address, "/lab/slow-query")))
        .collect();
    until(Duration::from_millis(1400), "all run at once", || {
        of_application("state = 'active' AND query LIKE '%pg_sleep%'") == POOL
    });
    assert_eq!(of_application("true"), POOL);
    for request in slow {
        assert_eq!(request.join().expect("no panic"), 503);
    }
    until(Duration::from_secs(2), "no transaction is open", || {
        of_application("state LIKE 'idle in transaction%'") == "0"
    });
    let quick: Vec<_> = (0..5)
        .map(|_| thread::spawn(move || status(address, AUTHORS)))
        .collect();
    for request in quick {
        assert_eq!(request.join().expect("no panic"), 200);
    }
}
