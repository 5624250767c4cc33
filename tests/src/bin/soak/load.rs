//! What clients do, the good ones and the others.

use std::{
    io::Write,
    net::{SocketAddr, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use fw_tests::http::{self, Connection, Response, connect};
use serde_json::{Value, json};

const POSTS: &str = "/api/v1/posts";

/// Clients that work.
const WORKERS: usize = 8;

/// Connections that are open and do next to nothing.
const IDLE: usize = 100;

/// Rows that stay.
const SEED: usize = 200;

/// Work for a worker, before it takes a new connection.
const ROUNDS: usize = 50;

/// Kept of what was wrong.
const MOST_FAULTS: usize = 20;

/// The load and what came of it.
pub(crate) struct Load {
    address: SocketAddr,
    is_over: AtomicBool,
    answers: AtomicUsize,
    wrong: Mutex<Vec<String>>,
}

impl Load {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            is_over: AtomicBool::new(false),
            answers: AtomicUsize::new(0),
            wrong: Mutex::default(),
        }
    }

    /// How many answers there were so far.
    pub(crate) fn answers(&self) -> usize {
        self.answers.load(Ordering::Relaxed)
    }

    pub(crate) fn stop(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Answers that were not as expected.
    pub(crate) fn wrong_answers(&self) -> Vec<String> {
        self.wrong
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn goes_on(&self) -> bool {
        !self.is_over.load(Ordering::Relaxed)
    }

    fn open(&self) -> Connection {
        Connection::open(self.address).expect("the server accepts connections")
    }

    /// Sends a request whose answer must have this status.
    fn ask(
        &self,
        connection: &mut Connection,
        method: &str,
        path: &str,
        body: &Value,
        status: u16,
    ) -> Option<Response> {
        let answer = if body.is_null() {
            connection.request(method, path, &[], b"")
        } else {
            connection.send_json(method, path, body)
        };
        self.answers.fetch_add(1, Ordering::Relaxed);
        match answer {
            Ok(answer) if answer.status == status => return Some(answer),
            Ok(answer) => self.note(format!(
                "{method} {path}: {} {}",
                answer.status,
                answer.text()
            )),
            Err(unanswered) => {
                self.note(format!("{method} {path}: {}", unanswered.error));
                *connection = self.open();
            }
        }
        None
    }

    fn note(&self, wrong: String) {
        let mut noted = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.len() < MOST_FAULTS {
            noted.push(wrong);
        }
    }
}

/// Creates the rows that stay.
pub(crate) fn seed(address: SocketAddr) {
    for number in 0..SEED {
        let post = json!({ "title": format!("seed {number}"), "content": "long ".repeat(400) });
        let answer = http::send_json(address, "POST", POSTS, &post).expect("an answer");
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
}

/// Starts everybody.
pub(crate) fn start(load: &Arc<Load>) -> Vec<JoinHandle<()>> {
    let spawn = |client: fn(&Load)| {
        let load = Arc::clone(load);
        thread::spawn(move || client(&load))
    };
    let mut clients: Vec<_> = (0..WORKERS).map(|_| spawn(work)).collect();
    clients.push(spawn(idle));
    clients.push(spawn(abort));
    clients
}

/// Creates, lists, shows, changes and removes, with mistakes in between.
fn work(load: &Load) {
    let nothing = Value::Null;
    while load.goes_on() {
        let mut connection = load.open();
        for round in 0..ROUNDS {
            let mut ask = |method, path: &str, body: &Value, status| {
                load.ask(&mut connection, method, path, body, status)
            };
            let post = json!({ "title": format!("post {round}"), "content": "text" });
            let created = ask("POST", POSTS, &post, 201);
            ask("GET", &format!("{POSTS}?limit=20"), &nothing, 200);
            ask("GET", &format!("{POSTS}?limit=100&page=1"), &nothing, 200);
            if let Some(created) = created {
                let path = created.header("location").to_owned();
                ask("GET", &path, &nothing, 200);
                ask("PATCH", &path, &json!({ "title": "changed" }), 200);
                ask("DELETE", &path, &nothing, 204);
                ask("GET", &path, &nothing, 404);
            }
            ask("POST", POSTS, &json!({ "title": 1, "nothing": true }), 422);
            ask("GET", "/nowhere", &nothing, 404);
            ask("GET", &format!("{POSTS}?sort=nothing"), &nothing, 422);
        }
    }
}

/// Keeps connections open with a request now and then, and takes new ones in place of some.
fn idle(load: &Load) {
    let nothing = Value::Null;
    let mut connections: Vec<_> = (0..IDLE).map(|_| load.open()).collect();
    while load.goes_on() {
        for connection in &mut connections {
            load.ask(connection, "GET", "/health/live", &nothing, 200);
        }
        connections.rotate_left(10);
        for connection in &mut connections[..10] {
            *connection = load.open();
        }
        thread::sleep(Duration::from_secs(1));
    }
}

/// Goes away in the middle of requests and of answers.
fn abort(load: &Load) {
    let beginnings = [
        "GET /api/v1/posts HTTP/1.1\r\nhost: ",
        "GET /api/v1/posts?limit=100 HTTP/1.1\r\nhost: a\r\n\r\n",
        "POST /api/v1/posts HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"title\":",
        "POST /api/v1/posts HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{",
        "this is not HTTP\r\n\r\n",
    ];
    while load.goes_on() {
        for beginning in beginnings {
            let mut stream: TcpStream =
                connect(load.address).expect("the server accepts connections");
            // It may refuse at once.
            let _ = stream.write_all(beginning.as_bytes());
            thread::sleep(Duration::from_millis(5));
        }
    }
}
