//! The signal to stop, in the middle of the work.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use fw_tests::http::{Connection, Unanswered, get};
use serde_json::json;

use super::eventually;
use crate::Database;

/// Clients of each kind.
const CLIENTS: usize = 10;

/// How many rows there are before the signal.
const WARM: usize = 100;

/// What became of one client's requests.
#[derive(Default)]
struct Report {
    /// The names of the authors whose creation was acknowledged.
    created: Vec<String>,
    /// Requests that met the end of the connection, without a byte of a response. HTTP/1.1 cannot exclude that (RFC 9112,
    /// section 9.5); what counts is that they have had no effect.
    crossed: usize,
    /// Everything else.
    wrong: Vec<String>,
}

#[test]
fn what_is_accepted_before_sigterm_gets_a_response() {
    for database in Database::both() {
        let mut server = database.start(&[("FW_SERVER__DRAIN_TIMEOUT", "10s")]);
        let address = server.address;
        let count = Arc::new(AtomicUsize::new(0));
        let clients: Vec<_> = (0..2 * CLIENTS)
            .map(|client| {
                let count = Arc::clone(&count);
                thread::spawn(move || {
                    if client < CLIENTS {
                        keep_connection(address, client, &count)
                    } else {
                        connect_anew(address, client, &count)
                    }
                })
            })
            .collect();
        eventually("rows are created", Duration::from_secs(20), || {
            count.load(Ordering::Relaxed) > WARM
        });
        server.signal("TERM");
        let status = server.wait(Duration::from_secs(10));
        assert_eq!(status.code(), Some(0), "{}", server.log());
        assert!(!server.log().contains("cut off"), "{}", server.log());

        let mut acknowledged = BTreeSet::new();
        let mut crossed = [0, 0];
        for (client, report) in clients.into_iter().enumerate() {
            let report = report.join().expect("no panic");
            assert!(report.wrong.is_empty(), "{:#?}", report.wrong);
            acknowledged.extend(report.created);
            crossed[client / CLIENTS] += report.crossed;
        }
        let count = acknowledged.len();
        eprintln!("{count} created; crossed on kept and on new connections: {crossed:?}");
        assert_eq!(stored(&database), acknowledged);
    }
}

/// One request after the other on one connection, until the server ends it.
fn keep_connection(address: SocketAddr, client: usize, count: &AtomicUsize) -> Report {
    let mut report = Report::default();
    let mut connection = Connection::open(address).expect("a connection");
    for number in 0.. {
        match create(&mut connection, client, number, count, &mut report) {
            Next::GoOn => {}
            Next::Ended => break,
        }
    }
    report
}

/// A connection for each request, until nobody accepts one.
fn connect_anew(address: SocketAddr, client: usize, count: &AtomicUsize) -> Report {
    let mut report = Report::default();
    for number in 0.. {
        let Ok(mut connection) = Connection::open(address) else {
            break;
        };
        create(&mut connection, client, number, count, &mut report);
    }
    report
}

/// Whether the connection can be used again.
enum Next {
    GoOn,
    Ended,
}

fn create(
    connection: &mut Connection,
    client: usize,
    number: usize,
    count: &AtomicUsize,
    report: &mut Report,
) -> Next {
    let name = format!("{client}-{number}");
    match connection.send_json("POST", "/api/v1/authors", &json!({ "name": name })) {
        Ok(response) if response.status == 201 => {
            report.created.push(name);
            count.fetch_add(1, Ordering::Relaxed);
            if response.header("connection") == "close" {
                return Next::Ended;
            }
            Next::GoOn
        }
        Ok(response) => {
            report.wrong.push(format!("{name}: {}", response.head));
            Next::GoOn
        }
        Err(Unanswered {
            has_begun: false, ..
        }) => {
            report.crossed += 1;
            Next::Ended
        }
        Err(Unanswered { error, .. }) => {
            report
                .wrong
                .push(format!("{name}: half a response: {error}"));
            Next::Ended
        }
    }
}

/// The names of all authors, as a new server finds them.
pub(super) fn stored(database: &Database) -> BTreeSet<String> {
    let server = database.start(&[]);
    let mut names = BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let page = get(
            server.address,
            &format!("/api/v1/authors?limit=100{cursor}"),
        )
        .expect("a response")
        .json();
        let authors = page["data"].as_array().expect("a list");
        names.extend(
            authors
                .iter()
                .map(|author| author["name"].as_str().expect("a name").to_owned()),
        );
        let Some(next) = page["pagination"]["next_cursor"].as_str() else {
            return names;
        };
        cursor = format!("&cursor={next}");
    }
}
