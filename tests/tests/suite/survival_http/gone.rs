//! Clients that do not wait for their responses.

use std::{
    io::Write,
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use fw::{
    config::DatabaseConfig,
    db::{self, Db},
    sea_orm::{ConnectionTrait, Statement},
};
use fw_tests::http::{Connection, connect, send_json};
use serde_json::json;
use tokio::time::timeout;

use super::files_are_closed;
use crate::shop;

const TIME: Duration = Duration::from_secs(5);

/// Takes long enough for SQLite to ask whether it may go on.
const COUNT: &str = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 50000) SELECT count(*) FROM c";

/// Who was given up while he waited for a connection had the next one's statement interrupted.
#[tokio::test]
async fn a_statement_that_is_given_up_takes_no_other_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("a.sqlite").display());
    let config = DatabaseConfig {
        url: url.into(),
        // One of them reads.
        max_connections: 2,
        ..DatabaseConfig::default()
    };
    db::create(&config).await.expect("it can be created");
    for moment in 0..60 {
        let db = Db::connect(&config).await.expect("it can be opened");
        let count = || db.query_one_raw(Statement::from_string(db.backend(), COUNT));
        for _ in 0..2 {
            let patience = Duration::from_micros(moment * 25);
            // Whether it is done in time does not matter.
            let _ = timeout(patience, count()).await;
            count().await.expect("nobody interrupts it");
        }
        db.close().await;
    }
}

#[test]
fn those_who_go_away_disturb_nobody_else() {
    let shop = shop();
    // One connection for all who read.
    let server = shop.start(&[("FW_DATABASE__MAX_CONNECTIONS", "2")]);
    let (address, process) = (server.address, server.process());
    for number in 0..60 {
        let post =
            json!({ "title": "t", "slug": number.to_string(), "content": "long ".repeat(600) });
        let created = send_json(address, "POST", "/api/v1/posts", &post).expect("a response");
        assert_eq!(created.status, 201, "{}", created.text());
    }
    let files = process.open_files();
    let hasty: Vec<_> = (0..12)
        .map(|number| thread::spawn(move || go_away(address, number)))
        .collect();
    let patient: Vec<_> = (0..4)
        .map(|_| thread::spawn(move || wait(address)))
        .collect();
    let left: usize = hasty
        .into_iter()
        .map(|client| client.join().expect("the server accepts everybody"))
        .sum();
    let responses: usize = patient
        .into_iter()
        .map(|client| client.join().expect("the others are served"))
        .sum();
    eprintln!("{left} went away, {responses} responses for the others");
    assert!(left > 500 && responses > 50, "{left} {responses}");
    files_are_closed(process, files);
}

/// Asks again and again, and closes the connection at one moment or another.
fn go_away(address: SocketAddr, number: u64) -> usize {
    let begin = Instant::now();
    let mut count = 0;
    while begin.elapsed() < TIME {
        let mut stream = connect(address).expect("a connection");
        stream
            .write_all(b"GET /api/v1/posts?limit=20 HTTP/1.1\r\nhost: a\r\n\r\n")
            .expect("sent");
        let moment = (count as u64 * 397 + number * 131) % 4000;
        thread::sleep(Duration::from_micros(moment));
        count += 1;
    }
    count
}

fn wait(address: SocketAddr) -> usize {
    let begin = Instant::now();
    let mut connection = Connection::open(address).expect("a connection");
    let mut count = 0;
    while begin.elapsed() < TIME {
        let response = connection.get("/api/v1/posts?limit=2").expect("a response");
        assert_eq!(response.status, 200, "{}", response.text());
        count += 1;
    }
    count
}
