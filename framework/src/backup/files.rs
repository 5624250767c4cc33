//! File operations whose order matters when the machine stops in the middle.

use std::{
    fs::{self, File, OpenOptions},
    path::{Path, PathBuf},
};

use super::BackupError;

/// Makes a file that only its owner may read: backups hold everything that the database holds.
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

/// Makes renames in a folder outlive a power cut.
pub(super) fn sync_folder(folder: &Path) -> Result<(), BackupError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(BackupError::file(folder))
}

/// The folder that a file is in: `.` for a bare name.
pub(super) fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The path with something added to its last part.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

/// Holds the lock of a folder, so that one process at a time looks for leftovers and takes names in it.
pub(super) fn lock_folder(folder: &Path) -> Option<File> {
    // A file system without locks (some network ones) leaves this to chance: names carry the second.
    File::open(folder)
        .ok()
        .filter(|folder| folder.lock().is_ok())
}
