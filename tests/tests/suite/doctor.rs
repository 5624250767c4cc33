//! `doctor` of a built application: what it finds, how it ends, and what can be accepted.

use std::{fs, process::Command};

use fw_tests::app::{fail, repository, succeed};

use crate::Database;

/// `doctor` in production, without a database.
fn doctor(database: &Database, settings: &[(&str, &str)]) -> Command {
    let mut command = database.command(&["doctor", "--deploy", "--static"]);
    command
        .env("FW_ENV", "production")
        .env_remove("DATABASE_URL")
        .envs(settings.iter().copied());
    command
}

#[test]
fn a_fresh_application_only_gets_warnings() {
    let database = Database::sqlite();
    let said = succeed(&mut doctor(&database, &[]));
    // It has handlers that ask who calls them.
    assert!(!said.contains("deploy.access"), "{said}");
    assert!(
        !said.contains("FAIL") && !said.contains("database:"),
        "{said}"
    );
    // With a database it is not static.
    let (_, said) = fail(
        database
            .command(&["doctor", "--deploy"])
            .env("FW_ENV", "production")
            .env("DATABASE_URL", "sqlite://nowhere/none.db"),
    );
    assert!(said.contains("FAIL  database: "), "{said}");
}

#[test]
fn each_weakness_is_found_and_can_be_accepted() {
    let database = Database::sqlite();
    for (severity, id, name, value) in [
        ("FAIL", "deploy.environment", "FW_ENV", "development"),
        (
            "FAIL",
            "deploy.middleware",
            "FW_MIDDLEWARE__BODY_LIMIT__ENABLED",
            "false",
        ),
        (
            "FAIL",
            "deploy.hsts",
            "FW_MIDDLEWARE__SECURITY_HEADERS__HSTS_MAX_AGE",
            "0s",
        ),
        ("FAIL", "deploy.log_level", "FW_LOG", "debug"),
        ("warn", "deploy.docs", "FW_OPENAPI__ENABLED", "true"),
        ("warn", "deploy.pages", "FW_JOBS__BOARD", "true"),
        (
            "warn",
            "deploy.secret",
            "DATABASE_URL",
            "postgres://me:Postgres123@localhost/x",
        ),
        (
            "warn",
            "deploy.secret",
            "DATABASE_URL",
            "postgres://me:aaaaaaaaaaaaaaaa@localhost/x",
        ),
    ] {
        let mut command = doctor(&database, &[(name, value)]);
        let said = if severity == "FAIL" {
            let (code, said) = fail(&mut command);
            assert_eq!(code, 1, "{said}");
            said
        } else {
            succeed(&mut command)
        };
        assert!(
            said.contains(&format!("{severity}  {id}: ")),
            "{id}: {said}"
        );
        assert!(!said.contains("Postgres123"), "{said}");
        // Development has more than one weakness.
        let accepted = format!("{id},deploy.hsts,deploy.log_level");
        let said = succeed(&mut doctor(
            &database,
            &[(name, value), ("FW_DOCTOR__ACCEPT", &accepted)],
        ));
        assert!(said.contains(&format!("skip  {id}: ")), "{id}: {said}");
    }
    let wildcard = [
        ("FW_MIDDLEWARE__CORS__ENABLED", "true"),
        ("FW_MIDDLEWARE__CORS__ALLOW_ORIGINS", "*"),
    ];
    let (_, said) = fail(&mut doctor(&database, &wildcard));
    assert!(said.contains("FAIL  deploy.cors: "), "{said}");
    let strong = [(
        "DATABASE_URL",
        "postgres://me:c0ffee-5bd1-9a3e-77d2@localhost/x",
    )];
    let said = succeed(&mut doctor(&database, &strong));
    assert!(!said.contains("deploy.secret"), "{said}");
}

#[test]
fn what_is_accepted_must_be_there() {
    let database = Database::sqlite();
    let said = succeed(&mut doctor(
        &database,
        &[("FW_DOCTOR__ACCEPT", "deploy.entrance")],
    ));
    assert!(
        said.contains("warn  doctor.accept: no finding has the id `deploy.entrance`"),
        "{said}"
    );
}

/// The hint was `cargo fw db create`, which no server has.
#[test]
fn hints_name_the_program_that_runs() {
    let database = Database::sqlite();
    let mut command = database.command(&["doctor"]);
    command.env("DATABASE_URL", "sqlite://nowhere/none.db");
    let program = command.get_program().to_string_lossy().into_owned();
    let (_, said) = fail(command.env("CARGO", "cargo"));
    assert!(
        said.contains("hint: create it with `cargo fw db create`"),
        "{said}"
    );
    let (_, said) = fail(command.env_remove("CARGO"));
    let hint = format!("hint: create it with `{program} db create`");
    assert!(said.contains(&hint), "{said}");
}

#[test]
fn the_guide_has_a_section_for_each_id() {
    let source = fs::read_to_string(repository().join("framework/src/command/doctor/mod.rs"));
    let source = source.expect("it is there");
    let (_, ids) = source.split_once("IDS: &[&str] = &[").expect("the list");
    let (ids, _) = ids.split_once("];").expect("its end");
    let mut ids: Vec<_> = ids.split('"').skip(1).step_by(2).collect();
    let guide = fs::read_to_string(repository().join("guides/doctor.md")).expect("it is there");
    let mut sections: Vec<_> = guide
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .collect();
    ids.sort_unstable();
    sections.sort_unstable();
    assert_eq!(ids, sections);
}
