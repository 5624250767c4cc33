//! Durable file operations, which leave a consistent state when the machine stops between them.

use std::{
    fs::{self, File, OpenOptions},
    path::{Path, PathBuf},
};

use super::BackupError;

/// Creates a file that only its owner may read, since a backup contains all data of the database.
pub(super) fn create_private(path: &Path) -> Result<File, BackupError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(BackupError::file(path))
}

/// Renames a file.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), BackupError> {
    fs::rename(from, to).map_err(BackupError::file(to))
}

/// Syncs a folder, so that renames in it survive a power cut.
pub(super) fn sync_folder(folder: &Path) -> Result<(), BackupError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(BackupError::file(folder))
}

/// The folder of a file: `.` for a bare name.
pub(super) fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The path with a suffix added to its last part.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

/// Locks a folder, so that one process at a time looks for leftovers and chooses names in it.
pub(super) fn lock_folder(folder: &Path) -> Option<File> {
    // Without locks (some network file systems) two processes may collide, but only within a second: names carry the time.
    File::open(folder)
        .ok()
        .filter(|folder| folder.lock().is_ok())
}
