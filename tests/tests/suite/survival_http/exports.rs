//! Responses that are made from more rows than fit into memory.

use std::{
    io::{Read, Write},
    time::{Duration, Instant},
};

use fw_tests::http::{connect, get};

use super::{eventually, megabytes};
use crate::Database;

const ROWS: usize = 1_000_000;

/// A million rows are some 32 MB of text, and several times that as rows of the driver.
#[test]
fn an_export_of_a_million_rows_takes_little_memory_also_to_a_slow_reader() {
    for database in Database::both() {
        let server = database.start(&[("FW_DATABASE__STATEMENT_TIMEOUT", "1s")]);
        let process = server.process();
        get(server.address, "/lab/export?rows=1000").expect("a response");
        let memory = process.memory();
        process.forget_peak();
        let begin = Instant::now();
        let mut stream = connect(server.address).expect("a connection");
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .expect("set");
        let head =
            format!("GET /lab/export?rows={ROWS} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).expect("sent");
        let (mut lines, mut buffer) = (0, vec![0; 64 * 1024]);
        let mut last = Vec::new();
        let mut pauses = 0;
        loop {
            let read = stream.read(&mut buffer).expect("it goes on");
            if read == 0 {
                break;
            }
            last = buffer[..read].to_vec();
            lines += String::from_utf8_lossy(&last).matches('\n').count();
            // Twice it takes longer than a statement may.
            if pauses < 2 && lines > 200_000 * (pauses + 1) {
                pauses += 1;
                std::thread::sleep(Duration::from_millis(1500));
            }
        }
        assert_eq!(pauses, 2);
        assert!(lines >= ROWS, "{lines} lines");
        assert!(last.ends_with(b"0\r\n\r\n"), "the response is complete");
        let grown = process.peak_memory().saturating_sub(memory);
        eprintln!(
            "{ROWS} rows in {:?}, {} MB more",
            begin.elapsed(),
            megabytes(grown)
        );
        assert!(grown < 12 * 1024 * 1024, "{} MB", megabytes(grown));
    }
}

/// The client has gone: the database must not go on with the query.
#[test]
fn an_export_whose_client_goes_away_is_ended() {
    for database in Database::both() {
        let server = database.start(&[("FW_DATABASE__MAX_CONNECTIONS", "2")]);
        for _ in 0..3 {
            let mut stream = connect(server.address).expect("a connection");
            stream
                .write_all(b"GET /lab/export?rows=10000000 HTTP/1.1\r\nhost: a\r\n\r\n")
                .expect("sent");
            let mut some = [0; 4096];
            stream.read_exact(&mut some).expect("it begins");
        }
        eventually("the connections are free", Duration::from_secs(5), || {
            get(server.address, "/api/v1/authors").is_ok_and(|response| response.status == 200)
        });
        let before = server.process().processor_time();
        std::thread::sleep(Duration::from_millis(500));
        let after = server.process().processor_time();
        let limit = before + Duration::from_millis(200);
        assert!(after < limit, "it goes on: {before:?}, then {after:?}");
    }
}
