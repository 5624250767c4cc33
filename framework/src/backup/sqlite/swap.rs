//! The swap of a restored SQLite database with the present one.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt, chown},
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::backup::{BackupError, files};

/// The suffixes of the files that SQLite keeps beside a database.
const SIDE_FILES: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Moves `restored` to `path`, and the present database to `{path}.before-restore-{time}`, which is returned.
///
/// Fails when another process has the database open; nothing has changed then.
pub(super) fn into_place(
    restored: &Path,
    path: &Path,
    now: DateTime<Utc>,
) -> Result<Option<PathBuf>, BackupError> {
    let exists = path.exists();
    let previous = free_name(path, now);
    // Locked until the end, so that no other process opens the old file meanwhile.
    let _lock = if exists {
        copy_owner_and_mode(restored, path)?;
        let lock = lock(path)?;
        if lock.is_some() {
            keep_copy(path, &previous)?;
        }
        lock
    } else {
        None
    };
    // A log that is left now belongs to a damaged or missing database; it would corrupt the new one.
    for suffix in SIDE_FILES {
        let file = files::with_suffix(path, suffix);
        match fs::rename(&file, files::with_suffix(&previous, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(BackupError::File {
                    path: file,
                    source: error,
                });
            }
            _ => {}
        }
    }
    if exists && !previous.exists() {
        keep_copy(path, &previous)?;
    }
    if let Err(error) = files::rename(restored, path) {
        move_back(path, &previous);
        return Err(error);
    }
    files::sync_folder(&files::folder_of(path))?;
    Ok(exists.then_some(previous))
}

/// Links the database under a second name. The first name stays until the new database takes it, so there is a complete
/// database under it at every moment.
fn keep_copy(path: &Path, previous: &Path) -> Result<(), BackupError> {
    match fs::hard_link(path, previous) {
        Ok(()) => Ok(()),
        // Not every file system has hard links.
        Err(_) => files::rename(path, previous),
    }
}

fn move_back(path: &Path, previous: &Path) {
    let result = if path.exists() {
        fs::remove_file(previous)
    } else {
        fs::rename(previous, path)
    };
    if let Err(error) = result {
        tracing::error!(path = %previous.display(), %error, "the previous database could not be moved back");
    }
}

/// Locks the database exclusively, with its log checkpointed; `None` if it is too damaged for that.
///
/// SQLite leaves WAL mode only for the last connection, which tells whether there are others, even idle ones.
fn lock(path: &Path) -> Result<Option<Connection>, BackupError> {
    match open_exclusive(path) {
        Ok(connection) => Ok(Some(connection)),
        Err(rusqlite::Error::SqliteFailure(error, _))
            if matches!(
                error.code,
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked
            ) =>
        {
            Err(BackupError::InUse {
                address: path.display().to_string(),
            })
        }
        Err(rusqlite::Error::SqliteFailure(error, _))
            if matches!(
                error.code,
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase
            ) =>
        {
            tracing::warn!(path = %path.display(), "the present database is damaged; it is moved as it is");
            Ok(None)
        }
        Err(cause) => Err(BackupError::Sqlite {
            path: path.to_owned(),
            cause,
        }),
    }
}

fn open_exclusive(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(2))?;
    connection.pragma_update(None, "journal_mode", "delete")?;
    connection.execute_batch("BEGIN EXCLUSIVE")?;
    Ok(connection)
}

/// Copies the owner and mode of the old file to the new one, so that the application can go on using it.
fn copy_owner_and_mode(restored: &Path, path: &Path) -> Result<(), BackupError> {
    let old = fs::metadata(path).map_err(BackupError::file(path))?;
    let new = fs::metadata(restored).map_err(BackupError::file(restored))?;
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
        chown(restored, Some(old.uid()), Some(old.gid())).map_err(BackupError::file(restored))?;
    }
    fs::set_permissions(restored, old.permissions()).map_err(BackupError::file(restored))
}

fn free_name(path: &Path, now: DateTime<Utc>) -> PathBuf {
    let name = format!(".before-restore-{}", now.format("%Y%m%dT%H%M%SZ"));
    let first = files::with_suffix(path, &name);
    let others = (2..).map(|copy| files::with_suffix(path, &format!("{name}-{copy}")));
    std::iter::once(first.clone())
        .chain(others)
        .find(|name| !name.exists())
        .unwrap_or(first)
}
