//! Migrations beside other releases, beside long transactions, and in the hands of impatient people.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use fw_tests::{
    app::{fail, succeed},
    http::get,
    postgres,
};

use super::{Session, run_elsewhere, until};
use crate::Database;

#[test]
fn a_release_starts_on_a_newer_database_that_only_has_more() {
    const RECORD: &str = "INSERT INTO seaql_migrations (version, applied_at, additive) VALUES ('m20991231_000000_new', 0, ";
    for database in Database::both() {
        let production = |arguments: &[&str]| {
            let mut command = database.command(arguments);
            command.env("FW_ENV", "production");
            command
        };
        let start = ["start", "--port", "0"];
        succeed(&mut database.command(&["db", "create"]));
        succeed(&mut database.command(&["db", "migrate"]));
        // The framework sees what migrations do: these only create tables.
        let status = succeed(&mut database.command(&["db", "status", "--json"]));
        assert!(
            !status.contains("\"additive\": false") && !status.contains("\"additive\": null"),
            "{status}"
        );

        run_elsewhere(&database, &format!("{RECORD} true)"));
        let mut server = fw_tests::app::Server::start(production(&start));
        let log = server.log_with("m20991231_000000_new");
        assert!(log.contains("of a newer release"), "{log}");
        assert_eq!(
            get(server.address, "/api/v1/authors")
                .expect("a response")
                .status,
            200
        );
        server.signal("TERM");
        assert_eq!(server.wait(Duration::from_secs(10)).code(), Some(0));
        let said = succeed(&mut database.command(&["db", "migrate"]));
        assert!(said.contains("nothing to apply"), "{said}");
        let said = succeed(&mut database.command(&["db", "status"]));
        assert!(
            said.contains("applied by a newer release; it only adds"),
            "{said}"
        );
        let said = succeed(&mut database.command(&["doctor"]));
        assert!(
            said.contains("warn  migrations: ") && said.contains("m20991231_000000_new"),
            "{said}"
        );
        // What is below them cannot be taken away.
        let (_, said) = fail(&mut database.command(&["db", "rollback"]));
        assert!(
            said.contains("does not know: m20991231_000000_new"),
            "{said}"
        );

        // A backup of it can be restored.
        let backup = |file: &str| {
            succeed(&mut database.command(&["task", "db:backup", "--to", file]));
            database.command(&["task", "db:restore", file, "--verify"])
        };
        assert!(succeed(&mut backup("newer.zst")).contains("is complete"));

        for breaking in ["false", "NULL"] {
            run_elsewhere(
                &database,
                &format!(
                    "UPDATE seaql_migrations SET additive = {breaking} WHERE version LIKE 'm2099%'"
                ),
            );
            for arguments in [&start[..], &["db", "migrate"]] {
                let (_, said) = fail(&mut production(arguments));
                assert!(
                    said.contains("may break this one: m20991231_000000_new")
                        && said.contains("FW_DATABASE__ACCEPT_MIGRATIONS=m20991231_000000_new"),
                    "{said}"
                );
            }
        }
        let (_, said) = fail(&mut backup("breaking.zst"));
        assert!(
            said.contains("may break this one: m20991231_000000_new"),
            "{said}"
        );
        let mut accepted = production(&start);
        accepted.env("FW_DATABASE__ACCEPT_MIGRATIONS", "m20991231_000000_new");
        drop(fw_tests::app::Server::start(accepted));
    }
}

#[test]
fn the_table_of_migrations_of_earlier_versions_is_understood() {
    for database in Database::both() {
        succeed(&mut database.command(&["db", "create"]));
        succeed(&mut database.command(&["db", "migrate"]));
        succeed(&mut database.command(&["db", "rollback"]));
        run_elsewhere(
            &database,
            "ALTER TABLE seaql_migrations DROP COLUMN additive",
        );
        let status = succeed(&mut database.command(&["db", "status"]));
        assert_eq!(status.matches("pending").count(), 1, "{status}");
        let said = succeed(&mut database.command(&["db", "migrate"]));
        assert!(said.contains("applied m"), "{said}");
        assert!(succeed(&mut database.command(&["db", "migrate"])).contains("nothing to apply"));
        let status = succeed(&mut database.command(&["db", "status", "--json"]));
        assert_eq!(status.matches("\"additive\": true").count(), 1, "{status}");
    }
}

/// A database whose next migration needs a lock of the table `posts`, and a transaction that uses it.
fn blocked() -> (Database, Session) {
    let database = Database::postgres();
    succeed(&mut database.command(&["db", "create"]));
    succeed(&mut database.command(&["db", "migrate"]));
    succeed(&mut database.command(&["db", "rollback"]));
    let lock = "LOCK TABLE posts IN ROW EXCLUSIVE MODE";
    let session = Session::holding(postgres::server(), &database, lock);
    (database, session)
}

#[test]
fn a_migration_lets_others_pass_and_tries_again() {
    let (database, session) = blocked();
    let begin = Instant::now();
    let (code, said) = fail(&mut database.command(&["db", "migrate", "--lock-timeout", "100ms"]));
    assert_eq!(code, 1);
    assert!(
        said.contains("another transaction uses its table") && said.contains("pg_stat_activity"),
        "{said}"
    );
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "{:?}",
        begin.elapsed()
    );
    let mut command = database.command(&["db", "migrate", "--lock-timeout", "300ms"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let process = command.spawn().expect("the application can be started");
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    until("it waits", || {
        postgres::server().psql(database.name(), waits) == "1"
    });
    session.end(postgres::server(), &database);
    let output = process.wait_with_output().expect("an end");
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("_create_comments"), "{said}");
}

#[test]
fn a_signal_ends_a_migration_on_the_server_as_well() {
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    let server = postgres::server();
    for arguments in [
        &["db", "migrate", "--lock-timeout", "1h"][..],
        &["start", "--port", "0", "--migrate"],
    ] {
        for signal in ["INT", "TERM"] {
            let (database, session) = blocked();
            let mut command = database.command(arguments);
            command
                .env("FW_DATABASE__LOCK_TIMEOUT", "1h")
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            let process = command.spawn().expect("the application can be started");
            until("it waits", || server.psql(database.name(), waits) == "1");
            let pid = process.id().to_string();
            succeed(Command::new("kill").args(["-s", signal, &pid]));
            let output = process.wait_with_output().expect("an end");
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{said}");
            assert!(said.contains("interrupted"), "{said}");
            until("nothing waits", || {
                server.psql(database.name(), waits) == "0"
            });
            session.end(server, &database);
            let said = succeed(&mut database.command(&["db", "migrate"]));
            assert!(said.contains("_create_comments"), "{said}");
        }
    }
}
