//! Requests with an `Idempotency-Key`, to real servers on SQLite and on PostgreSQL.

use std::{
    io::Write,
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use fw_tests::{
    app::{Server, succeed},
    http::{self, Response, connect, get},
};
use serde_json::{Value, json};

use crate::Database;

const EFFECT: &str = "/lab/idempotency/effect";
const AUTHORS: &str = "/api/v1/authors";

fn send(address: SocketAddr, method: &str, path: &str, key: &str, body: &Value) -> Response {
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", key),
    ];
    http::request(address, method, path, &headers, body.to_string().as_bytes()).expect("a response")
}

/// A request to the handler that creates two authors and then comes to `end`.
fn effect(address: SocketAddr, key: &str, end: &str) -> Response {
    let body = json!({ "name": "Ada", "end": end });
    send(address, "POST", EFFECT, key, &body)
}

fn authors(address: SocketAddr) -> u64 {
    let page = get(address, "/api/v1/authors?page=1").expect("a response");
    page.json()["pagination"]["total"]
        .as_u64()
        .expect("a total")
}

fn is_replayed(response: &Response) -> bool {
    response.header("idempotency-replayed") == "true"
}

#[track_caller]
fn assert_problem(response: &Response, status: u16, code: &str) {
    let found = (response.status, response.json()["code"].clone());
    assert_eq!(found, (status, code.into()), "{}", response.text());
}

