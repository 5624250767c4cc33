//! The database commands as processes, on SQLite and on PostgreSQL.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
    time::Duration,
};

use fw_tests::{
    app::{fail, succeed},
    http::{get, request, send_json},
};
use serde_json::json;

use crate::{Database, shop};

#[test]
fn the_whole_life_of_a_database() {
    for database in Database::both() {
        let run = |arguments: &[&str]| succeed(&mut database.command(arguments));
        assert!(run(&["db", "create"]).contains("created"));
        assert!(run(&["db", "create"]).contains("exists already"));
        assert!(run(&["db", "status"]).contains("pending"));
        assert!(run(&["db", "migrate", "--steps", "1"]).contains("_create_authors"));
        assert!(run(&["db", "migrate"]).contains("_create_posts"));
        assert!(run(&["db", "migrate"]).contains("nothing to apply"));
        assert!(!run(&["db", "status"]).contains("pending"));
        assert!(run(&["db", "rollback", "4"]).contains("_create_posts"));
        assert!(run(&["db", "migrate"]).contains("_create_posts"));
        assert!(run(&["db", "seed"]).contains("seeded"));
        assert!(run(&["db", "reset"]).contains("_create_authors"));
        assert!(run(&["doctor"]).contains("ok    migrations"));
        assert!(run(&["db", "drop"]).contains("dropped"));
        assert!(run(&["db", "drop"]).contains("does not exist"));
    }
}

#[test]
fn two_processes_may_migrate_at_once() {
    for database in Database::both() {
        succeed(&mut database.command(&["db", "create"]));
        let spawn = || {
            database
                .command(&["db", "migrate"])
                .env("LAB_MIGRATION_MS", "300")
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("the application can be started")
        };
        let processes = [spawn(), spawn(), spawn()];
        let outputs = processes.map(|process| process.wait_with_output().expect("an end"));
        for output in &outputs {
            assert!(output.status.success(), "{output:?}");
        }
        let applied: Vec<String> = outputs
            .iter()
            .flat_map(|output| {
                String::from_utf8_lossy(&output.stdout)
                    .lines()
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            })
            .filter(|line| line.starts_with("applied "))
            .collect();
        assert_eq!(
            applied.len(),
            9,
            "each migration is applied once: {applied:?}"
        );
    }
}

#[test]
fn a_migration_that_is_killed_leaves_nothing_behind() {
    for database in Database::both() {
        succeed(&mut database.command(&["db", "create"]));
        let mut killed = database
            .command(&["db", "migrate"])
            .env("LAB_MIGRATION_MS", "30000")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the application can be started");
        let mut lines = BufReader::new(killed.stdout.take().expect("piped")).lines();
        assert!(lines.any(|line| line.expect("text") == "half-way"));
        killed.kill().expect("it can be killed");
        killed.wait().expect("it ends");
        let output = succeed(&mut database.command(&["db", "migrate"]));
        assert!(output.contains("_slow"), "{output}");
        assert!(!succeed(&mut database.command(&["db", "status"])).contains("pending"));
    }
}

#[test]
fn production_is_not_harmed_by_mistake() {
    let shop = shop();
    succeed(&mut shop.command(&["db", "migrate"]));
    for command in [&["db", "drop"][..], &["db", "reset"], &["db", "rollback"]] {
        let (code, output) = fail(shop.command(command).env("FW_ENV", "production"));
        assert_eq!(code, 1);
        assert!(output.contains("--yes-i-mean-production"), "{output}");
    }
    assert!(!succeed(&mut shop.command(&["db", "status"])).contains("pending"));
    let confirmed = ["db", "rollback", "--yes-i-mean-production"];
    assert!(succeed(shop.command(&confirmed).env("FW_ENV", "production")).contains("undone"));
}

#[test]
fn production_does_not_start_with_pending_migrations() {
    let shop = shop();
    succeed(&mut shop.command(&["db", "create"]));
    let (code, output) = fail(
        shop.command(&["start", "--port", "0"])
            .env("FW_ENV", "production"),
    );
    assert_eq!(code, 1);
    assert!(
        output.contains("lacks 9 migrations") && output.contains("--migrate"),
        "{output}"
    );
    let mut server = shop.start(&[("FW_ENV", "production")]);
    server.signal("TERM");
    assert_eq!(server.wait(Duration::from_secs(5)).code(), Some(0));
}

#[test]
fn an_unreachable_database_is_named() {
    let shop = shop();
    let (code, output) = fail(
        shop.command(&["start", "--port", "0"])
            .env("FW_ENV", "production")
            .env(
                "DATABASE_URL",
                "postgres://nobody:secret-password@127.0.0.1:1/nothing",
            ),
    );
    assert_eq!(code, 1);
    assert!(
        output.contains("127.0.0.1:1/nothing") && output.contains("hint: "),
        "{output}"
    );
    assert!(!output.contains("secret-password"), "{output}");
}

#[test]
fn a_missing_database_is_named() {
    let postgres = Database::postgres();
    let (_, output) = fail(
        postgres
            .command(&["start", "--port", "0"])
            .env("FW_ENV", "production"),
    );
    assert!(
        output.contains("does not exist") && output.contains("db create"),
        "{output}"
    );
}

#[test]
fn a_row_that_others_refer_to_stays() {
    for database in Database::both() {
        let server = database.start(&[]);
        let create = |path: &str, body: serde_json::Value| {
            let response = send_json(server.address, "POST", path, &body).expect("a response");
            assert_eq!(response.status, 201, "{}", response.text());
            response.header("location").to_owned()
        };
        let post = create("/api/v1/posts", json!({ "title": "a", "slug": "a" }));
        let comment = create("/api/v1/comments", json!({ "text": "b", "post_id": 1 }));
        let delete =
            |path: &str| request(server.address, "DELETE", path, &[], b"").expect("a response");
        let refused = delete(&post);
        assert_eq!(refused.status, 409, "{}", refused.text());
        assert_eq!(refused.json()["code"], "conflict");
        assert_eq!(delete(&comment).status, 204);
        assert_eq!(delete(&post).status, 204);
    }
}

#[test]
fn a_full_pool_responds_with_503() {
    for database in Database::both() {
        let server = database.start(&[
            ("FW_DATABASE__MAX_CONNECTIONS", "1"),
            ("FW_DATABASE__ACQUIRE_TIMEOUT", "300ms"),
            ("FW_DATABASE__STATEMENT_TIMEOUT", "3s"),
        ]);
        let address = server.address;
        let slow = std::thread::spawn(move || get(address, "/lab/slow-query"));
        std::thread::sleep(Duration::from_millis(300));
        let body = json!({ "title": "a", "slug": "a" });
        let refused = send_json(address, "POST", "/api/v1/posts", &body).expect("a response");
        assert_eq!(refused.status, 503, "{}", refused.text());
        assert_eq!(refused.header("retry-after"), "1");
        assert_eq!(
            slow.join().expect("no panic").expect("a response").status,
            503
        );
        assert_eq!(
            send_json(address, "POST", "/api/v1/posts", &body)
                .expect("a response")
                .status,
            201
        );
    }
}
