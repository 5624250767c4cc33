//! Requests with an `Idempotency-Key` whose client goes away at the worst moments.

use std::{
    io::Write,
    net::{Shutdown, SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use fw_tests::{
    app::Server,
    http::{Response, connect, get, request, send_json},
    postgres,
};
use serde_json::json;

use super::{AUTHORS, until};
use crate::Database;

const EFFECT: &str = "/lab/idempotency/effect";

/// Two statements that are in flight when a request is given up used to leave its transaction open. The connection went back
/// into the pool all the same, and everything that was written with it afterwards was acknowledged and never committed.
#[test]
fn a_transaction_whose_end_was_lost_swallows_no_later_write() {
    let database = Database::postgres();
    // The next request gets the same connection.
    let server = database.start(&[("FW_DATABASE__MAX_CONNECTIONS", "1")]);
    let address = server.address;
    let seen = |name: &str| {
        let count = format!("SELECT count(*) FROM authors WHERE name = '{name}'");
        postgres::server().psql(database.name(), &count)
    };
    for round in 0..2 {
        let torn = send(address, &format!("torn-{round}"), "torn");
        until(Duration::from_secs(5), "the transaction is open", || {
            server.log().matches("the transaction is open").count() > round
        });
        // The query begins as well; it goes on for a second.
        thread::sleep(Duration::from_millis(100));
        torn.shutdown(Shutdown::Both).expect("it can be closed");
        drop(torn);
        for number in 0..3 {
            let name = format!("kept-{round}-{number}");
            until(Duration::from_secs(5), "it writes", || {
                let response = send_json(address, "POST", AUTHORS, &json!({ "name": name }));
                response.is_ok_and(|response| response.status == 201)
            });
            assert_eq!(seen(&name), "1", "it was acknowledged, so others see it");
        }
        assert_eq!(seen(&format!("torn-{round}")), "0");
    }
    assert_eq!(seen("undone"), "0");
    assert!(!server.log().contains("panic"), "{}", server.log());
}

#[test]
fn a_job_runs_once_wherever_its_request_is_cut_off() {
    const ROUNDS: u32 = 40;
    for database in Database::both() {
        let server = database.start(&[]);
        let address = server.address;
        // How long it takes when nobody goes away.
        repeat(address, "warm-up");
        let begin = Instant::now();
        repeat(address, "measured");
        let usual = begin.elapsed();
        let (mut had_effect, mut had_none) = (0, 0);
        for round in 0..ROUNDS {
            let name = format!("cut-{round}");
            let cut = send(address, &name, "");
            // From the first moment to a little after the last.
            thread::sleep(usual * round / ROUNDS * 5 / 4);
            cut.shutdown(Shutdown::Both).expect("it can be closed");
            drop(cut);
            let response = repeat(address, &name);
            if response.header("idempotency-replayed") == "true" {
                had_effect += 1;
            } else {
                had_none += 1;
            }
        }
        let last = format!("cut-{}", ROUNDS - 1);
        until(Duration::from_secs(5), "the last job runs", || {
            echoes(&server, &last) > 0
        });
        // A second run would come at once.
        thread::sleep(Duration::from_millis(200));
        for round in 0..ROUNDS {
            let name = format!("cut-{round}");
            assert_eq!(echoes(&server, &name), 1, "{name}");
        }
        let page = get(address, "/api/v1/authors?page=1&limit=1").expect("a response");
        let total = &page.json()["pagination"]["total"];
        assert_eq!(*total, 2 * (ROUNDS + 2), "each has its two authors");
        println!("cut off within {usual:?}: {had_effect} with an effect, {had_none} without");
    }
}

/// Sends the request that creates two authors, enqueues a job and then comes to `end`; nobody waits for the response yet.
fn send(address: SocketAddr, name: &str, end: &str) -> TcpStream {
    let body = json!({ "name": name, "end": end }).to_string();
    let mut stream = connect(address).expect("a connection");
    let head = format!(
        "POST {EFFECT} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\nidempotency-key: {name}\r\n\
        content-length: {}\r\n\r\n",
        body.len()
    );
    stream
        .write_all((head + &body).as_bytes())
        .expect("it can be sent");
    stream
}

/// Sends the same request until there is a response: the one that was cut off may not have ended yet.
#[track_caller]
fn repeat(address: SocketAddr, name: &str) -> Response {
    let mut last = None;
    until(Duration::from_secs(5), "there is a response", || {
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", name),
        ];
        let body = json!({ "name": name, "end": "" }).to_string();
        let response = request(address, "POST", EFFECT, &headers, body.as_bytes());
        let response = response.expect("a response");
        let done = response.status == 201;
        assert!(done || response.status == 409, "{}", response.text());
        last = Some(response);
        done
    });
    last.expect("there was one")
}

fn echoes(server: &Server, name: &str) -> usize {
    let word = format!("word: \"{name}\"");
    server
        .log()
        .lines()
        .filter(|line| line.contains("the echo answers") && line.contains(&word))
        .count()
}
