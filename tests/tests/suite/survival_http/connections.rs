//! More connections than anybody expects.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use fw_tests::{
    app::Server,
    http::{Connection, connect, get},
};

use super::{eventually, files_are_closed, raise_open_files};
use crate::{Database, shop};

/// How many idle connections, if the system allows this process so many files.
const IDLE: usize = 10_000;

/// What one idle connection may cost: it needs about half of it.
const MEMORY_OF_ONE: usize = 32 * 1024;

#[test]
fn ten_thousand_idle_connections_are_kept() {
    let idle = IDLE.min(raise_open_files() * 3 / 4 - 200);
    let shop = shop();
    let server = shop.start(&[
        ("FW_SERVER__MAX_CONNECTIONS", "12000"),
        ("FW_SERVER__HEADER_TIMEOUT", "5m"),
    ]);
    let (address, process) = (server.address, server.process());
    let (files, memory) = (process.open_files(), process.memory());
    let openers: Vec<_> = (0..8)
        .map(|_| thread::spawn(move || open_idle(address, idle / 8)))
        .collect();
    let kept: Vec<TcpStream> = openers
        .into_iter()
        .flat_map(|opener| opener.join().expect("every connection gets a response"))
        .collect();
    let each = process.memory().saturating_sub(memory) / kept.len();
    assert!(process.open_files() >= kept.len());

    let begin = Instant::now();
    let response = get(address, "/api/v1/posts").expect("a response");
    let waited = begin.elapsed();
    eprintln!(
        "{} connections: {each} bytes each, a new client waits {waited:?}",
        kept.len()
    );
    assert_eq!(response.status, 200);
    assert!(waited < Duration::from_secs(3), "{waited:?}");
    assert!(each < MEMORY_OF_ONE, "{each} bytes for each connection");

    drop(kept);
    files_are_closed(process, files);
    assert_eq!(
        get(address, "/api/v1/posts").expect("a response").status,
        200
    );
}

/// Connections that have had a response each.
fn open_idle(address: SocketAddr, count: usize) -> Vec<TcpStream> {
    let mut response = [0; 4096];
    (0..count)
        .map(|_| {
            let mut stream = connect(address).expect("a connection");
            stream
                .write_all(b"GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n")
                .expect("sent");
            let length = stream.read(&mut response).expect("a response");
            assert!(response[..length].starts_with(b"HTTP/1.1 200 OK"));
            stream
        })
        .collect()
}

#[test]
fn the_limit_of_open_files_is_raised_and_some_are_left_for_the_database() {
    let shop = shop();
    let server = start_with_open_files(&shop, 64, 256);
    let process = server.process();
    assert_eq!(process.open_files_limit(), 256);
    let files = process.open_files();
    let mut first = Connection::open(server.address).expect("a connection");
    assert_eq!(first.get("/health/live").expect("a response").status, 200);
    let crowd = crowd(server.address, 300);
    server.log_with("new connections wait");
    // Whoever is connected is served, with a database that needs files too.
    for path in ["/api/v1/posts", "/health/ready"] {
        assert_eq!(first.get(path).expect("a response").status, 200);
    }
    assert!(process.open_files() < 256);
    drop((first, crowd));
    files_are_closed(process, files);
    assert_eq!(
        get(server.address, "/api/v1/posts")
            .expect("a response")
            .status,
        200
    );
    let log = server.log();
    assert_eq!(log.matches("new connections wait").count(), 1, "{log}");
}

#[test]
fn a_server_without_file_handles_waits_for_some() {
    let shop = shop();
    let server = start_with_open_files(&shop, 32, 32);
    let process = server.process();
    let files = process.open_files();
    let crowd = crowd(server.address, 100);
    server.log_with("new connections cannot be accepted");
    let before = process.processor_time();
    thread::sleep(Duration::from_secs(2));
    let used = process.processor_time().saturating_sub(before);
    assert!(
        used < Duration::from_millis(500),
        "it spins: {used:?} in 2 s"
    );
    drop(crowd);
    files_are_closed(process, files);
    assert_eq!(
        get(server.address, "/health/live")
            .expect("a response")
            .status,
        200
    );
    let log = server.log();
    let told = log.matches("new connections cannot be accepted").count();
    assert_eq!(told, 1, "{log}");
}

/// A server that may open so many files: at first, and at most.
fn start_with_open_files(shop: &Database, soft: usize, hard: usize) -> Server {
    let start = shop.command(&["start", "--port", "0", "--migrate"]);
    let mut command = Command::new("bash");
    command
        .arg("-c")
        .arg(format!(
            "ulimit -S -n {soft} && ulimit -H -n {hard} && exec \"$@\""
        ))
        .arg("bash")
        .arg(start.get_program())
        .args(start.get_args())
        .current_dir(&shop.folder)
        .env("DATABASE_URL", &shop.url);
    fw_tests::app::clean(&mut command);
    command.env("DATABASE_URL", &shop.url);
    Server::start(command)
}

/// Clients that connect and say nothing.
fn crowd(address: SocketAddr, count: usize) -> Vec<TcpStream> {
    let crowd: Vec<_> = (0..count)
        .map(|_| connect(address).expect("the system's queue takes it"))
        .collect();
    eventually("they are connected", Duration::from_secs(5), || {
        crowd.iter().all(|stream| stream.peer_addr().is_ok())
    });
    crowd
}
