//! The server as a process: signals, faults, limits.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    thread,
    time::{Duration, Instant},
};

use fw_tests::{
    app::fail,
    http::{self, connect, get, read, send_json},
};
use serde_json::json;

use crate::{Database, shop};

#[test]
fn sigterm_lets_a_request_finish() {
    let shop = shop();
    let mut server = shop.start(&[]);
    let address = server.address;
    let request = thread::spawn(move || get(address, "/lab/sleep?ms=1500"));
    thread::sleep(Duration::from_millis(400));
    server.signal("TERM");
    thread::sleep(Duration::from_millis(400));
    assert!(
        get(address, "/health/live").is_err(),
        "no new connection is accepted"
    );
    let response = request.join().expect("no panic").expect("a response");
    assert_eq!(
        (response.status, response.text().as_str()),
        (200, "slept well")
    );
    assert_eq!(
        server.wait(Duration::from_secs(5)).code(),
        Some(0),
        "{}",
        server.log()
    );
}

#[test]
fn a_second_signal_ends_at_once() {
    let shop = shop();
    let mut server = shop.start(&[]);
    let address = server.address;
    let request = thread::spawn(move || get(address, "/lab/sleep?ms=20000"));
    thread::sleep(Duration::from_millis(400));
    server.signal("TERM");
    thread::sleep(Duration::from_millis(200));
    server.signal("TERM");
    assert_eq!(server.wait(Duration::from_secs(2)).code(), Some(128 + 15));
    assert!(request.join().expect("no panic").is_err());
}

#[test]
fn a_half_sent_body_does_not_hold_the_end_up() {
    let shop = shop();
    let mut server = shop.start(&[("FW_SERVER__DRAIN_TIMEOUT", "1s")]);
    let mut stream = connect(server.address).expect("a connection");
    stream
        .write_all(b"POST /api/v1/posts HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{")
        .expect("sent");
    thread::sleep(Duration::from_millis(300));
    let begin = Instant::now();
    server.signal("TERM");
    assert_eq!(server.wait(Duration::from_secs(5)).code(), Some(1));
    assert!(
        begin.elapsed() < Duration::from_secs(3),
        "{:?}",
        begin.elapsed()
    );
}

#[test]
fn idle_connections_do_not_hold_the_end_up() {
    let shop = shop();
    let mut server = shop.start(&[]);
    let _idle: Vec<_> = (0..20)
        .map(|_| connect(server.address).expect("a connection"))
        .collect();
    thread::sleep(Duration::from_millis(200));
    server.signal("INT");
    assert_eq!(server.wait(Duration::from_secs(3)).code(), Some(0));
}

#[test]
fn a_panic_is_a_response_and_a_log_line() {
    let shop = shop();
    let server = shop.start(&[]);
    for id in ["panic-1", "panic-2"] {
        let response = http::request(
            server.address,
            "GET",
            "/lab/panic",
            &[("x-request-id", id)],
            b"",
        )
        .expect("a response");
        assert_eq!(response.status, 500);
        assert_eq!(response.json()["code"], "internal_error");
        assert_eq!(response.json()["request_id"], id);
    }
    let log = server.log_with("panic-2");
    assert!(log.contains("the handler panics on purpose"), "{log}");
    assert_eq!(
        get(server.address, "/health/ready")
            .expect("a response")
            .status,
        200
    );
}

#[test]
fn production_says_nothing_about_causes() {
    let shop = shop();
    let server = shop.start(&[("FW_ENV", "production")]);
    let response = get(server.address, "/lab/panic").expect("a response");
    assert_eq!(response.status, 500);
    assert!(!response.text().contains("purpose"), "{}", response.text());
    // One JSON object for each line, with the request id in it.
    let log = server.log_with("the handler panics on purpose");
    for line in log.lines() {
        let line: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        if line["message"] == "request failed" {
            assert!(line["request_id"].is_string(), "{line}");
        }
    }
    assert!(log.contains("the handler panics on purpose"), "{log}");
}

/// Asserts that the statement timeout, which is less than a second, ends a statement by whichever method it is run.
pub fn assert_statement_timeout(address: SocketAddr) {
    for method in [
        "execute",
        "execute_unprepared",
        "query_all",
        "query_one",
        "stream",
        "transaction",
    ] {
        let begin = Instant::now();
        let path = format!("/lab/slow-query?by={method}");
        let response = get(address, &path).expect("a response");
        assert_eq!(response.status, 503, "{method}: {}", response.text());
        assert!(!response.header("retry-after").is_empty());
        let duration = begin.elapsed();
        assert!(duration < Duration::from_secs(3), "{method}: {duration:?}");
    }
}

#[test]
fn statement_timeouts_really_end_statements() {
    for database in Database::both() {
        let server = database.start(&[("FW_DATABASE__STATEMENT_TIMEOUT", "300ms")]);
        assert_statement_timeout(server.address);
        assert_eq!(
            get(server.address, "/api/v1/posts")
                .expect("a response")
                .status,
            200
        );
    }
}

#[test]
fn a_request_that_takes_too_long_is_given_up() {
    let shop = shop();
    let server = shop.start(&[("FW_MIDDLEWARE__TIMEOUT__AFTER", "200ms")]);
    let response = get(server.address, "/lab/sleep?ms=10000").expect("a response");
    assert_eq!(
        (response.status, response.header("retry-after")),
        (503, "1")
    );
}