/// Nothing has come of the request with the key `k`, and it can be repeated.
#[track_caller]
fn assert_without_effect(address: SocketAddr) {
    assert_eq!(authors(address), 0);
    // What is given up is undone in a moment, not in no time.
    let begin = Instant::now();
    let repeat = loop {
        let repeat = effect(address, "k", "");
        if repeat.status == 201 || begin.elapsed() > Duration::from_secs(5) {
            break repeat;
        }
        thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(repeat.status, 201, "{}", repeat.text());
    assert!(!is_replayed(&repeat));
    assert_eq!(authors(address), 2);
}

#[test]
fn a_repeated_post_has_one_effect_and_the_same_response() {
    for database in Database::both() {
        let server = database.start(&[]);
        let body = json!({ "name": "Ada" });
        let first = send(server.address, "POST", AUTHORS, "key-1", &body);
        assert_eq!(first.status, 201, "{}", first.text());
        assert!(!is_replayed(&first));
        // The key is the same with and without quotes.
        for key in ["key-1", "\"key-1\""] {
            let repeat = send(server.address, "POST", AUTHORS, key, &body);
            assert!(is_replayed(&repeat));
            assert_eq!((repeat.status, &repeat.body), (201, &first.body));
            for same in ["location", "content-type", "content-security-policy"] {
                assert_eq!(repeat.header(same), first.header(same), "{same}");
            }
            assert_ne!(repeat.header("x-request-id"), first.header("x-request-id"));
        }
        assert_eq!(authors(server.address), 1);
        let other = send(server.address, "POST", AUTHORS, "key-2", &body);
        assert!(!is_replayed(&other));
        assert_eq!(authors(server.address), 2);
    }
}

#[test]
fn a_repeated_patch_gets_the_response_to_the_first() {
    for database in Database::both() {
        let server = database.start(&[]);
        send(
            server.address,
            "POST",
            AUTHORS,
            "a",
            &json!({ "name": "Ada" }),
        );
        let path = format!("{AUTHORS}/1");
        let rename = |key: &str, name: &str| {
            send(
                server.address,
                "PATCH",
                &path,
                key,
                &json!({ "name": name }),
            )
        };
        let first = rename("b", "Grace");
        assert_eq!(first.status, 200, "{}", first.text());
        rename("c", "Barbara");
        let repeat = rename("b", "Grace");
        assert!(is_replayed(&repeat));
        assert_eq!(repeat.body, first.body);
        let present = get(server.address, &path).expect("a response");
        assert_eq!(present.json()["name"], "Barbara");
    }
}

#[test]
fn headers_of_the_handler_are_repeated_but_no_cookies() {
    for database in Database::both() {
        let server = database.start(&[]);
        let first = effect(server.address, "k", "");
        let repeat = effect(server.address, "k", "");
        assert!(is_replayed(&repeat));
        assert_eq!(repeat.header("x-once"), first.header("x-once"));
        assert_eq!(repeat.header("x-layer"), "seen", "layers work as ever");
        assert_eq!(first.header("set-cookie"), "secret=1");
        assert_eq!(repeat.header("set-cookie"), "");
    }
}

#[test]
fn of_many_repetitions_at_once_one_has_an_effect() {
    for database in Database::both() {
        let server = database.start(&[]);
        let address = server.address;
        let requests: Vec<_> = (0..20)
            .map(|_| thread::spawn(move || effect(address, "k", "pause")))
            .collect();
        let responses: Vec<Response> = requests
            .into_iter()
            .map(|request| request.join().expect("no panic"))
            .collect();
        let first = responses
            .iter()
            .filter(|response| response.status == 201 && !is_replayed(response))
            .count();
        assert_eq!(first, 1);
        for response in &responses {
            if response.status != 201 {
                assert_problem(response, 409, "idempotency_key_in_use");
                assert_eq!(response.header("retry-after"), "1");
            }
        }
        assert!(responses.iter().any(|response| response.status == 409));
        assert_eq!(authors(address), 2);
        assert!(is_replayed(&effect(address, "k", "pause")));
    }
}

#[test]
fn processes_on_one_database_know_of_each_other() {
    for database in Database::both() {
        let servers = [database.start(&[]), database.start(&[])];
        let requests: Vec<_> = servers
            .iter()
            .map(|server| {
                let address = server.address;
                thread::spawn(move || effect(address, "k", "pause"))
            })
            .collect();
        for request in requests {
            let response = request.join().expect("no panic");
            assert!([201, 409].contains(&response.status), "{}", response.text());
        }
        assert_eq!(authors(servers[0].address), 2);
        assert!(
            servers
                .iter()
                .all(|server| is_replayed(&effect(server.address, "k", "pause")))
        );
    }
}

#[test]
fn a_key_belongs_to_one_request() {
    for database in Database::both() {
        let server = database.start(&[]);
        let address = server.address;
        let body = json!({ "name": "Ada" });
        assert_eq!(send(address, "POST", EFFECT, "k", &body).status, 201);
        let others = [
            send(address, "POST", EFFECT, "k", &json!({ "name": "Eve" })),
            send(address, "PATCH", EFFECT, "k", &body),
            send(address, "POST", AUTHORS, "k", &body),
            send(address, "POST", &format!("{EFFECT}?a=b"), "k", &body),
        ];
        for other in &others {
            assert_problem(other, 422, "idempotency_key_reused");
        }
        assert_eq!(authors(address), 2);
    }
}

#[test]
fn a_refused_request_can_be_corrected_under_the_same_key() {
    for database in Database::both() {
        let server = database.start(&[]);
        let address = server.address;
        let refused = send(address, "POST", AUTHORS, "k", &json!({ "nam": "Ada" }));
        assert_problem(&refused, 422, "validation_failed");
        let corrected = send(address, "POST", AUTHORS, "k", &json!({ "name": "Ada" }));
        assert_eq!(corrected.status, 201, "{}", corrected.text());
        assert_eq!(authors(address), 1);
    }
}

#[test]
fn a_handler_that_fails_or_panics_has_no_effect() {
    for database in Database::both() {
        for (end, status) in [("fail", 409), ("panic", 500), ("large", 500)] {
            let server = database.start(&[]);
            let failed = effect(server.address, "k", end);
            assert_eq!(failed.status, status, "{end}: {}", failed.text());
            assert_eq!(failed.header("set-cookie"), "");
            assert_without_effect(server.address);
            // Of the failed request no job is left either; that of the repetition runs when it is certain.
            let log = server.log_with("the echo answers");
            assert_eq!(log.matches("the echo answers").count(), 1, "{log}");
            drop(server);
            succeed(&mut database.command(&["db", "reset"]));
        }
    }
}

#[test]
fn a_process_that_is_killed_leaves_neither_effect_nor_response() {
    for database in Database::both() {
        let mut server = database.start(&[]);
        let address = server.address;
        let request = thread::spawn(move || {
            let body = json!({ "name": "Ada", "end": "sleep" }).to_string();
            let headers = [
                ("content-type", "application/json"),
                ("idempotency-key", "k"),
            ];
            http::request(address, "POST", EFFECT, &headers, body.as_bytes())
        });
        server.log_with("the handler sleeps");
        server.signal("KILL");
        server.wait(Duration::from_secs(5));
        assert!(request.join().expect("no panic").is_err());
        let server = database.start(&[]);
        assert_without_effect(server.address);
    }
}

#[test]
fn a_request_that_takes_too_long_has_no_effect() {
    for database in Database::both() {
        let server = database.start(&[("FW_MIDDLEWARE__TIMEOUT__AFTER", "500ms")]);
        assert_eq!(effect(server.address, "k", "sleep").status, 503);
        assert_without_effect(server.address);
    }
}

#[test]
fn a_request_that_nobody_waits_for_has_no_effect() {
    for database in Database::both() {
        let server = database.start(&[]);
        let body = r#"{"name":"Ada","end":"sleep"}"#;
        let mut stream = connect(server.address).expect("a connection");
        write!(
            stream,
            "POST {EFFECT} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\nidempotency-key: k\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("sent");
        server.log_with("the handler sleeps");
        assert_problem(
            &effect(server.address, "k", ""),
            409,
            "idempotency_key_in_use",
        );
        drop(stream);
        assert_without_effect(server.address);
    }
}

#[test]
fn transactions_of_the_handler_are_what_they_are_without_a_key() {
    for database in Database::both() {
        let server = database.start(&[]);
        assert_eq!(effect(server.address, "caught", "caught").status, 201);
        assert_eq!(authors(server.address), 2);
        assert_eq!(effect(server.address, "together", "together").status, 201);
        assert_eq!(authors(server.address), 5);
        assert!(is_replayed(&effect(server.address, "together", "together")));
    }
}

#[test]
fn a_transaction_that_the_database_has_undone_is_no_success() {
    let database = Database::postgres();
    let server = database.start(&[]);
    assert_eq!(effect(server.address, "k", "aborted").status, 500);
    assert_without_effect(server.address);
    // On SQLite a query that fails undoes nothing.
    let database = Database::sqlite();
    let server = database.start(&[]);
    assert_eq!(effect(server.address, "k", "aborted").status, 201);
    assert_eq!(authors(server.address), 4);
}

#[test]
fn what_goes_on_after_the_response_gets_an_error() {
    for database in Database::both() {
        let server = database.start(&[]);
        assert_eq!(effect(server.address, "k", "linger").status, 201);
        let log = server.log_with("the handle after the end");
        assert!(log.contains("belongs in a job"), "{log}");
        assert_eq!(authors(server.address), 2);
    }
}

#[test]
fn a_transaction_that_is_left_open_is_no_success() {
    for database in Database::both() {
        let server = database.start(&[("FW_DATABASE__ACQUIRE_TIMEOUT", "300ms")]);
        assert_eq!(effect(server.address, "k", "hold").status, 500);
        server.log_with("is still open");
        assert_eq!(authors(server.address), 0);
    }
}

#[test]
fn a_response_expires_and_is_pruned() {
    for database in Database::both() {
        let server = database.start(&[("FW_IDEMPOTENCY__EXPIRY", "1s")]);
        assert_eq!(effect(server.address, "k", "").status, 201);
        thread::sleep(Duration::from_millis(2100));
        assert!(!is_replayed(&effect(server.address, "k", "")));
        assert_eq!(authors(server.address), 4);

        thread::sleep(Duration::from_millis(2100));
        let prune = || {
            let mut command = database.command(&["task", "idempotency:prune"]);
            succeed(command.env("FW_LOG", "info"))
        };
        let (first, second) = (prune(), prune());
        assert!(first.contains("1 expired response deleted"), "{first}");
        assert!(second.contains("0 expired responses deleted"), "{second}");
    }
}

#[test]
fn without_a_key_or_an_idempotent_route_nothing_is_repeated() {
    for database in Database::both() {
        let server = database.start(&[]);
        let body = json!({ "name": "Ada" });
        for expected in [2, 4] {
            let response =
                http::send_json(server.address, "POST", EFFECT, &body).expect("a response");
            assert_eq!(response.status, 201);
            assert_eq!(authors(server.address), expected);
        }
        for expected in [6, 8] {
            let path = "/lab/idempotency/unsafe";
            assert_eq!(send(server.address, "POST", path, "k", &body).status, 201);
            assert_eq!(authors(server.address), expected);
        }
    }
}

#[test]
fn access_is_checked_before_a_response_is_repeated() {
    for database in Database::both() {
        let server = database.start(&[]);
        let call = |name: Option<&str>| {
            let mut headers = vec![("idempotency-key", "k")];
            headers.extend(name.map(|name| ("x-name", name)));
            let path = "/lab/idempotency/guarded";
            http::request(server.address, "POST", path, &headers, b"").expect("a response")
        };
        assert_eq!(call(Some("Ada")).text(), "Ada");
        assert_problem(&call(None), 401, "unauthorized");
        let other = call(Some("Eve"));
        assert_eq!(other.text(), "Eve", "each caller has keys of their own");
        assert!(!is_replayed(&other));
        let repeat = call(Some("Ada"));
        assert_eq!(repeat.text(), "Ada");
        assert!(is_replayed(&repeat));
    }
}

#[test]
fn malformed_keys_are_refused() {
    let database = Database::sqlite();
    let server = database.start(&[]);
    for key in ["", "a b", "\"a", &"k".repeat(256)] {
        assert_problem(
            &effect(server.address, key, ""),
            400,
            "invalid_idempotency_key",
        );
    }
    let twice = [("idempotency-key", "a"), ("idempotency-key", "b")];
    let response = http::request(server.address, "POST", EFFECT, &twice, b"").expect("a response");
    assert_problem(&response, 400, "invalid_idempotency_key");
    assert_eq!(authors(server.address), 0);
}

#[test]
fn the_table_survives_a_rollback_of_everything() {
    for database in Database::both() {
        succeed(&mut database.command(&["db", "create"]));
        let applied = succeed(&mut database.command(&["db", "migrate", "--steps", "1"]));
        assert!(
            applied.contains("applied fw_20261121_080000_create_idempotency_keys")
                && applied.contains("applied fw_20261129_060000_add_caller_to_idempotency_keys")
                && applied.contains("_create_authors"),
            "the framework's own do not count: {applied}"
        );
        let undone = succeed(&mut database.command(&["db", "rollback", "99"]));
        assert!(!undone.contains("fw_"), "{undone}");
        let status = succeed(&mut database.command(&["db", "status"]));
        let own = status
            .lines()
            .find(|line| line.contains("fw_"))
            .expect("it is listed");
        assert!(own.contains("applied"), "{status}");
        let server: Server = database.start(&[]);
        assert_eq!(effect(server.address, "k", "").status, 201);
    }
}

#[test]
fn a_caller_has_a_limited_number_of_stored_responses() {
    for database in Database::both() {
        let server = database.start(&[
            ("FW_IDEMPOTENCY__MAX_RESPONSES_PER_CALLER", "2"),
            ("FW_IDEMPOTENCY__EXPIRY", "1h"),
        ]);
        let address = server.address;
        let body = json!({ "name": "Ada" });
        for key in ["a", "b"] {
            assert_eq!(send(address, "POST", AUTHORS, key, &body).status, 201);
        }
        let refused = send(address, "POST", AUTHORS, "c", &body);
        assert_problem(&refused, 429, "too_many_idempotency_keys");
        let wait: u64 = refused.header("retry-after").parse().expect("seconds");
        assert!((3500..=3600).contains(&wait), "{wait}");
        assert_eq!(authors(address), 2, "the handler does not run");
        // What is stored is repeated, and what needs no key goes on.
        assert!(is_replayed(&send(address, "POST", AUTHORS, "a", &body)));
        let without = http::send_json(address, "POST", AUTHORS, &body).expect("a response");
        assert_eq!(without.status, 201);
        // Another caller has responses of their own.
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", "c"),
            ("authorization", "Bearer another"),
        ];
        let other = http::request(
            address,
            "POST",
            AUTHORS,
            &headers,
            body.to_string().as_bytes(),
        );
        assert_eq!(other.expect("a response").status, 201);
    }
}
