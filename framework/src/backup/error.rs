//! The errors of backups.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::error::Error;

/// An error of a backup that cannot be written or restored. See [`Manifest`](super::Manifest) for an example.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The database lives in memory.
    #[error("the database is in memory, so there is no file to back up or to restore to")]
    InMemory,
    /// There is no database file.
    #[error("there is no database at `{}`", path.display())]
    NoDatabase {
        /// The path of the missing file.
        path: PathBuf,
    },
    /// A file or folder cannot be read or written.
    #[error("`{}`: {source}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
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
        /// The reason.
        reason: String,
    },
    /// A backup differs from its manifest.
    #[error("`{}` is damaged: {reason}", path.display())]
    Damaged {
        /// The backup.
        path: PathBuf,
        /// The difference.
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
        "the backup has migrations of a newer release, which may break this one: {}\nhint: restore it with the release that has them",
        names.join(", ")
    )]
    NewerSchema {
        /// Their names.
        names: Vec<String>,
    },
    /// The replacement of the database was not confirmed.
    #[error(
        "`{address}` is not replaced without consent\nhint: pass `--yes`, or answer the question on a terminal"
    )]
    Unconfirmed {
        /// The database.
        address: String,
    },
    /// The database of a production environment would be replaced.
    #[error(
        "this would replace the database of `{environment}`\nhint: pass {} if that is what you want",
        if *asks { "`--yes-i-mean-production`" } else { "`--yes --yes-i-mean-production`" }
    )]
    Production {
        /// The environment.
        environment: String,
        /// True if `--yes` was given, or the question can be asked on a terminal.
        asks: bool,
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
        /// The exit status.
        status: String,
        /// The error output.
        output: String,
    },
    /// SQLite reports an error.
    #[cfg(feature = "sqlite")]
    #[error("`{}`: {cause}", path.display())]
    Sqlite {
        /// The database file.
        path: PathBuf,
        /// The error of SQLite. Its own causes repeat it, so they are left out.
        cause: rusqlite::Error,
    },
    /// The database cannot be reached.
    #[cfg(feature = "postgres")]
    #[error(transparent)]
    Unreachable(#[from] crate::db::DbError),
    /// PostgreSQL reports an error.
    #[cfg(feature = "postgres")]
    #[error("the database `{address}`: {source}")]
    Postgres {
        /// The database.
        address: String,
        /// The error of PostgreSQL.
        source: sqlx::Error,
    },
    /// The role lacks the privileges that a restore needs.
    #[cfg(feature = "postgres")]
    #[error(
        "the role `{role}` may not create and rename databases: {source}\nhint: a restore needs this right, which `ALTER ROLE \"{role}\" CREATEDB` gives; the role must own the database as well"
    )]
    Rights {
        /// The role.
        role: String,
        /// The error of the server.
        source: sqlx::Error,
    },
    /// The role does not own the database that a restore replaces.
    #[cfg(feature = "postgres")]
    #[error(
        "the role `{role}` does not own the database `{address}`, so that it may not replace it\nhint: restore as its owner, or let a superuser run `ALTER DATABASE … OWNER TO`"
    )]
    NotOwner {
        /// The database.
        address: String,
        /// The role.
        role: String,
    },
    /// The role may not read everything that a backup has.
    #[cfg(feature = "postgres")]
    #[error(
        "the role `{role}` may not read {names}\nhint: back up as the role that owns the tables, or let the owner give the right: `{grants}`"
    )]
    Unreadable {
        /// The role.
        role: String,
        /// The tables and sequences.
        names: String,
        /// The statements that give the right.
        grants: String,
    },
    /// The backup is complete, but an older one could not be removed.
    #[error("the backup `{}` is complete, but an older one could not be removed: {source}", path.display())]
    Retention {
        /// The new backup.
        path: PathBuf,
        /// The cause.
        source: Box<BackupError>,
    },
    /// The process was asked to end.
    #[error("interrupted; nothing has changed")]
    Interrupted,
}

impl BackupError {
    /// Converts an error at `path`, for `map_err`.
    pub(super) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }

    /// Converts an error of SQLite at `path`, for `map_err`.
    #[cfg(feature = "sqlite")]
    pub(super) fn sqlite(path: &Path) -> impl FnOnce(rusqlite::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self::Sqlite { path, cause }
    }
}

impl From<BackupError> for Error {
    #[track_caller]
    fn from(error: BackupError) -> Self {
        Self::internal(error)
    }
}
