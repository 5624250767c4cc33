//! The place of a trial: a folder with what the application keeps there, and a server of its own where the store needs one.

use std::{
    fmt, fs,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

use clap::ValueEnum;
use tempfile::TempDir;

use super::{BEAT, Report};
use crate::{
    app::{Binary, succeed},
    postgres::{self, Stop},
    redis,
};

/// The store of the jobs of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Store {
    /// The file of an SQLite database.
    Sqlite,
    /// A PostgreSQL server, which keeps what it has acknowledged.
    Postgres,
    /// A Redis server, which keeps what it has acknowledged. The effects are in an SQLite database, and so is the outbox.
    Redis,
}

impl Store {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sqlite, Self::Postgres, Self::Redis];

    /// Returns true if the jobs are in the database of their effects. Only there can a job end in the transaction of its effect, and only
    /// there are batches.
    pub fn is_database(self) -> bool {
        self != Self::Redis
    }
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::Redis => "Redis",
        })
    }
}

/// The server of a store.
enum Server {
    Postgres(postgres::Server),
    Redis(redis::Server),
}

/// The place of a trial. It is gone when this is dropped.
pub(super) struct Place<'a> {
    binary: &'a Binary,
    folder: TempDir,
    /// What the application is told of its database and its queue.
    variables: Vec<(&'static str, String)>,
    server: Option<Server>,
    reports: AtomicU32,
}

impl<'a> Place<'a> {
    pub(super) fn new(store: Store, binary: &'a Binary) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("proof.sqlite");
        let mut url = format!("sqlite://{}", file.display());
        let mut variables = vec![("FW_JOBS__BEAT", format!("{}ms", BEAT.as_millis()))];
        let server = match store {
            Store::Sqlite => None,
            Store::Postgres => {
                let server = postgres::Server::private();
                url = format!("{}/proof", server.url());
                Some(Server::Postgres(server))
            }
            Store::Redis => {
                let server = redis::Server::private();
                variables.push(("FW_JOBS__STORE", "redis".to_owned()));
                variables.push(("FW_JOBS__REDIS_URL", server.url()));
                Some(Server::Redis(server))
            }
        };
        variables.push(("DATABASE_URL", url));
        Self {
            binary,
            folder,
            variables,
            server,
            reports: AtomicU32::new(0),
        }
    }

    /// A command of the application.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.binary.command_in(self.folder.path(), arguments);
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        command
    }

    /// Stops the server of the store and starts it again. Returns false if there is none.
    pub(super) fn restart(&self, how: Stop) -> bool {
        match &self.server {
            None => return false,
            Some(Server::Postgres(server)) => {
                server.stop(how);
                server.start();
            }
            Some(Server::Redis(server)) => {
                match how {
                    Stop::Fast => server.stop(),
                    Stop::Immediate => server.crash(),
                }
                server.start();
            }
        }
        true
    }

    /// What has become of each job so far.
    pub(super) fn report(&self) -> Report {
        let number = self.reports.fetch_add(1, Ordering::Relaxed);
        let file = self.folder.path().join(format!("report-{number}.json"));
        let path = file.to_str().expect("the path is a text");
        succeed(&mut self.command(&["task", "proof:report", path]));
        let text = fs::read_to_string(&file).expect("the application has written it");
        Report::read(&text)
    }
}
