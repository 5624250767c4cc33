//! An application behind `PgBouncer`, which gives each transaction another connection of the server.

use std::{
    thread,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use fw_tests::{
    app::{Server, fail, succeed},
    http::{self, get},
    pgbouncer::PgBouncer,
    postgres,
};
use serde_json::{Value, json};

use crate::{Database, server::assert_statement_timeout};

const POOLED: (&str, &str) = ("FW_DATABASE__TRANSACTION_POOLING", "true");

#[test]
fn an_application_works_behind_a_pooler_of_transactions() {
    let postgres = postgres::server();
    let pooler = PgBouncer::before(postgres);
    let database = Database::postgres();
    succeed(&mut database.command(&["db", "create"]));
    succeed(&mut database.command(&["db", "migrate"]));
    let url = format!("{}/{}", pooler.url, database.name());
    let command = |arguments: &[&str]| {
        let mut command = database.command(arguments);
        command.env("DATABASE_URL", &url);
        command
    };
    // Without the setting the error says that there is one.
    let (_, said) = fail(&mut command(&["db", "status"]));
    assert!(said.contains("database.transaction_pooling"), "{said}");

    let mut start = command(&["start", "--port", "0"]);
    start
        .envs([POOLED, ("FW_DATABASE__STATEMENT_TIMEOUT", "700ms")])
        .env("FW_ENV", "production");
    let server = Server::start(start);
    let address = server.address;
    // More connections of the application than the pooler has: statements of all of them come to each.
    let clients: Vec<_> = (0..8)
        .map(|client| {
            thread::spawn(move || {
                for number in 0..25 {
                    let name = format!("{client}-{number}");
                    let body = json!({ "name": name });
                    let created = if number % 2 == 0 {
                        http::send_json(address, "POST", "/api/v1/authors", &body)
                    } else {
                        let headers = [
                            ("content-type", "application/json"),
                            ("idempotency-key", &name),
                        ];
                        let body = body.to_string();
                        http::request(
                            address,
                            "POST",
                            "/api/v1/authors",
                            &headers,
                            body.as_bytes(),
                        )
                    };
                    let created = created.expect("a response");
                    assert_eq!(created.status, 201, "{}", created.text());
                    let path = created.header("location").to_owned();
                    let found = get(address, &path).expect("a response");
                    assert_eq!(found.json()["name"], name, "{}", found.text());
                    let list = get(address, "/api/v1/authors?limit=3").expect("a response");
                    assert_eq!(list.status, 200, "{}", list.text());
                }
            })
        })
        .collect();
    for client in clients {
        client.join().expect("all requests succeed");
    }
    let count = postgres.psql(database.name(), "SELECT count(*) FROM authors");
    assert_eq!(count, "200");
    // The statement timeout holds, and what was cut off leaves no transaction open.
    assert_statement_timeout(address);
    let vacuum = http::send_json(address, "POST", "/lab/vacuum", &json!({})).expect("a response");
    assert_eq!(vacuum.status, 204, "{}", vacuum.text());
    let taken = get(address, "/api/v1/authors").expect("a response");
    assert_eq!(taken.status, 200);
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    super::until("no transaction stays open", || {
        postgres.psql(database.name(), open) == "0"
    });

    // What needs a session of its own says so, and works without the pooler.
    for arguments in [&["db", "migrate"][..], &["task", "db:backup"]] {
        let (_, said) = fail(command(arguments).envs([POOLED]));
        assert!(
            said.contains("FW_DATABASE__TRANSACTION_POOLING=false"),
            "{said}"
        );
        succeed(&mut database.command(arguments));
    }
    let said = succeed(command(&["db", "status"]).envs([POOLED]));
    assert!(!said.contains("pending"), "{said}");
}

/// The times from the enqueuing of jobs, one after another, to their starts in another process; in order.
fn waits(database: &Database, server: &Server, jobs: usize) -> Vec<TimeDelta> {
    for _ in 0..jobs {
        let response = http::send_json(server.address, "POST", "/lab/jobs", &json!({}));
        assert_eq!(response.expect("a response").status, 204);
        // Not in step with those that look once a second.
        thread::sleep(Duration::from_millis(170));
    }
    let begin = Instant::now();
    loop {
        let output = succeed(&mut database.command(&["jobs", "list", "--json"]));
        let list: Vec<Value> = serde_json::from_str(&output).expect("a list");
        if list.iter().all(|job| job["state"] == "done") {
            assert_eq!(list.len(), jobs);
            let time = |job: &Value, name: &str| -> DateTime<Utc> {
                let text = job[name].as_str().expect("a time");
                text.parse().expect("a time")
            };
            let wait = |job: &Value| time(job, "started_at") - time(job, "created_at");
            let mut waits: Vec<_> = list.iter().map(wait).collect();
            waits.sort_unstable();
            return waits;
        }
        assert!(begin.elapsed() < Duration::from_secs(10), "{output}");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn behind_a_pooler_of_transactions_new_jobs_are_noticed() {
    const JOBS: usize = 12;
    let pooler = PgBouncer::before(postgres::server());
    for listens in [false, true] {
        let database = Database::postgres();
        succeed(&mut database.command(&["db", "create"]));
        succeed(&mut database.command(&["db", "migrate"]));
        let through_it = |arguments: &[&str]| {
            let mut command = database.command(arguments);
            command
                .env(
                    "DATABASE_URL",
                    format!("{}/{}", pooler.url, database.name()),
                )
                .env("FW_ENV", "production")
                .envs([POOLED]);
            command
        };
        let server = Server::start(through_it(&["start", "--port", "0", "--no-worker"]));
        let mut start = through_it(&["start", "--worker"]);
        if listens {
            start.env("FW_JOBS__LISTEN_URL", &database.url);
        }
        let worker = Server::spawn(start);
        worker.log_with("runs jobs");
        if listens {
            let listening = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";
            super::until("it listens past the pooler", || {
                postgres::server().psql(database.name(), listening) == "1"
            });
        }
        let waits = waits(&database, &server, JOBS);
        let (median, longest) = (waits[JOBS / 2], waits[JOBS - 1]);
        println!("listens: {listens}, median {median}, longest {longest}");
        // Who looks once a second waits for half a second on average; a busy machine is granted some more.
        let limit = if listens { 250 } else { 1_000 };
        assert!(median < TimeDelta::milliseconds(limit), "{waits:?}");
        assert!(longest < TimeDelta::seconds(2), "{waits:?}");
    }
}
