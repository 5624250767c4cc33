//! A roll-out of a release and its roll-back under load, as systemd does them: the socket stays, the processes change.

use std::{
    collections::BTreeSet,
    net::{SocketAddr, TcpListener},
    os::fd::OwnedFd,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use fw_tests::{
    app::{Server, succeed},
    http::{Connection, Unanswered},
};
use serde_json::json;

use super::{eventually, stop::stored};
use crate::{Database, postgres_operation::run_elsewhere};

/// Clients at once.
const CLIENTS: usize = 6;

/// Requests that are answered between two changes.
const BETWEEN: usize = 60;

/// Makes the standard input the first socket of the service, see `sd_listen_fds(3)`.
const HAND_OVER: &str = r#"exec env LISTEN_FDS=1 LISTEN_PID=$$ "$@" 3<&0 0</dev/null"#;

/// The record of an additive migration that only the new release knows.
const NEWER: &str = "INSERT INTO seaql_migrations (version, applied_at, additive) VALUES ('m20991231_000000_new', 0, true)";

#[test]
fn a_roll_out_and_a_roll_back_lose_no_request() {
    for database in Database::both() {
        succeed(&mut database.command(&["db", "create"]));
        succeed(&mut database.command(&["db", "migrate"]));
        let socket = TcpListener::bind("127.0.0.1:0").expect("a socket");
        let address = socket.local_addr().expect("an address");
        let mut server = start(&database, &socket);
        let (answered, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
        let (answered, is_over) = (Arc::new(answered), Arc::new(is_over));
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (answered, is_over) = (Arc::clone(&answered), Arc::clone(&is_over));
                thread::spawn(move || keep_asking(address, client, &answered, &is_over))
            })
            .collect();
        let some_are_answered = || {
            let before = answered.load(Ordering::Relaxed);
            eventually("requests are answered", Duration::from_secs(30), || {
                answered.load(Ordering::Relaxed) >= before + BETWEEN
            });
        };
        for change in ["the roll-out", "the roll-back"] {
            some_are_answered();
            if change == "the roll-out" {
                run_elsewhere(&database, NEWER);
            }
            server.signal("TERM");
            let status = server.wait(Duration::from_secs(40));
            assert_eq!(status.code(), Some(0), "{change}: {}", server.log());
            server = start(&database, &socket);
        }
        some_are_answered();
        is_over.store(true, Ordering::Relaxed);
        let mut created = BTreeSet::new();
        for client in clients {
            created.extend(client.join().expect("each request is answered"));
        }
        drop(server);
        assert_eq!(stored(&database), created);
    }
}

/// Starts a process of a release on the socket that the service keeps.
fn start(database: &Database, socket: &TcpListener) -> Server {
    let service = database.command(&["start"]);
    let socket = socket.try_clone().expect("another handle");
    let mut command = Command::new("sh");
    command
        .args(["-c", HAND_OVER, "sh"])
        .arg(service.get_program())
        .args(service.get_args())
        .current_dir(&database.folder)
        .env("DATABASE_URL", &database.url)
        .env("FW_ENV", "production")
        .stdin(Stdio::from(OwnedFd::from(socket)));
    Server::start(command)
}

/// Creates rows until it is over, each with a connection of its own, and returns their names. As a reverse proxy does, it sends a request again
/// whose connection ended without a byte of a response (RFC 9112, section 9.5): such a request has had no effect.
fn keep_asking(
    address: SocketAddr,
    client: usize,
    answered: &AtomicUsize,
    is_over: &AtomicBool,
) -> Vec<String> {
    let mut created = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let name = format!("{client}-{}", created.len());
        let body = json!({ "name": name });
        let response = loop {
            let mut connection = Connection::open(address).expect("the socket is there");
            match connection.send_json("POST", "/api/v1/authors", &body) {
                Ok(response) => break response,
                Err(Unanswered { error, has_begun }) => {
                    assert!(!has_begun, "{name}: half a response: {error}");
                }
            }
        };
        assert_eq!(response.status, 201, "{name}: {}", response.head);
        answered.fetch_add(1, Ordering::Relaxed);
        created.push(name);
    }
    created
}
