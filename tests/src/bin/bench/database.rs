//! The databases that the applications work on: one is seeded, each round gets a copy.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        LazyLock, Once,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use clap::ValueEnum;
use fw_tests::{app::succeed, postgres};

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    /// As the command line tools call it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A database; it is gone when this is dropped.
pub(crate) struct Database {
    kind: Kind,
    url: String,
    /// The file, or the name.
    place: String,
    folder: PathBuf,
}

impl Database {
    /// An empty database; a file goes to `folder`.
    pub(crate) fn empty(kind: Kind, folder: &Path) -> Self {
        let (url, place) = match kind {
            Kind::Sqlite => {
                let number = NUMBER.fetch_add(1, Ordering::Relaxed);
                let place = folder
                    .join(format!("bench-{number}.db"))
                    .display()
                    .to_string();
                remove_files(&place);
                // Not every application makes the file.
                fs::write(&place, "").unwrap_or_else(|error| panic!("`{place}`: {error}"));
                (format!("sqlite://{place}"), place)
            }
            Kind::Postgres => {
                let url = server().create_database();
                let (_, name) = url.rsplit_once('/').expect("a URL ends with the name");
                let name = name.to_owned();
                (url, name)
            }
        };
        Self {
            kind,
            url,
            place,
            folder: folder.to_owned(),
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A database with the same content. Nothing may be connected to this one.
    pub(crate) fn copy(&self) -> Self {
        let copy = Self::empty(self.kind, &self.folder);
        match self.kind {
            Kind::Sqlite => {
                fs::copy(&self.place, &copy.place).expect("the database can be copied");
            }
            Kind::Postgres => {
                server().psql("postgres", &format!("DROP DATABASE {}", copy.place));
                server().psql(
                    "postgres",
                    &format!("CREATE DATABASE {} TEMPLATE {}", copy.place, self.place),
                );
            }
        }
        copy
    }

    /// Adds rows to `posts`, and makes the database as small and as well known to itself as can be.
    pub(crate) fn add_posts(&self, rows: u32) {
        let content =
            "'Some words about this and that, as many as there are in a short note. ' || i";
        let columns = "posts (title, content, created_at, updated_at)";
        match self.kind {
            // The timestamps are texts, as sqlx writes them.
            Kind::Sqlite => self.run(&format!(
                "WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {rows}) \
                 INSERT INTO {columns} SELECT 'Title ' || i, {content}, '2026-01-01T00:00:00+00:00', \
                 '2026-01-01T00:00:00+00:00' FROM numbers; ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)"
            )),
            Kind::Postgres => {
                self.run(&format!(
                    "INSERT INTO {columns} SELECT 'Title ' || i, {content}, '2026-01-01T00:00:00Z', \
                     '2026-01-01T00:00:00Z' FROM generate_series(1, {rows}) AS numbers(i)"
                ));
                self.run("VACUUM ANALYZE posts");
            }
        }
    }

    /// Lets the server log statements from now on; `None` if there is no server.
    pub(crate) fn log_statements(&self) -> Option<StatementLog> {
        if self.kind == Kind::Sqlite {
            return None;
        }
        server().psql("postgres", "ALTER SYSTEM SET log_statement = 'all'");
        server().psql("postgres", "SELECT pg_reload_conf()");
        thread::sleep(Duration::from_millis(500));
        let folder = server().psql("postgres", "SHOW data_directory");
        let file = Path::new(&folder).with_file_name("log");
        let begin = fs::read_to_string(&file).map_or(0, |text| text.len());
        Some(StatementLog { file, begin })
    }

    /// Runs SQL.
    pub(crate) fn run(&self, sql: &str) {
        match self.kind {
            Kind::Sqlite => {
                let mut command = Command::new("sqlite3");
                succeed(command.args(["-bail", &self.place, sql]));
            }
            Kind::Postgres => {
                server().psql(&self.place, sql);
            }
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        match self.kind {
            Kind::Sqlite => remove_files(&self.place),
            // A server that was killed may still be connected for a moment.
            Kind::Postgres if !std::thread::panicking() => {
                let sql = format!("DROP DATABASE {} WITH (FORCE)", self.place);
                server().psql("postgres", &sql);
            }
            // It goes with its server.
            Kind::Postgres => {}
        }
    }
}

/// The part of a server's log since a moment.
pub(crate) struct StatementLog {
    file: PathBuf,
    begin: usize,
}

impl StatementLog {
    /// How often each statement came, by its beginning.
    pub(crate) fn statements(self) -> BTreeMap<String, u32> {
        const LENGTH: usize = 90;
        let text = fs::read_to_string(&self.file)
            .unwrap_or_else(|error| panic!("`{}` cannot be read: {error}", self.file.display()));
        server().psql("postgres", "ALTER SYSTEM RESET log_statement");
        server().psql("postgres", "SELECT pg_reload_conf()");
        let mut counts = BTreeMap::new();
        for line in text.get(self.begin..).unwrap_or_default().lines() {
            let prepared = line.split_once("LOG:  execute ");
            let prepared = prepared.and_then(|(_, rest)| rest.split_once(": "));
            let statement = prepared.or_else(|| line.split_once("LOG:  statement: "));
            if let Some((_, statement)) = statement {
                let begin = statement.chars().take(LENGTH).collect::<String>();
                *counts.entry(begin).or_default() += 1;
            }
        }
        counts
    }
}

fn remove_files(place: &str) {
    for end in ["", "-wal", "-shm"] {
        // Most of them are not there.
        let _ = fs::remove_file(format!("{place}{end}"));
    }
}

static IS_DURABLE: AtomicBool = AtomicBool::new(false);

/// From now on databases are on a PostgreSQL server that keeps what it has acknowledged, and that may use all cores.
pub(crate) fn be_durable() {
    IS_DURABLE.store(true, Ordering::Relaxed);
}

/// The PostgreSQL server of this run, held on the core that the applications do not use, unless it is a durable one.
fn server() -> &'static postgres::Server {
    static DURABLE: LazyLock<postgres::Server> = LazyLock::new(postgres::Server::private);
    static PINNED: Once = Once::new();
    if IS_DURABLE.load(Ordering::Relaxed) {
        return &DURABLE;
    }
    let server = postgres::server();
    PINNED.call_once(|| {
        let folder = server.psql("postgres", "SHOW data_directory");
        let file = format!("{folder}/postmaster.pid");
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("`{file}`: {error}"));
        let pid = text.lines().next().expect("the first line is the process");
        // The processes of connections inherit it.
        succeed(Command::new("taskset").args(["-a", "-c", "-p", "1", pid]));
    });
    server
}
