//! What HTTP itself asks of every route, seen by a client that sends bytes and reads bytes.

mod app;
mod bodies;
mod caches;
mod methods;
mod refusals;

use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpListener},
    thread,
    time::{Duration, Instant},
};

use fw::{boot::ServeOptions, config::Environment};
use fw_tests::http::{self, Response};
use tokio::sync::oneshot;

use app::App;

/// A server in this process; it stops when this is dropped.
struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    fn start(settings: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("there is a free port")
            .port();
        let toml =
            format!("[database]\nurl = \"sqlite::memory:\"\n[server]\nport = {port}\n{settings}");
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            runtime.block_on(async move {
                let folder = tempfile::tempdir().expect("a folder");
                let config = folder.path().join("config");
                std::fs::create_dir(&config).expect("a folder");
                std::fs::write(config.join("default.toml"), toml).expect("a file");
                let config = fw::boot::load::<App>(folder.path(), Some(Environment::Test))
                    .await
                    .expect("the settings are right");
                let stop = async { drop(stopped.await) };
                let options = ServeOptions {
                    migrate: true,
                    ..ServeOptions::default()
                };
                fw::boot::serve::<App>(config, options, stop)
                    .await
                    .expect("it serves");
            });
        });
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let begin = Instant::now();
        while http::get(address, "/health/ready").is_err() {
            assert!(
                begin.elapsed() < Duration::from_secs(20),
                "it does not start"
            );
            thread::sleep(Duration::from_millis(10));
        }
        Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    #[track_caller]
    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
        http::request(self.address, method, path, headers, body.as_bytes()).expect("a response")
    }

    #[track_caller]
    fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        self.send("GET", path, headers, "")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The headers, but for what differs from response to response and for how the body is cut.
fn headers(response: &Response) -> BTreeMap<String, String> {
    let lines = response.head.lines().skip(1);
    lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .filter(|(name, _)| !["date", "transfer-encoding"].contains(&name.as_str()))
        .collect()
}

#[track_caller]
fn assert_problem(response: &Response, status: u16, code: &str, what: &str) {
    assert_eq!(
        response.status,
        status,
        "{what}\n{}\n{}",
        response.head,
        response.text()
    );
    assert_eq!(
        response.header("content-type"),
        "application/problem+json",
        "{what}"
    );
    assert_eq!(response.json()["code"], code, "{what}");
}
