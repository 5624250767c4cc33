//! The place of a trial: a folder, and a server of its own where the store needs one.

use std::{
    fmt, fs,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

use clap::ValueEnum;
use tempfile::TempDir;

use super::{BEAT, Line};
use crate::{
    app::{Binary, succeed},
    postgres::{self, Stop},
};

/// The store of the jobs of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Store {
    /// The file of an SQLite database.
    Sqlite,
    /// A PostgreSQL server, which keeps what it has acknowledged.
    Postgres,
}

impl Store {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// The place of a trial. It is gone when this is dropped.
pub(super) struct Place<'a> {
    binary: &'a Binary,
    folder: TempDir,
    /// What the application is told of its database and its queue.
    variables: Vec<(&'static str, String)>,
    server: Option<postgres::Server>,
    reports: AtomicU32,
}

impl<'a> Place<'a> {
    pub(super) fn new(store: Store, binary: &'a Binary) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let sqlite = || format!("sqlite://{}", folder.path().join("proof.sqlite").display());
        let (url, server) = match store {
            Store::Sqlite => (sqlite(), None),
            Store::Postgres => {
                let server = postgres::Server::private();
                (format!("{}/proof", server.url()), Some(server))
            }
        };
        let beat = format!("{}ms", BEAT.as_millis());
        Self {
            binary,
            variables: vec![("DATABASE_URL", url), ("FW_JOBS__BEAT", beat)],
            folder,
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
        let Some(server) = &self.server else {
            return false;
        };
        server.stop(how);
        server.start();
        true
    }

    /// What has become of each job so far.
    pub(super) fn report(&self) -> Vec<Line> {
        let number = self.reports.fetch_add(1, Ordering::Relaxed);
        let file = self.folder.path().join(format!("report-{number}.json"));
        let path = file.to_str().expect("the path is a text");
        succeed(&mut self.command(&["task", "proof:report", path]));
        let text = fs::read_to_string(&file).expect("the application has written it");
        Line::all(&text)
    }
}
