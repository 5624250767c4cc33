//! What can go wrong with a backup.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::error::Error;

/// A backup that cannot be made or brought back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The database lives in memory.
    #[error("the database is in memory, so there is no file to back up or to restore to")]
    InMemory,
    /// There is no database file.
    #[error("there is no database at `{}`", path.display())]
    NoDatabase {
        /// Where it should be.
        path: PathBuf,
    },
    /// A file or folder cannot be read or written.
    #[error("`{}`: {source}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file to write exists.
    #[error("`{}` exists already\nhint: choose another file, or a folder, where each backup gets a name of its own", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// There is no manifest beside a backup.
    #[error("`{}` has no manifest\nhint: `{}` belongs to it; copy both", path.display(), manifest.display())]
    NoManifest {
        /// The backup.
        path: PathBuf,
        /// The manifest that should be there.
        manifest: PathBuf,
    },
    /// A manifest cannot be understood.
    #[error("the manifest `{}` cannot be used: {reason}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A backup is not what its manifest says.
    #[error("`{}` is damaged: {reason}", path.display())]
    Damaged {
        /// The backup.
        path: PathBuf,
        /// How it differs.
        reason: String,
    },
    /// A backup of another kind of database.
    #[error("this is a backup of a {backup} database, but `database.url` is of {database}")]
    OtherBackend {
        /// The kind in the backup.
        backup: &'static str,
        /// The kind that the application uses.
        database: &'static str,
    },
    /// A backup of a schema that is newer than the application.
    #[error(
        "the backup has migrations that this application does not know: {}\nhint: restore it with the version of the application that has them",
        names.join(", ")
    )]
    NewerSchema {
        /// Their names.
        names: Vec<String>,
    },
    /// Nobody has agreed to replace the database.
    #[error(
        "`{address}` is not replaced without consent\nhint: pass `--yes`, or answer the question on a terminal"
    )]
    Unconfirmed {
        /// The database.
        address: String,
    },
    /// The database of a production environment would be replaced.
    #[error(
        "this would replace the database of `{environment}`\nhint: pass `--yes-i-mean-production` if that is what you want"
    )]
    Production {
        /// The environment.
        environment: String,
    },
    /// Another process has the database open.
    #[error("the database `{address}` is in use\nhint: stop the application, then restore again")]
    InUse {
        /// The database.
        address: String,
    },
    /// A program of PostgreSQL is not installed.
    #[error(
        "the program `{program}` is not installed\nhint: install the client programs of PostgreSQL {major} or newer: `apt install postgresql-client-{major}` on Debian and Ubuntu, `brew install libpq` on macOS"
    )]
    ProgramMissing {
        /// The program.
        program: &'static str,
        /// The major version of the server.
        major: u32,
    },
    /// A program of PostgreSQL is older than the server.
    #[error(
        "`{program}` is of PostgreSQL {found}, but the server is of PostgreSQL {major}\nhint: install the client programs of PostgreSQL {major} or newer: `apt install postgresql-client-{major}` on Debian and Ubuntu, `brew install libpq` on macOS"
    )]
    ProgramOlder {
        /// The program.
        program: &'static str,
        /// Its major version.
        found: u32,
        /// The major version of the server.
        major: u32,
    },
    /// A program has failed.
    #[error("`{program}` failed ({status}): {output}")]
    Program {
        /// The program.
        program: String,
        /// How it ended.
        status: String,
        /// What it said.
        output: String,
    },
    /// SQLite reports an error.
    #[cfg(feature = "sqlite")]
    #[error("`{}`: {cause}", path.display())]
    Sqlite {
        /// The database file.
        path: PathBuf,
        /// What it reports. It repeats itself in its own causes, so these are left out.
        cause: rusqlite::Error,
    },
    /// PostgreSQL reports an error.
    #[cfg(feature = "postgres")]
    #[error("the database `{address}`: {source}")]
    Postgres {
        /// The database.
        address: String,
        /// What it reports.
        source: sqlx::Error,
    },
    /// The role may not do what a restore needs.
    #[cfg(feature = "postgres")]
    #[error(
        "the role `{role}` may not create and rename databases: {source}\nhint: a restore needs this right, which `ALTER ROLE \"{role}\" CREATEDB` gives; the role must own the database as well"
    )]
    Rights {
        /// The role.
        role: String,
        /// What the server reports.
        source: sqlx::Error,
    },
    /// The backup is complete, but an older one could not be removed.
    #[error("the backup `{}` is complete, but an older one could not be removed: {source}", path.display())]
    Retention {
        /// The new backup.
        path: PathBuf,
        /// Why not.
        source: Box<BackupError>,
    },
    /// The user or the system has asked the process to end.
    #[error("interrupted; nothing has changed")]
    Interrupted,
}

impl BackupError {
    /// For `map_err`: a failure at `path`.
    pub(super) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }

    /// For `map_err`: a failure of SQLite at `path`.
    #[cfg(feature = "sqlite")]
    pub(super) fn sqlite(path: &Path) -> impl FnOnce(rusqlite::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self::Sqlite { path, cause }
    }
}

impl From<BackupError> for Error {
    fn from(error: BackupError) -> Self {
        Self::internal(error)
    }
}
