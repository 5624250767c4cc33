//! What was acknowledged is kept, and the service comes back by itself: when the database stops, hangs or has no space, when
//! the process is killed, when the clock jumps.

mod clock;
mod cut_off;
mod disk;
mod kill;
mod postgres;
mod sqlite;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use fw_tests::http::{self, Response, get};
use serde_json::json;

const AUTHORS: &str = "/api/v1/authors";

/// Creates an author; the key makes it safe to repeat.
fn create(address: SocketAddr, name: &str, key: &str) -> std::io::Result<Response> {
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", key),
    ];
    let body = json!({ "name": name }).to_string();
    http::request(address, "POST", AUTHORS, &headers, body.as_bytes())
}

/// The status of a `GET`; 0 when there is no response.
fn status(address: SocketAddr, path: &str) -> u16 {
    get(address, path).map_or(0, |response| response.status)
}

/// Waits until `holds`, and gives how long that took.
#[track_caller]
pub(super) fn until(limit: Duration, what: &str, mut holds: impl FnMut() -> bool) -> Duration {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < limit, "{what}: not within {limit:?}");
        thread::sleep(Duration::from_millis(10));
    }
    begin.elapsed()
}

/// A problem with status 503 that says when to come again.
#[track_caller]
fn assert_unavailable(response: &Response) {
    assert_eq!(response.status, 503, "{}", response.text());
    assert_eq!(response.header("content-type"), "application/problem+json");
    assert_eq!(response.json()["code"], "service_unavailable");
    assert_ne!(response.header("retry-after"), "", "{}", response.head);
}

/// One request of [`Clients`].
struct Sample {
    begin: Instant,
    took: Duration,
    response: Response,
    /// What it was to create, if it was to create something.
    name: Option<String>,
}

/// Clients that write and read in turn until they are stopped.
struct Clients {
    stop: Arc<AtomicBool>,
    threads: Vec<thread::JoinHandle<Vec<Sample>>>,
}

impl Clients {
    /// `run` makes the names of this run different from those of others.
    fn start(address: SocketAddr, count: usize, run: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let threads = (0..count)
            .map(|client| {
                let stop = Arc::clone(&stop);
                let prefix = format!("{run}-{client}");
                thread::spawn(move || {
                    let mut samples = Vec::new();
                    while !stop.load(Ordering::Relaxed) {
                        let name = format!("{prefix}-{}", samples.len());
                        let begin = Instant::now();
                        // Every second write is one that could be repeated: it takes another way through the framework.
                        let response = if samples.len() % 4 == 0 {
                            create(address, &name, &name)
                        } else {
                            http::send_json(address, "POST", AUTHORS, &json!({ "name": name }))
                        };
                        samples.push(Sample {
                            begin,
                            took: begin.elapsed(),
                            response: response.expect("the application responds"),
                            name: Some(name),
                        });
                        let begin = Instant::now();
                        let response = get(address, "/api/v1/authors?limit=5");
                        samples.push(Sample {
                            begin,
                            took: begin.elapsed(),
                            response: response.expect("the application responds"),
                            name: None,
                        });
                        thread::sleep(Duration::from_millis(5));
                    }
                    samples
                })
            })
            .collect();
        Self { stop, threads }
    }

    /// All requests of all clients.
    fn stop(self) -> Vec<Sample> {
        self.stop.store(true, Ordering::Relaxed);
        let samples = self.threads.into_iter();
        samples
            .flat_map(|thread| thread.join().expect("every request gets a response"))
            .collect()
    }
}
