//! Every part of `database.url` is honoured or refused, and every command means the same database.

use std::{fs, path::Path, process::Command, time::Duration};

use fw_tests::{
    app::{Server, fail, succeed},
    postgres,
};

use crate::Database;

/// A command on another URL than the database's own.
fn command(database: &Database, url: &str, arguments: &[&str]) -> Command {
    let mut command = database.command(arguments);
    command.env("DATABASE_URL", url);
    command
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let mut names: Vec<_> = entries
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

const COMMANDS: [&[&str]; 9] = [
    &["db", "create"],
    &["db", "migrate"],
    &["db", "status"],
    &["db", "seed"],
    &["db", "reset"],
    &["db", "drop"],
    &["task", "db:backup"],
    &["doctor"],
    &["start", "--port", "0", "--migrate"],
];

#[test]
fn what_sqlite_would_not_honour_touches_no_file() {
    let database = Database::sqlite();
    let file = database.folder.join("shop.sqlite");
    for exists in [false, true] {
        if exists {
            succeed(&mut database.command(&["db", "migrate"]));
        }
        let before = (names(&database.folder), fs::read(&file).ok());
        for (query, hint) in [
            ("?mode=ro", "leave it out"),
            ("?immutable=1", "leave it out"),
            ("#ro", "`%23`"),
        ] {
            let url = format!("{}{query}", database.url);
            for arguments in COMMANDS {
                let (code, output) = fail(&mut command(&database, &url, arguments));
                assert_eq!(code, 1, "{arguments:?}: {output}");
                assert!(
                    output.contains("environment variable `DATABASE_URL`: `database.url`: ")
                        && output.contains(hint),
                    "{arguments:?}: {output}"
                );
            }
        }
        let after = (names(&database.folder), fs::read(&file).ok());
        assert!(before == after, "{before:?}\n{after:?}");
    }
}

#[test]
fn escapes_in_the_name_of_a_file_are_read_by_all_commands() {
    let database = Database::sqlite();
    let folder = database.folder.display();
    for (url, name) in [
        (format!("sqlite://{folder}/a%20b%3F%23%25.db"), "a b?#%.db"),
        (
            format!("sqlite:///{folder}/slashes.db?mode=rwc"),
            "slashes.db",
        ),
        ("sqlite:plain%40.db".to_owned(), "plain@.db"),
    ] {
        let run = |arguments: &[&str]| succeed(&mut command(&database, &url, arguments));
        assert!(run(&["db", "create"]).contains(&format!("{name}: created")));
        assert_eq!(
            names(&database.folder)
                .iter()
                .filter(|found| found.starts_with(name))
                .count(),
            names(&database.folder)
                .iter()
                .filter(|found| *found != "backups")
                .count()
        );
        run(&["db", "migrate"]);
        assert!(!run(&["db", "status"]).contains("pending"));
        assert!(run(&["task", "db:backup"]).contains("verified"));
        assert!(run(&["db", "drop"]).contains(&format!("{name}: dropped")));
        assert_eq!(names(&database.folder), ["backups"]);
    }
    let (_, output) = fail(&mut command(
        &database,
        "sqlite://backups",
        &["db", "create"],
    ));
    assert!(output.contains("`backups`"), "{output}");
}

#[test]
fn options_of_postgres_hold_for_all_commands() {
    let database = Database::postgres();
    let url = format!(
        "{}?options=-c%20search_path%3Dshelf&application_name=shop_url&sslmode=disable",
        database.url
    );
    let run = |arguments: &[&str]| succeed(&mut command(&database, &url, arguments));
    let sql = |sql: &str| postgres::server().psql(database.name(), sql);
    assert!(run(&["db", "create"]).contains("created"));
    sql("CREATE SCHEMA shelf");
    run(&["db", "migrate"]);
    let schema = "SELECT schemaname FROM pg_tables WHERE tablename = 'authors'";
    assert_eq!(sql(schema).trim(), "shelf");
    assert!(!run(&["db", "status"]).contains("pending"));
    assert!(run(&["task", "db:backup"]).contains("verified"));

    let mut server = Server::start(command(&database, &url, &["start", "--port", "0"]));
    let named = "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'shop_url'";
    assert_eq!(sql(named).trim(), "t");
    server.signal("TERM");
    assert_eq!(server.wait(Duration::from_secs(10)).code(), Some(0));
    assert!(run(&["db", "drop"]).contains("dropped"));
}

#[test]
fn escapes_in_the_name_of_a_postgres_database_are_read() {
    let server = postgres::server();
    let database = Database::postgres();
    let url = format!("{}%20%25", database.url);
    let name = format!("{} %", database.name());
    let exists = || {
        let sql = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
        server.psql("postgres", &sql).trim() == "1"
    };
    let run = |arguments: &[&str]| succeed(&mut command(&database, &url, arguments));
    assert!(run(&["db", "create"]).contains("created"));
    assert!(exists());
    run(&["db", "migrate"]);
    assert!(run(&["db", "drop"]).contains("dropped"));
    assert!(!exists());
}

#[test]
fn what_the_driver_of_postgres_would_skip_is_refused() {
    let database = Database::postgres();
    let other = Database::postgres();
    succeed(&mut database.command(&["db", "create"]));
    succeed(&mut other.command(&["db", "create"]));
    for (query, hint) in [
        (format!("?dbname={}", other.name()), "before the `?`"),
        ("?user=nobody".to_owned(), "before the `?`"),
        ("?pgbouncer=true".to_owned(), "supported are `sslmode`"),
        ("?sslmode=allow".to_owned(), "`prefer`"),
        ("?sslmode=require".to_owned(), "does not support TLS"),
        (
            "?sslmode=verify-full&sslrootcert=/nowhere/ca.pem".to_owned(),
            "`/nowhere/ca.pem`: No such file",
        ),
        ("?sslcert=/client.pem".to_owned(), "and its key"),
        ("?sslrootcert=system".to_owned(), "public authorities"),
        (
            "?options=-c%20statement_timeout%3D0".to_owned(),
            "`database.statement_timeout`",
        ),
        ("#".to_owned(), "`%23`"),
        ("/../postgres".to_owned(), "names no database"),
    ] {
        let url = format!("{}{query}", database.url);
        for arguments in COMMANDS {
            let (code, output) = fail(&mut command(&database, &url, arguments));
            assert_eq!(code, 1, "{arguments:?}: {output}");
            assert!(output.contains(hint), "{query} {arguments:?}: {output}");
        }
    }
    for database in [&database, &other] {
        let output = succeed(&mut database.command(&["db", "create"]));
        assert!(output.contains("exists already"), "{output}");
    }
}
