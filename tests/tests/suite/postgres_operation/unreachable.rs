//! A database that cannot be used: the cause is named at once, by every command.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use fw_tests::{
    app::fail,
    http::get,
    postgres::{Server, Stop},
};

use super::{PASSWORDS, as_role, place, until};
use crate::Database;

const COMMANDS: [&[&str]; 8] = [
    &["start", "--port", "0"],
    &["db", "create"],
    &["db", "migrate"],
    &["db", "status"],
    &["db", "seed"],
    &["db", "rollback", "--yes-i-mean-production"],
    &["task", "db:backup"],
    &["doctor"],
];

/// Longer than any attempt takes, and shorter than a pool waits.
const AT_ONCE: Duration = Duration::from_secs(4);

fn server() -> Server {
    let server = Server::with("-c hba_file={}/pg_hba.conf", &[PASSWORDS]);
    server.psql(
        "postgres",
        "CREATE ROLE app LOGIN PASSWORD 'right'; CREATE ROLE full_up LOGIN PASSWORD 'right' CONNECTION LIMIT 0",
    );
    server
}

#[test]
fn the_cause_is_named_at_once_by_every_command() {
    let server = server();
    let database = Database::on(&server);
    server.psql("postgres", &format!("CREATE DATABASE {}", database.name()));
    let here = place(&database.url).to_owned();
    let cases = [
        (
            "postgres://app:right@127.0.0.1:1/x".to_owned(),
            "the database at `127.0.0.1:1/x` cannot be reached: Connection refused",
            "check that it runs",
        ),
        (
            format!("postgres://nobody:right@{here}"),
            "does not let the role `nobody` in: password authentication failed",
            "check the role and its password",
        ),
        (
            format!("postgres://app:wrong@{here}"),
            "does not let the role `app` in: password authentication failed",
            "check the role and its password",
        ),
        (
            format!("postgres://full_up:right@{here}"),
            "has no free connection: too many connections for role",
            "lower `database.max_connections`",
        ),
    ];
    for (url, cause, hint) in cases {
        for arguments in COMMANDS {
            let mut command = database.command(arguments);
            command
                .env("DATABASE_URL", &url)
                .env("FW_ENV", "production");
            let begin = Instant::now();
            let (code, output) = fail(&mut command);
            let took = begin.elapsed();
            assert_eq!(code, 1, "{arguments:?}: {output}");
            assert!(
                output.contains(cause) && output.contains(hint),
                "{arguments:?} {cause}: {output}"
            );
            assert!(!output.contains("wrong"), "{output}");
            assert!(took < AT_ONCE, "{arguments:?} {cause}: {took:?}");
        }
    }
    for arguments in COMMANDS.iter().filter(|command| command[1..] != ["create"]) {
        let mut command = as_role(&database, "postgres", arguments);
        command
            .env("DATABASE_URL", format!("{}/nowhere", server.url()))
            .env("FW_ENV", "production");
        let (_, output) = fail(&mut command);
        assert!(
            output.contains("/nowhere` does not exist") && output.contains("db create"),
            "{arguments:?}: {output}"
        );
    }
}

#[test]
fn a_server_that_is_late_is_waited_for_as_long_as_is_set() {
    let server = Server::with("", &[]);
    let database = Database::on(&server);
    server.psql("postgres", &format!("CREATE DATABASE {}", database.name()));
    server.stop(Stop::Fast);
    let mut command = database.command(&["db", "migrate"]);
    command
        .env("FW_DATABASE__CONNECT_WAIT", "60s")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut process = command.spawn().expect("the application can be started");
    // It would have ended long before this.
    std::thread::sleep(Duration::from_millis(500));
    assert!(process.try_wait().expect("it can be asked").is_none());
    server.start();
    let output = process.wait_with_output().expect("an end");
    assert!(output.status.success(), "{output:?}");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(log.contains("waiting for the database"), "{log}");

    server.stop(Stop::Fast);
    let begin = Instant::now();
    let mut command = database.command(&["db", "migrate"]);
    let (_, output) = fail(command.env("FW_DATABASE__CONNECT_WAIT", "0s"));
    assert!(output.contains("Connection refused"), "{output}");
    assert!(begin.elapsed() < Duration::from_secs(1));
}

#[test]
fn a_server_without_free_connections_is_named_in_the_log_while_serving() {
    let postgres = server();
    let database = Database::on(&postgres);
    let name = database.name();
    postgres.psql("postgres", &format!("CREATE DATABASE {name} OWNER app"));
    let mut command = as_role(
        &database,
        "app:right",
        &["start", "--port", "0", "--migrate"],
    );
    command.env("FW_DATABASE__ACQUIRE_TIMEOUT", "400ms");
    let server = fw_tests::app::Server::start(command);
    let status = |path: &str| get(server.address, path).map_or(0, |response| response.status);
    assert_eq!(status("/health/ready"), 200);
    postgres.psql(
        "postgres",
        &format!(
            "ALTER ROLE app CONNECTION LIMIT 0; \
             SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{name}'"
        ),
    );
    until("it is not ready", || status("/health/ready") == 503);
    until("the cause is known", || {
        assert_eq!(status("/api/v1/authors"), 503);
        server.log().contains("too many connections for role")
    });
    assert_eq!(status("/health/live"), 200);
    postgres.psql("postgres", "ALTER ROLE app CONNECTION LIMIT -1");
    until("it is ready again", || status("/health/ready") == 200);
}
