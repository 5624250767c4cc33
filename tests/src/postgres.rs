//! A PostgreSQL server for tests: private, on a free port, gone with the tests.

use std::{
    env,
    ffi::OsString,
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

/// Holds the address of the server that `tests/run` has started, without a database.
const VARIABLE: &str = "TEST_POSTGRES_URL";

/// Starts a server in the folder `$1` on the port `$2`, says so, and stops and removes it when its input ends: with the
/// process of the tests, however that ends.
const SCRIPT: &str = r#"
    trap 'pg_ctl -D "$1/data" -m immediate stop; rm -rf "$1"' EXIT
    initdb -D "$1/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$1/log" 2>&1 || exit
    pg_ctl -D "$1/data" -w -l "$1/log" start -o "-h 127.0.0.1 -p $2 -k '' -c fsync=off -c synchronous_commit=off \
        -c full_page_writes=off -c max_connections=300" >>"$1/log" 2>&1 || exit
    echo ready
    cat >/dev/null
"#;

static SERVER: LazyLock<Server> = LazyLock::new(|| match env::var(VARIABLE) {
    Ok(url) => Server { url, _keeper: None },
    Err(_) => Server::start(),
});

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// The server of this run of the tests: the one that `tests/run` has started, or else one of this process.
pub fn server() -> &'static Server {
    &SERVER
}

/// A running server. Its superuser is `postgres`, without password.
pub struct Server {
    url: String,
    /// Stops the server when its input is closed, which the end of this process does.
    _keeper: Option<Child>,
}

impl Server {
    /// `postgres://postgres@127.0.0.1:PORT`: no database and no slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Creates an empty database and gives its URL. It goes with the server.
    ///
    /// # Panics
    ///
    /// When `psql` cannot do so.
    pub fn create_database(&self) -> String {
        let name = format!(
            "test_{}_{}",
            std::process::id(),
            NUMBER.fetch_add(1, Ordering::Relaxed)
        );
        self.psql("postgres", &format!("CREATE DATABASE {name}"));
        format!("{}/{name}", self.url)
    }

    /// Runs SQL in a database; gives the result without headings, columns separated by `|`.
    ///
    /// # Panics
    ///
    /// When it fails.
    #[track_caller]
    pub fn psql(&self, database: &str, sql: &str) -> String {
        let output = Command::new("psql")
            .args([
                "--no-psqlrc",
                "--tuples-only",
                "--no-align",
                "--set=ON_ERROR_STOP=1",
            ])
            .arg(format!("--dbname={}/{database}", self.url))
            .arg(format!("--command={sql}"))
            .env("PATH", path())
            .output()
            .expect("`psql` can be started");
        assert!(
            output.status.success(),
            "{sql}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn start() -> Self {
        // In memory where that is possible: a database for each test means many small files.
        let memory = PathBuf::from("/dev/shm");
        let base = if memory.is_dir() {
            memory
        } else {
            env::temp_dir()
        };
        let folder = base.join(format!("framewright-postgres-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("the folder can be made");
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("there is a free port")
            .port();
        let mut command = Command::new("sh");
        // The server refuses to run as root.
        if is_root() {
            let owned = Command::new("chown").arg("postgres").arg(&folder).status();
            assert!(
                owned.is_ok_and(|status| status.success()),
                "there is no user `postgres`"
            );
            command = Command::new("runuser");
            command.args(["-u", "postgres", "--", "sh"]);
        }
        let mut keeper = command
            .args(["-c", SCRIPT, "sh"])
            .arg(&folder)
            .arg(port.to_string())
            .env("PATH", path())
            .current_dir("/")
            // Ctrl-C ends the tests, and that ends the server.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("`sh` can be started");
        let mut said = String::new();
        if let Some(stdout) = keeper.stdout.take() {
            BufReader::new(stdout)
                .read_line(&mut said)
                .expect("the script can be heard");
        }
        assert_eq!(
            said, "ready\n",
            "PostgreSQL does not start; is it installed?"
        );
        Self {
            url: format!("postgres://postgres@127.0.0.1:{port}"),
            _keeper: Some(keeper),
        }
    }
}

fn is_root() -> bool {
    let output = Command::new("id")
        .arg("-u")
        .output()
        .expect("`id` can be started");
    output.stdout == b"0\n"
}

/// `PATH` with the folders in which Debian and Homebrew keep the server's programs.
fn path() -> OsString {
    let known = [
        ("/usr/lib/postgresql", "", "bin"),
        ("/opt/homebrew/opt", "postgresql@", "bin"),
        ("/usr/local/opt", "postgresql@", "bin"),
    ];
    let mut folders: Vec<PathBuf> = known
        .into_iter()
        .filter_map(|(folder, prefix, bin)| Some((fs::read_dir(folder).ok()?, prefix, bin)))
        .flat_map(|(entries, prefix, bin)| {
            let versions = entries.flatten().map(|entry| entry.path());
            versions
                .filter(move |path| {
                    path.file_name()
                        .is_some_and(|name| name.to_string_lossy().starts_with(prefix))
                })
                .map(move |path| path.join(bin))
        })
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    folders.sort();
    // One set of programs: the newest.
    let newest = folders.pop();
    let path = env::var_os("PATH").unwrap_or_default();
    env::join_paths(newest.into_iter().chain(env::split_paths(&path))).expect("no `:` in a folder")
}
