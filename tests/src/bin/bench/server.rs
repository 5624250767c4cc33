//! A server in a process of its own, and what the system knows about it.

use std::{
    fs::{self, File},
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use fw_tests::{http, process::Process};

/// How long a server may take to start or to end, also under Valgrind.
pub(crate) const START: Duration = Duration::from_mins(1);

#[expect(
    clippy::cast_precision_loss,
    reason = "a figure in a table, not an address"
)]
fn mebibytes(bytes: usize) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}

/// A running server; it is killed when this is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// How long it took from its start to its first good answer.
    pub(crate) started_in: Duration,
    child: Child,
}

impl Server {
    /// Starts a server that will listen on `port`, and asks it for `path` until the answer is 200, for up to `patience`. What
    /// it prints goes to the file `log`.
    pub(crate) fn start(
        mut command: Command,
        port: u16,
        path: &str,
        log: &Path,
        patience: Duration,
    ) -> Self {
        let output = File::create(log)
            .unwrap_or_else(|error| panic!("`{}` cannot be written: {error}", log.display()));
        command
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("a second handle of the log"))
            .stderr(output);
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let begin = Instant::now();
        let child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
        let mut server = Self {
            address,
            started_in: Duration::ZERO,
            child,
        };
        while !http::get(address, path).is_ok_and(|answer| answer.status == 200) {
            let ended = server.child.try_wait().expect("the server can be asked");
            if ended.is_some() || begin.elapsed() > patience {
                let said = fs::read_to_string(log).unwrap_or_default();
                panic!("{command:?} does not serve {path}\n{said}");
            }
            thread::sleep(Duration::from_micros(200));
        }
        server.started_in = begin.elapsed();
        server
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The memory that is in use now, in MiB.
    pub(crate) fn memory(&self) -> f64 {
        mebibytes(self.process().memory())
    }

    /// The most memory that was ever in use, in MiB.
    pub(crate) fn peak_memory(&self) -> f64 {
        mebibytes(self.process().peak_memory())
    }

    /// The processor time that was used so far, in seconds.
    pub(crate) fn processor_time(&self) -> f64 {
        self.process().processor_time().as_secs_f64()
    }

    fn process(&self) -> Process {
        Process(self.pid())
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn stop(mut self) {
        let asked = Command::new("kill")
            .args(["-s", "TERM", &self.pid().to_string()])
            .status();
        assert!(asked.is_ok_and(|status| status.success()));
        let begin = Instant::now();
        while self
            .child
            .try_wait()
            .expect("the server can be asked")
            .is_none()
        {
            assert!(begin.elapsed() < START, "the server does not end");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nobody uses now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("there is a free port")
        .port()
}

/// The command, held on the processor core `core`.
pub(crate) fn on_core(core: u32, command: &Command) -> Command {
    let core = core.to_string();
    wrapped("taskset", &["-c", &core], command)
}

/// The command as an argument of another program.
pub(crate) fn wrapped(program: &str, arguments: &[&str], command: &Command) -> Command {
    let mut wrapped = Command::new(program);
    wrapped
        .args(arguments)
        .arg(command.get_program())
        .args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        wrapped.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => wrapped.env(name, value),
            None => wrapped.env_remove(name),
        };
    }
    wrapped
}
