//! Faults that an operator meets on PostgreSQL: each is named at once with its cause and the remedy, or does not happen.

mod doctor;
mod migrations;
mod pooler;
mod restores;
mod rights;
mod tls;
mod unreachable;

use std::{
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use fw_tests::{
    app::{fail, succeed},
    postgres::{self, Server},
};

use crate::Database;

/// The host and the database of a URL: everything after the role.
fn place(url: &str) -> &str {
    url.split_once('@').map_or(url, |(_, place)| place)
}

/// A command of the application as another role.
fn as_role(database: &Database, login: &str, arguments: &[&str]) -> Command {
    let mut command = database.command(arguments);
    command.env(
        "DATABASE_URL",
        format!("postgres://{login}@{}", place(&database.url)),
    );
    command
}

/// Runs SQL in the database by another program.
pub(crate) fn run_elsewhere(database: &Database, sql: &str) {
    if let Some(path) = database.url.strip_prefix("sqlite://") {
        let program = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], timeout=10); db.executescript(sys.argv[2]); db.commit()";
        succeed(Command::new("python3").args(["-c", program, path, sql]));
    } else {
        postgres::server().psql(database.name(), sql);
    }
}

/// The settings of a server that asks every role but its superuser for a password.
const PASSWORDS: (&str, &str) = (
    "pg_hba.conf",
    "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n",
);

/// A session that runs SQL until this is dropped, in one transaction.
struct Session(Child);

impl Session {
    /// Begins a transaction and waits until it has run `sql`; then it does nothing for a long time.
    #[track_caller]
    fn holding(server: &Server, database: &Database, sql: &str) -> Self {
        let url = format!("{}/{}", server.url(), database.name());
        let child = Command::new("psql")
            .args(["--no-psqlrc", "--quiet", "--dbname", &url, "--command"])
            .arg(format!("{sql}; SELECT pg_sleep(600)"))
            .stdout(Stdio::null())
            .spawn()
            .expect("`psql` can be started");
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' \
                       AND wait_event = 'PgSleep' AND datname = current_database()";
        until("the session holds its locks", || {
            server.psql(database.name(), waiting) == "1"
        });
        Self(child)
    }

    /// Ends it on the server.
    fn end(self, server: &Server, database: &Database) {
        server.psql(
            database.name(),
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE wait_event = 'PgSleep' AND datname = current_database()",
        );
        drop(self);
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until `holds`.
#[track_caller]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_database_that_is_created_many_times_at_once_is_created_once() {
    let database = Database::postgres();
    let create = || {
        let mut command = database.command(&["db", "create"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("the application can be started")
    };
    let processes: Vec<_> = (0..6).map(|_| create()).collect();
    let said: Vec<String> = processes
        .into_iter()
        .map(|process| {
            let output = process.wait_with_output().expect("an end");
            assert!(output.status.success(), "{output:?}");
            String::from_utf8_lossy(&output.stdout).into_owned()
        })
        .collect();
    let created = said.iter().filter(|text| text.contains(": created"));
    assert_eq!(created.count(), 1, "{said:?}");
    let exists = said.iter().filter(|text| text.contains("exists already"));
    assert_eq!(exists.count(), 5, "{said:?}");
}

#[test]
fn a_server_that_accepts_no_changes_is_not_ready_and_writes_are_refused_for_now() {
    let postgres = fw_tests::postgres::server();
    let database = Database::postgres();
    let server = database.start(&[]);
    let name = database.name();
    let set = |value: &str| {
        postgres.psql(
            "postgres",
            &format!(
                "ALTER DATABASE {name} SET default_transaction_read_only = {value}; \
                 SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{name}'"
            ),
        );
    };
    let ready = || fw_tests::http::get(server.address, "/health/ready").map_or(0, |one| one.status);
    let write = || {
        let body = serde_json::json!({ "name": "x" });
        fw_tests::http::send_json(server.address, "POST", "/api/v1/authors", &body)
            .expect("a response")
    };
    assert_eq!((ready(), write().status), (200, 201));
    set("on");
    // The first answer may be about the connection that was ended.
    until("it is not ready, and says why", || {
        ready() == 503 && server.log().contains("accepts no changes")
    });
    let response = fw_tests::http::get(server.address, "/health/ready").expect("a response");
    let expected =
        "the database accepts no changes: `default_transaction_read_only` is on (set by: database)";
    assert!(response.text().contains(expected), "{}", response.text());
    until("the response says so", || {
        let response = write();
        response.status == 503 && response.text().contains("accepts no changes")
    });
    let read = fw_tests::http::get(server.address, "/api/v1/authors").expect("a response");
    assert_eq!(read.status, 200);
    set("off");
    until("it is ready again", || ready() == 200);
    assert_eq!(write().status, 201);
}

#[test]
fn a_password_with_odd_characters_needs_escapes_and_the_error_says_so() {
    let server = Server::with("-c hba_file={}/pg_hba.conf", &[PASSWORDS]);
    let password = "a/b#c@d?e%f:g h";
    server.psql(
        "postgres",
        &format!("CREATE ROLE odd LOGIN CREATEDB PASSWORD '{password}'"),
    );
    let database = Database::on(&server);
    let (_, output) = fail(&mut as_role(
        &database,
        &format!("odd:{password}"),
        &["db", "create"],
    ));
    assert!(
        output.contains("hint: ") && output.contains('%'),
        "{output}"
    );
    for character in ["/", "#", "?", "%", "[", "a/@", "1/b"] {
        let login = format!("odd:{character}pass");
        let (_, output) = fail(&mut as_role(&database, &login, &["db", "create"]));
        // Either it was read as it was meant, or the error says how to write it.
        assert!(
            output.contains("`%2F`")
                || output.contains("`%23`")
                || output.contains("`%3F`")
                || output.contains("`%25`")
                || output.contains("password authentication failed"),
            "{character}: {output}"
        );
    }
    let escaped = "odd:a%2Fb%23c%40d%3Fe%25f%3Ag%20h";
    let output = succeed(&mut as_role(&database, escaped, &["db", "create"]));
    assert!(output.contains("created"), "{output}");
    // Or it has a variable of its own.
    let output = succeed(as_role(&database, "odd", &["db", "create"]).env("PGPASSWORD", password));
    assert!(output.contains("exists already"), "{output}");
}
