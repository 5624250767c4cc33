//! A Redis server for tests: private, on a free port, gone with the tests.

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        LazyLock, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

/// Starts a server in the folder `$1` on the port `$2` with the settings `$3`, does with it what its input says, line by line,
/// and stops and removes it when its input ends: with the process of the tests, however that ends.
const SCRIPT: &str = r#"
    start() {
        redis-server --port "$2" --bind 127.0.0.1 --dir "$1" --save '' $3 >>"$1/log" 2>&1 &
        server=$!
        until redis-cli -p "$2" ping 2>&1 | grep -q -e PONG -e NOAUTH; do
            kill -0 "$server" || return 1
            sleep 0.02
        done
    }
    end() { kill -CONT "$server"; kill "$1" "$server"; wait "$server"; }
    trap 'end -KILL 2>/dev/null; rm -rf "$1"' EXIT
    start "$@" || exit
    echo done
    while read -r what; do
        case "$what" in
            start) start "$@" || exit ;;
            freeze) kill -STOP "$server" ;;
            thaw) kill -CONT "$server" ;;
            stop) end -TERM ;;
            crash) end -KILL ;;
        esac 2>>"$1/log"
        echo done
    done
"#;

/// The settings of a server that may lose everything.
const FORGETFUL: &str = "--appendonly no";

/// The settings of a server that keeps what it has acknowledged.
const DURABLE: &str = "--appendonly yes --appendfsync always";

static SERVER: LazyLock<Server> = LazyLock::new(|| Server::launch(FORGETFUL));

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// The server of this process, for tests that share one.
pub fn server() -> &'static Server {
    &SERVER
}

/// A prefix of keys that no other test has.
pub fn prefix() -> String {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("test-{}-{number}", std::process::id())
}

/// A running server.
pub struct Server {
    port: u16,
    process: Child,
    talk: Mutex<(Option<ChildStdin>, BufReader<ChildStdout>)>,
}

impl Server {
    /// `redis://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its port on `127.0.0.1`.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A server of one test alone, which keeps what it has acknowledged. It is gone when this is dropped.
    pub fn private() -> Self {
        Self::launch(DURABLE)
    }

    /// A server of one test alone with settings of its own, such as `--requirepass secret`. It is gone when this is dropped.
    pub fn with(settings: &str) -> Self {
        Self::launch(&format!("{FORGETFUL} {settings}"))
    }

    /// Runs a command with `redis-cli`; gives what it prints.
    ///
    /// # Panics
    ///
    /// When it cannot be run.
    #[track_caller]
    pub fn cli(&self, arguments: &[&str]) -> String {
        let output = Command::new("redis-cli")
            .args(["-p", &self.port.to_string()])
            .args(arguments)
            .output()
            .expect("`redis-cli` can be started");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Stops a private server, which writes what it has.
    #[track_caller]
    pub fn stop(&self) {
        self.tell("stop");
    }

    /// Kills a private server.
    #[track_caller]
    pub fn crash(&self) {
        self.tell("crash");
    }

    /// Starts a private server that was stopped; it accepts connections when this returns.
    #[track_caller]
    pub fn start(&self) {
        self.tell("start");
    }

    /// Makes a private server stand still: connections stay open, and nobody responds.
    #[track_caller]
    pub fn freeze(&self) {
        self.tell("freeze");
    }

    /// Lets a private server go on.
    #[track_caller]
    pub fn thaw(&self) {
        self.tell("thaw");
    }

    #[track_caller]
    fn tell(&self, what: &str) {
        {
            let mut talk = self.talk.lock().unwrap_or_else(PoisonError::into_inner);
            let input = talk.0.as_mut().expect("it is open");
            writeln!(input, "{what}").expect("the script is there");
        }
        self.hear(what);
    }

    /// Waits until the script says that it is done.
    #[track_caller]
    fn hear(&self, what: &str) {
        let mut talk = self.talk.lock().unwrap_or_else(PoisonError::into_inner);
        let mut said = String::new();
        talk.1
            .read_line(&mut said)
            .expect("the script can be heard");
        assert_eq!(said, "done\n", "Redis does not {what}; is it installed?");
    }

    fn launch(settings: &str) -> Self {
        let memory = PathBuf::from("/dev/shm");
        let base = if memory.is_dir() {
            memory
        } else {
            env::temp_dir()
        };
        let folder = base.join(format!(
            "framewright-redis-{}-{}",
            std::process::id(),
            NUMBER.fetch_add(1, Ordering::Relaxed)
        ));
        fs::create_dir_all(&folder).expect("the folder can be made");
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("there is a free port")
            .port();
        let mut process = Command::new("sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(&folder)
            .arg(port.to_string())
            .arg(settings)
            .current_dir("/")
            // Ctrl-C ends the tests, and that ends the server.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("`sh` can be started");
        let talk = (
            process.stdin.take(),
            BufReader::new(process.stdout.take().expect("it is a pipe")),
        );
        let server = Self {
            port,
            process,
            talk: Mutex::new(talk),
        };
        server.hear("start");
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let talk = self.talk.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop(talk.0.take());
        // Nothing is left when this returns.
        let _ = self.process.wait();
    }
}
