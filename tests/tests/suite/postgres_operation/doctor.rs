//! `doctor --deploy` on a deployment whose database, log or folder is not fit.

use std::{fs, process::Command};

use fw_tests::{
    app::{fail, succeed},
    postgres::Server,
};

use super::as_role;
use crate::Database;

fn doctor(database: &Database, login: &str) -> Command {
    let mut command = as_role(database, login, &["doctor", "--deploy"]);
    command.env("FW_ENV", "production");
    command
}

#[test]
fn weaknesses_of_the_role_and_the_pool_are_found() {
    let server = Server::with("", &[]);
    server.psql(
        "postgres",
        "CREATE ROLE owner LOGIN CREATEDB; CREATE ROLE writer LOGIN",
    );
    let database = Database::on(&server);
    succeed(&mut as_role(&database, "owner", &["db", "create"]));
    succeed(&mut as_role(&database, "owner", &["db", "migrate"]));

    let (_, said) = fail(&mut doctor(&database, "postgres"));
    assert!(
        said.contains("FAIL  deploy.database_role: the role postgres is a superuser"),
        "{said}"
    );
    let said = succeed(&mut doctor(&database, "owner"));
    assert!(
        said.contains("warn  deploy.database_role: the role owner owns the tables"),
        "{said}"
    );
    server.psql(
        database.name(),
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO writer; REVOKE DELETE ON posts FROM writer; \
         GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO writer; REVOKE USAGE ON SEQUENCE authors_id_seq FROM writer",
    );
    let (_, said) = fail(&mut doctor(&database, "writer"));
    assert!(
        said.contains("FAIL  deploy.database_rights: the role writer may not read or write `authors_id_seq`, `posts`\n"),
        "{said}"
    );
    server.psql(
        database.name(),
        "GRANT DELETE ON posts TO writer; GRANT USAGE ON SEQUENCE authors_id_seq TO writer",
    );
    let said = succeed(&mut doctor(&database, "writer"));
    assert!(!said.contains("deploy.database"), "{said}");

    // The server of the tests gives 300 connections, 3 of them to superusers only.
    let (_, said) = fail(doctor(&database, "writer").env("FW_DATABASE__MAX_CONNECTIONS", "298"));
    assert!(
        said.contains("FAIL  deploy.database_pool: ") && said.contains("297 connections"),
        "{said}"
    );
    server.psql("postgres", "ALTER ROLE writer CONNECTION LIMIT 7");
    let (_, said) = fail(&mut doctor(&database, "writer"));
    assert!(
        said.contains("gives the role writer 7 connections"),
        "{said}"
    );
}

#[test]
fn weaknesses_of_the_machine_are_found() {
    let database = Database::sqlite();
    let doctor = |settings: &[(&str, &str)]| {
        let mut command = database.command(&["doctor", "--deploy", "--static"]);
        command
            .env("FW_ENV", "production")
            .envs(settings.iter().copied());
        command
    };
    let said = succeed(&mut doctor(&[]));
    assert!(
        said.contains("warn  deploy.config: there is no folder `config`"),
        "{said}"
    );
    fs::create_dir(database.folder.join("config")).expect("a folder");
    assert!(!succeed(&mut doctor(&[])).contains("deploy.config"));

    for settings in [
        &[("FW_LOGGER__STDOUT", "false")][..],
        &[("FW_LOG", "off")],
        &[
            ("FW_LOGGER__FILE__ENABLED", "true"),
            ("FW_LOGGER__FILE__PATH", "/proc/nowhere/app.log"),
        ],
    ] {
        let (_, said) = fail(&mut doctor(settings));
        assert!(said.contains("FAIL  deploy.log: "), "{settings:?}: {said}");
    }
    let said = succeed(&mut doctor(&[
        ("FW_LOGGER__FILE__ENABLED", "true"),
        ("FW_LOGGER__FILE__PATH", "log/app.log"),
    ]));
    assert!(!said.contains("deploy.log"), "{said}");
    assert!(
        !database.folder.join("log").exists(),
        "nothing is left behind"
    );

    let remote = "postgres://app:c0ffee-5bd1-9a3e-77d2@db.example.com/app";
    for (parameters, plaintext) in [
        ("", true),
        ("?sslmode=disable", true),
        ("?sslmode=prefer", true),
        ("?sslmode=require", false),
        ("?sslmode=verify-full", false),
    ] {
        let url = format!("{remote}{parameters}");
        let said = succeed(&mut doctor(&[("DATABASE_URL", &url)]));
        assert_eq!(
            said.contains("warn  deploy.database_tls: "),
            plaintext,
            "{url}: {said}"
        );
    }
    let here = remote.replace("db.example.com", "127.0.0.1");
    let said = succeed(&mut doctor(&[("DATABASE_URL", &here)]));
    assert!(!said.contains("deploy.database_tls"), "{said}");
}
