//! Clients that take their time, some of them on purpose.

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use fw_tests::http::{Connection, connect, get};

use super::{eventually, files_are_closed, megabytes};
use crate::shop;

#[test]
fn a_body_that_comes_byte_by_byte_is_given_up() {
    let shop = shop();
    let server = shop.start(&[("FW_MIDDLEWARE__TIMEOUT__AFTER", "1s")]);
    let process = server.process();
    let files = process.open_files();
    let mut stream = connect(server.address).expect("a connection");
    stream
        .write_all(b"POST /api/v1/posts HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n")
        .expect("sent");
    let begin = Instant::now();
    let writer = drip(stream.try_clone().expect("a second handle"));
    let mut response = String::new();
    // A reset after the response is as good as an end.
    let _ = stream.read_to_string(&mut response);
    let waited = begin.elapsed();
    assert!(response.starts_with("HTTP/1.1 503 "), "{response}");
    assert!(response.contains("the request took too long"), "{response}");
    assert!(waited < Duration::from_secs(8), "{waited:?}");
    // The client goes on as if nothing were.
    files_are_closed(process, files);
    drop(stream);
    writer.join().expect("no panic");
}

/// Sends a byte now and then until the other side does not want any more.
fn drip(mut stream: TcpStream) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        for _ in 0..500 {
            if stream.write_all(b" ").is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("the connection is never ended");
    })
}

#[test]
fn a_client_that_does_not_read_is_cut_off() {
    let shop = shop();
    let server = shop.start(&[("FW_SERVER__WRITE_TIMEOUT", "1s")]);
    let process = server.process();
    get(server.address, "/lab/stream?pieces=100&bytes=50000&ms=0").expect("a response");
    let (files, memory) = (process.open_files(), process.memory());
    process.forget_peak();
    let mut clients: Vec<_> = (0..50)
        .map(|_| {
            let mut stream = connect(server.address).expect("a connection");
            stream
                .write_all(
                    b"GET /lab/stream?pieces=2000&bytes=50000&ms=0 HTTP/1.1\r\nhost: a\r\n\r\n",
                )
                .expect("sent");
            stream
        })
        .collect();
    eventually("they are served", Duration::from_secs(5), || {
        process.open_files() >= files + clients.len()
    });
    let begin = Instant::now();
    files_are_closed(process, files);
    let grown = process.peak_memory().saturating_sub(memory);
    eprintln!(
        "cut off after {:?}, {} MB more",
        begin.elapsed(),
        megabytes(grown)
    );
    assert!(
        grown < 20_000_000,
        "{grown} bytes for {} clients",
        clients.len()
    );
    // A few of them may count as spare files above, and one that is read now would go on: their time ends soon, too.
    thread::sleep(Duration::from_millis(1500));
    for client in &mut clients {
        let mut rest = Vec::new();
        let _ = client.read_to_end(&mut rest);
        assert!(rest.len() < 50_000_000, "the response was cut off");
    }
}

#[test]
fn a_client_that_reads_slowly_gets_its_full_response() {
    let shop = shop();
    let server = shop.start(&[("FW_SERVER__WRITE_TIMEOUT", "1s")]);
    let mut stream = connect(server.address).expect("a connection");
    stream
        .write_all(b"GET /lab/stream?pieces=400&bytes=50000&ms=0 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        .expect("sent");
    // Longer than the limit in all, in small sips.
    let begin = Instant::now();
    let mut sip = [0; 16 * 1024];
    let mut length = 0;
    while begin.elapsed() < Duration::from_secs(4) {
        length += stream.read(&mut sip).expect("the connection is kept");
        thread::sleep(Duration::from_millis(50));
    }
    assert!(
        length < 20_000_000,
        "the response is not over yet: {length}"
    );
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).expect("the rest comes");
    assert!(rest.ends_with(b"\r\n0\r\n\r\n"), "the response has its end");
    assert!(length + rest.len() > 20_000_000);
}

#[test]
fn a_response_that_pauses_is_not_cut_off() {
    let shop = shop();
    let server = shop.start(&[
        ("FW_SERVER__WRITE_TIMEOUT", "300ms"),
        ("FW_SERVER__HEADER_TIMEOUT", "300ms"),
        ("FW_MIDDLEWARE__TIMEOUT__AFTER", "300ms"),
    ]);
    let mut connection = Connection::open(server.address).expect("a connection");
    let response = connection
        .get("/lab/stream?pieces=4&bytes=10&ms=800")
        .expect("the full response");
    assert_eq!(response.status, 200);
}
