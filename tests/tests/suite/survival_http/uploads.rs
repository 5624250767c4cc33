//! Many bodies that are far too large, all at once.

use std::{
    io::Write,
    net::SocketAddr,
    sync::{Arc, Barrier},
    thread,
};

use fw_tests::http::{self, Response, connect, get};

use super::{files_are_closed, megabytes};
use crate::shop;

const CLIENTS: usize = 200;

/// Five times what is allowed.
const SIZE: usize = 10 * 1024 * 1024;

/// What a body may have, and so what the server may have to keep of each that does not say its length.
const LIMIT: usize = 2 * 1024 * 1024;

/// What the server keeps of all bodies together.
const TOTAL: usize = 32 * LIMIT;

/// What a connection needs besides: buffers, a task, its share of what the allocator keeps.
const BESIDES: usize = 300 * 1024;

#[test]
fn bodies_of_a_known_length_are_refused_before_they_are_read() {
    let growth = upload(send_with_length);
    assert!(growth < CLIENTS * BESIDES, "{growth} bytes more");
}

#[test]
fn bodies_of_unknown_length_are_refused_when_they_pass_the_limit() {
    let growth = upload(send_in_chunks);
    // A piece of a body can be part of a buffer that is larger.
    assert!(
        growth < 2 * TOTAL + CLIENTS * BESIDES,
        "{growth} bytes more"
    );
}

/// Lets all clients send at once with `send`; gives how much more memory the server needed at its worst.
fn upload(send: fn(SocketAddr, &[u8]) -> Response) -> usize {
    let shop = shop();
    let total = TOTAL.to_string();
    let server = shop.start(&[("FW_MIDDLEWARE__BODY_LIMIT__MAX_TOTAL_BYTES", &total)]);
    let (address, process) = (server.address, server.process());
    get(address, "/api/v1/posts").expect("a response");
    let (files, memory) = (process.open_files(), process.memory());
    process.forget_peak();
    let body: Arc<[u8]> = vec![b' '; SIZE].into();
    let all_ready = Arc::new(Barrier::new(CLIENTS));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (body, all_ready) = (Arc::clone(&body), Arc::clone(&all_ready));
            thread::spawn(move || {
                all_ready.wait();
                send(address, &body)
            })
        })
        .collect();
    for client in clients {
        let response = client.join().expect("every client has a response");
        match response.status {
            413 => assert_eq!(response.json()["code"], "payload_too_large"),
            // There was no memory left for more of it.
            503 => assert_eq!(response.header("retry-after"), "1"),
            _ => panic!("{}", response.text()),
        }
        assert_eq!(response.header("connection"), "close");
    }
    let growth = process.peak_memory().saturating_sub(memory);
    eprintln!("{CLIENTS} uploads: {} MB more at most", megabytes(growth));
    files_are_closed(process, files);
    assert_eq!(
        get(address, "/health/ready").expect("a response").status,
        200
    );
    let posts = get(address, "/api/v1/posts").expect("a response");
    assert_eq!(posts.json()["data"].as_array().map(Vec::len), Some(0));
    growth
}

/// As a simple client does it: first everything is sent, then the response is read.
fn send_with_length(address: SocketAddr, body: &[u8]) -> Response {
    let json = [("content-type", "application/json")];
    http::request(address, "POST", "/api/v1/posts", &json, body).expect("a response")
}

fn send_in_chunks(address: SocketAddr, body: &[u8]) -> Response {
    let mut stream = connect(address).expect("a connection");
    stream
        .write_all(b"POST /api/v1/posts HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n")
        .expect("sent");
    for piece in body.chunks(64 * 1024) {
        let sent = write!(stream, "{:x}\r\n", piece.len())
            .and_then(|()| stream.write_all(piece))
            .and_then(|()| stream.write_all(b"\r\n"));
        if sent.is_err() {
            break;
        }
    }
    http::read(stream).expect("a response")
}
