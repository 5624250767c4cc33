//! A PostgreSQL server for tests: private, on a free port, gone with the tests.

use std::{
    env,
    ffi::OsString,
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

use crate::keeper::{self, Keeper, Medium};

/// Holds the address of the server that `tests/run` has started, without a database.
const VARIABLE: &str = "TEST_POSTGRES_URL";

/// Starts a server in the folder `$1` on the port `$2` with the settings `$3`, does with it what its input says, line by line,
/// and stops and removes it when its input ends: with the process of the tests, however that ends.
const SCRIPT: &str = r#"
    start() { pg_ctl -D "$1/data" -w -l "$1/log" start -o "-h 127.0.0.1 -p $2 -k '' -c max_connections=300 $3"; }
    each_process() { postmaster=$(head -n 1 "$2/data/postmaster.pid") && kill "$1" "$postmaster" $(pgrep -P "$postmaster"); }
    trap 'each_process -CONT "$1"; pg_ctl -D "$1/data" -m immediate stop; rm -rf "$1"' EXIT
    initdb -D "$1/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$1/log" 2>&1 || exit
    start "$@" >>"$1/log" 2>&1 || exit
    echo done
    while read -r what; do
        case "$what" in
            start) start "$@" ;;
            freeze) each_process -STOP "$1" ;;
            thaw) each_process -CONT "$1" ;;
            *) pg_ctl -D "$1/data" -w -m "$what" stop ;;
        esac >>"$1/log" 2>&1 || exit
        echo done
    done
"#;

/// The settings of a server that may lose everything when it is killed: all tests together are much faster so.
const FORGETFUL: &str = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off";

/// The settings of a server that keeps what it has acknowledged.
const DURABLE: &str = "-c fsync=on -c synchronous_commit=on";

static SERVER: LazyLock<Server> = LazyLock::new(|| match env::var(VARIABLE) {
    Ok(url) => Server { url, keeper: None },
    Err(_) => Server::launch(FORGETFUL, &[], Medium::Memory),
});

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// The server of this run of the tests: the one that `tests/run` has started, or else one of this process.
pub fn server() -> &'static Server {
    &SERVER
}

/// A running server. Its superuser is `postgres`, without password.
pub struct Server {
    url: String,
    keeper: Option<Keeper>,
}

/// How a server is stopped.
#[derive(Clone, Copy, Debug)]
pub enum Stop {
    /// Transactions are undone, connections closed, and what is in memory is written.
    Fast,
    /// All its processes end at once, as in a crash.
    Immediate,
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
        self.run_psql(database, &format!("--command={sql}"))
    }

    /// Runs a file of SQL and of commands of `psql`, beginning in a database.
    ///
    /// # Panics
    ///
    /// When it fails.
    #[track_caller]
    pub fn run_file(&self, database: &str, file: &Path) {
        self.run_psql(database, &format!("--file={}", file.display()));
    }

    #[track_caller]
    fn run_psql(&self, database: &str, what: &str) -> String {
        let output = Command::new("psql")
            .args([
                "--no-psqlrc",
                "--tuples-only",
                "--no-align",
                "--set=ON_ERROR_STOP=1",
            ])
            .arg(format!("--dbname={}/{database}", self.url))
            .arg(what)
            .env("PATH", path())
            .output()
            .expect("`psql` can be started");
        assert!(
            output.status.success(),
            "{what}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// A server of one test alone, which keeps what it has acknowledged, on a disk. It is gone when this is dropped.
    pub fn private() -> Self {
        Self::launch(DURABLE, &[], Medium::Disk)
    }

    /// A server of one test alone with settings of its own, such as `-c ssl=on`, and with files beside its data, which only it may
    /// read. In the settings `{}` is the folder of these files. It is gone when this is dropped.
    pub fn with(settings: &str, files: &[(&str, &str)]) -> Self {
        Self::launch(&format!("{FORGETFUL} {settings}"), files, Medium::Memory)
    }

    /// Stops a private server.
    #[track_caller]
    pub fn stop(&self, how: Stop) {
        self.tell(match how {
            Stop::Fast => "fast",
            Stop::Immediate => "immediate",
        });
    }

    /// Starts a private server that was stopped; it accepts connections when this returns.
    #[track_caller]
    pub fn start(&self) {
        self.tell("start");
    }

    /// Makes all processes of a private server stand still: connections stay open, and nobody answers.
    #[track_caller]
    pub fn freeze(&self) {
        self.tell("freeze");
    }

    /// Lets the processes of a private server go on.
    #[track_caller]
    pub fn thaw(&self) {
        self.tell("thaw");
    }

    #[track_caller]
    fn tell(&self, what: &str) {
        let keeper = self.keeper.as_ref().expect("the server is private");
        keeper.tell(what);
    }

    fn launch(settings: &str, files: &[(&str, &str)], medium: Medium) -> Self {
        let folder = keeper::folder("postgres", medium);
        for (name, text) in files {
            let mut file = fs::OpenOptions::new();
            file.write(true).create_new(true).mode(0o600);
            let mut file = file.open(folder.join(name)).expect("a new file");
            file.write_all(text.as_bytes()).expect("it can be written");
        }
        let settings = settings.replace("{}", &folder.to_string_lossy());
        let port = keeper::free_port();
        let mut script = shell(&folder);
        script
            .args(["-c", SCRIPT, "sh"])
            .arg(&folder)
            .arg(port.to_string())
            .arg(&settings)
            .env("PATH", path());
        Self {
            url: format!("postgres://postgres@127.0.0.1:{port}"),
            keeper: Some(Keeper::start("PostgreSQL", &mut script)),
        }
    }
}

/// A shell for a server that refuses to run as root; it then belongs to the user `postgres`, and so does `folder`.
pub(crate) fn shell(folder: &Path) -> Command {
    if !is_root() {
        return Command::new("sh");
    }
    let owned = Command::new("chown")
        .args(["-R", "postgres"])
        .arg(folder)
        .status();
    assert!(
        owned.is_ok_and(|status| status.success()),
        "there is no user `postgres`"
    );
    let mut shell = Command::new("runuser");
    shell.args(["-u", "postgres", "--", "sh"]);
    shell
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
