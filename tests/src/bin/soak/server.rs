//! The application under load.

use std::{
    io::{BufRead, BufReader, Read},
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use fw_tests::{app::clean, http, process::Process};
use tempfile::TempDir;

/// How long it may take to start, and to stop.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server on a database of its own. It is killed when this is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) process: Process,
    child: Child,
    trouble: Arc<Mutex<Vec<String>>>,
    _folder: TempDir,
}

impl Server {
    /// Starts it and waits until it is ready.
    pub(crate) fn start(binary: &Path) -> Self {
        let binary = binary.canonicalize().expect("there is such a binary");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let address = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("there is a free port");
        let mut command = Command::new(binary);
        clean(&mut command);
        let mut child = command
            .args(["start", "--migrate", "--port", &address.port().to_string()])
            .current_dir(folder.path())
            .env("FW_ENV", "production")
            .env("NO_COLOR", "1")
            .env(
                "DATABASE_URL",
                format!("sqlite://{}", folder.path().join("soak.sqlite").display()),
            )
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the application can be started");
        let trouble = Arc::new(Mutex::new(Vec::new()));
        let pipes: [Box<dyn Read + Send>; 2] = [
            Box::new(child.stdout.take().expect("piped")),
            Box::new(child.stderr.take().expect("piped")),
        ];
        for pipe in pipes {
            let trouble = Arc::clone(&trouble);
            thread::spawn(move || keep_trouble(pipe, &trouble));
        }
        let server = Self {
            address,
            process: Process(child.id()),
            child,
            trouble,
            _folder: folder,
        };
        let begin = Instant::now();
        while !http::get(address, "/health/ready").is_ok_and(|answer| answer.status == 200) {
            assert!(
                begin.elapsed() < PATIENCE,
                "it does not start:\n{}",
                server.trouble()
            );
            thread::sleep(Duration::from_millis(50));
        }
        server
    }

    /// Asks it to stop; says what is wrong with how it does.
    pub(crate) fn stop(&mut self) -> Vec<String> {
        let asked = Command::new("kill")
            .args(["-s", "TERM", &self.child.id().to_string()])
            .status();
        assert!(
            asked.is_ok_and(|status| status.success()),
            "it has ended before"
        );
        let begin = Instant::now();
        let mut faults = Vec::new();
        loop {
            match self.child.try_wait().expect("it can be asked") {
                Some(status) if status.success() => break,
                Some(status) => {
                    faults.push(format!("it ended with {status}"));
                    break;
                }
                None if begin.elapsed() > PATIENCE => {
                    faults.push("it does not stop".to_owned());
                    break;
                }
                None => thread::sleep(Duration::from_millis(20)),
            }
        }
        let trouble = self.trouble();
        if !trouble.is_empty() {
            faults.push(format!("it has logged\n{trouble}"));
        }
        faults
    }

    fn trouble(&self) -> String {
        let lines = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        lines.join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads a log to its end and keeps the first lines of trouble.
fn keep_trouble(log: impl Read, trouble: &Mutex<Vec<String>>) {
    for line in BufReader::new(log).lines().map_while(Result::ok) {
        let is_trouble = ["ERROR", "error:", "panicked"]
            .iter()
            .any(|word| line.contains(word));
        if is_trouble {
            let mut kept = trouble.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() < 20 {
                kept.push(line);
            }
        }
    }
}
