//! The restoration of a backup of SQLite.

use std::{fs, io::BufWriter, path::Path};

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::{contents, swap};
use crate::backup::{
    BackupError, Manifest, archive, files, job::Job, partial::Partial,
    replacement::PreviousDatabase,
};

/// Restores a backup into the new file `to` and checks its integrity and its row counts against the manifest.
pub(in crate::backup) fn unpack(
    backup: &Path,
    to: &Path,
    manifest: &Manifest,
    job: &Job,
) -> Result<(), BackupError> {
    job.stage("unpacking", 0);
    let file = files::create_private(to)?;
    archive::decompress(backup, BufWriter::new(&file), to, job)?;
    file.sync_all().map_err(BackupError::file(to))?;
    drop(file);

    job.stage("checking the database", 0);
    let damaged = |reason: String| BackupError::Damaged {
        path: backup.to_owned(),
        reason,
    };
    let connection = Connection::open(to).map_err(BackupError::sqlite(to))?;
    // The log of WAL mode would be a second file to move; the application switches it on again.
    connection
        .pragma_update(None, "journal_mode", "delete")
        .map_err(|error| damaged(error.to_string()))?;
    let verdict: String = connection
        .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        .map_err(|error| damaged(error.to_string()))?;
    if verdict != "ok" {
        return Err(damaged(verdict));
    }
    let found = contents(&connection, to, job)?;
    manifest.compare(&found.tables, backup)?;
    connection
        .close()
        .map_err(|(_, cause)| BackupError::Sqlite {
            path: to.to_owned(),
            cause,
        })
}

/// Restores a backup beside the database at `path` and removes it again.
pub(in crate::backup) fn rehearse(
    path: &Path,
    backup: &Path,
    manifest: &Manifest,
    now: DateTime<Utc>,
    job: &Job,
) -> Result<(), BackupError> {
    let partial = folder_beside(path, now)?;
    unpack(backup, &partial.file("database"), manifest, job)
}

/// Restores a backup beside the database at `path`, then swaps the two.
pub(in crate::backup) fn replace(
    path: &Path,
    backup: &Path,
    manifest: &Manifest,
    now: DateTime<Utc>,
    job: &Job,
) -> Result<Option<PreviousDatabase>, BackupError> {
    // A symbolic link to the database stays a link.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let partial = folder_beside(path, now)?;
    let restored = partial.file("database");
    unpack(backup, &restored, manifest, job)?;
    job.check()?;
    let previous = swap::into_place(&restored, path, now)?;
    Ok(previous.map(|previous| PreviousDatabase {
        address: previous.display().to_string(),
        removal: format!("rm '{}'", previous.display()),
    }))
}

/// A folder on the file system of the database, from which files can be moved into place.
fn folder_beside(path: &Path, now: DateTime<Utc>) -> Result<Partial, BackupError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let prefix = format!("{name}-restore-");
    let time = now.format("%Y%m%dT%H%M%SZ");
    let names = (1..=100).map(|copy| format!("{prefix}{time}-{copy}"));
    Ok(Partial::create(&files::folder_of(path), &prefix, names, |_| true)?.0)
}