#[test]
fn slow_heads_are_cut_off() {
    let shop = shop();
    let server = shop.start(&[("FW_SERVER__HEADER_TIMEOUT", "300ms")]);
    let mut stream = connect(server.address).expect("a connection");
    stream.write_all(b"GET / HTTP/1.1\r\n").expect("sent");
    let begin = Instant::now();
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "{:?}",
        begin.elapsed()
    );
}

#[test]
fn responses_are_compressed_for_those_who_ask() {
    let shop = shop();
    let server = shop.start(&[]);
    let ask = |encoding: &str| {
        http::request(
            server.address,
            "GET",
            "/lab/large",
            &[("accept-encoding", encoding)],
            b"",
        )
        .expect("a response")
    };
    let plain = ask("identity");
    assert_eq!(
        (plain.header("content-encoding"), plain.body.len()),
        ("", 28_000)
    );
    for encoding in ["gzip", "zstd"] {
        let response = ask(encoding);
        assert_eq!(response.header("content-encoding"), encoding);
        assert!(response.body.len() < 1000);
        assert!(
            response
                .header("vary")
                .to_lowercase()
                .contains("accept-encoding")
        );
    }
}

#[test]
fn writers_do_not_meet_a_busy_database() {
    let shop = shop();
    let server = shop.start(&[]);
    let address = server.address;
    let writers: Vec<_> = (0..32)
        .map(|writer| {
            thread::spawn(move || {
                for number in 0..10 {
                    let body = json!({ "title": "t", "slug": format!("{writer}-{number}") });
                    let response =
                        send_json(address, "POST", "/api/v1/posts", &body).expect("a response");
                    assert_eq!(response.status, 201, "{}", response.text());
                    assert_eq!(
                        get(address, "/api/v1/posts?limit=5")
                            .expect("a response")
                            .status,
                        200
                    );
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().expect("every write is accepted");
    }
    let response = get(address, "/api/v1/posts?page=1").expect("a response");
    assert_eq!(response.json()["pagination"]["total"], 320);
}

#[test]
fn security_headers_are_on_every_response() {
    let shop = shop();
    let server = shop.start(&[("FW_ENV", "production")]);
    for path in ["/health/live", "/nowhere", "/lab/panic"] {
        let response = get(server.address, path).expect("a response");
        assert_eq!(
            response.header("x-content-type-options"),
            "nosniff",
            "{path}"
        );
        assert_eq!(response.header("x-frame-options"), "DENY", "{path}");
        assert!(
            response
                .header("strict-transport-security")
                .starts_with("max-age="),
            "{path}"
        );
    }
}

#[test]
fn jobs_run_in_the_background() {
    let shop = shop();
    let mut server = shop.start(&[]);
    assert_eq!(
        send_json(server.address, "POST", "/lab/jobs", &json!({}))
            .expect("a response")
            .status,
        204
    );
    server.log_with("the echo answers");
    server.signal("TERM");
    assert_eq!(server.wait(Duration::from_secs(5)).code(), Some(0));
}

#[test]
fn a_job_of_the_last_request_runs_after_the_next_start() {
    let shop = shop();
    let mut server = shop.start(&[]);
    let address = server.address;
    let request = thread::spawn(move || get(address, "/lab/late-job"));
    thread::sleep(Duration::from_millis(300));
    server.signal("TERM");
    assert_eq!(
        request
            .join()
            .expect("no panic")
            .expect("a response")
            .status,
        204
    );
    assert_eq!(server.wait(Duration::from_secs(5)).code(), Some(0));
    assert!(!server.log().contains("the echo answers"));
    let server = shop.start(&[]);
    server.log_with("the echo answers");
}

#[test]
fn a_taken_port_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port();
    let shop = shop();
    let (code, output) = fail(&mut shop.command(&["start", "--port", &port.to_string()]));
    assert_eq!(code, 1);
    assert!(
        output.contains(&format!("127.0.0.1:{port} is taken")) && output.contains("hint: "),
        "{output}"
    );
}

#[test]
fn a_connection_can_be_kept() {
    let shop = shop();
    let server = shop.start(&[]);
    let mut stream = connect(server.address).expect("a connection");
    stream
        .write_all(b"GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n")
        .expect("sent");
    let mut first = [0; 4096];
    let length = stream.read(&mut first).expect("a response");
    assert!(first[..length].starts_with(b"HTTP/1.1 200 OK"));
    stream
        .write_all(b"GET /health/live HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        .expect("sent");
    assert!(read(stream).is_ok());
}

#[test]
fn connections_beyond_the_limit_wait() {
    let shop = shop();
    let server = shop.start(&[("FW_SERVER__MAX_CONNECTIONS", "2")]);
    let held = [
        connect(server.address).expect("a connection"),
        connect(server.address).expect("a connection"),
    ];
    thread::sleep(Duration::from_millis(200));
    let address = server.address;
    let waiting = thread::spawn(move || get(address, "/health/live"));
    thread::sleep(Duration::from_millis(500));
    assert!(!waiting.is_finished(), "the third connection waits");
    drop(held);
    assert_eq!(
        waiting
            .join()
            .expect("no panic")
            .expect("a response")
            .status,
        200
    );
}
