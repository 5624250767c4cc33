//! A Redis server for tests: private, on a free port, gone with the tests.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    thread::{self, JoinHandle},
};

use crate::keeper::{self, Keeper, Medium};

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

static SERVER: LazyLock<Server> = LazyLock::new(|| Server::launch(FORGETFUL, Medium::Memory));

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
    keeper: Keeper,
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

    /// A server of one test alone, which keeps what it has acknowledged, on a disk. It is gone when this is dropped.
    pub fn private() -> Self {
        Self::launch(DURABLE, Medium::Disk)
    }

    /// A server of one test alone with settings of its own, such as `--requirepass secret`. It is gone when this is dropped.
    pub fn with(settings: &str) -> Self {
        Self::launch(&format!("{FORGETFUL} {settings}"), Medium::Memory)
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

    /// Records the commands that clients send from now on.
    ///
    /// # Panics
    ///
    /// When `redis-cli` cannot be started.
    #[track_caller]
    pub fn monitor(&self) -> Monitor {
        let mut client = Command::new("redis-cli")
            .args(["-p", &self.port.to_string(), "monitor"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("`redis-cli` can be started");
        let mut lines = BufReader::new(client.stdout.take().expect("it is piped")).lines();
        let first = lines
            .next()
            .expect("it says something")
            .expect("it is a line");
        assert_eq!(first, "OK");
        Monitor {
            client,
            reader: thread::spawn(move || lines.map_while(Result::ok).collect()),
        }
    }

    /// Stops a private server, which writes what it has.
    #[track_caller]
    pub fn stop(&self) {
        self.keeper.tell("stop");
    }

    /// Kills a private server.
    #[track_caller]
    pub fn crash(&self) {
        self.keeper.tell("crash");
    }

    /// Starts a private server that was stopped; it accepts connections when this returns.
    #[track_caller]
    pub fn start(&self) {
        self.keeper.tell("start");
    }

    /// Makes a private server stand still: connections stay open, and nobody responds.
    #[track_caller]
    pub fn freeze(&self) {
        self.keeper.tell("freeze");
    }

    /// Lets a private server go on.
    #[track_caller]
    pub fn thaw(&self) {
        self.keeper.tell("thaw");
    }

    fn launch(settings: &str, medium: Medium) -> Self {
        let port = keeper::free_port();
        let mut script = Command::new("sh");
        script
            .args(["-c", SCRIPT, "sh"])
            .arg(keeper::folder("redis", medium))
            .arg(port.to_string())
            .arg(settings);
        Self {
            port,
            keeper: Keeper::start("Redis", &mut script),
        }
    }
}

/// A record of the commands that clients send.
pub struct Monitor {
    client: Child,
    reader: JoinHandle<Vec<String>>,
}

impl Monitor {
    /// Ends the record: each command with its arguments, in their order. Those that scripts call are left out.
    ///
    /// # Panics
    ///
    /// When the record cannot be ended.
    #[track_caller]
    pub fn end(mut self) -> Vec<Vec<String>> {
        self.client.kill().expect("it runs");
        self.client.wait().expect("it has ended");
        let lines = self.reader.join().expect("no panic");
        // `1764489600.123456 [0 127.0.0.1:50000] "evalsha" "6b1b…" "1"`
        let commands = lines.iter().filter_map(|line| {
            let (client, words) = line.split_once("] ")?;
            if client.ends_with(" lua") {
                return None;
            }
            let words = words.trim_matches('"').split("\" \"");
            Some(words.map(str::to_owned).collect())
        });
        commands.collect()
    }
}
