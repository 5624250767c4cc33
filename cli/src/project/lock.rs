//! The lock of a project, by which one command at a time changes an app.
//!
//! On Unix the app's own folder is locked, so nothing is left behind and a process that is killed leaves nothing locked.
//! Where a folder cannot be locked, a file in the folder for temporary files stands for it.

use std::{
    env,
    fs::{File, OpenOptions, TryLockError},
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use crate::{count::counted, error::CliError};

/// The time that a command waits for another one.
const TIMEOUT: Duration = Duration::from_mins(1);
/// The time after which it says that it waits.
const NOTICE_AFTER: Duration = Duration::from_millis(500);
const BETWEEN_TRIES: Duration = Duration::from_millis(25);

/// The exclusive right to change the app in a folder, until it is dropped.
#[derive(Debug)]
pub struct ProjectLock {
    _locked: File,
}

impl ProjectLock {
    /// Waits until no other command changes the app at `root`, for at most a minute.
    pub fn acquire(root: &Path) -> Result<Self, CliError> {
        Self::acquire_within(root, TIMEOUT)
    }

    fn acquire_within(root: &Path, patience: Duration) -> Result<Self, CliError> {
        let started = Instant::now();
        let mut is_noticed = false;
        loop {
            match lock(root).map_err(|error| CliError::io("cannot lock", root, &error))? {
                Some(locked) => return Ok(Self { _locked: locked }),
                None if started.elapsed() >= patience => return Err(busy(root, patience)),
                None => {}
            }
            if !is_noticed && started.elapsed() >= NOTICE_AFTER {
                anstream::eprintln!(
                    "waiting for another `cargo fw` command in `{}`",
                    root.display()
                );
                is_noticed = true;
            }
            thread::sleep(BETWEEN_TRIES);
        }
    }
}

fn busy(root: &Path, patience: Duration) -> CliError {
    CliError::failed(format!(
        "another `cargo fw` command has been changing `{}` for {}; nothing was changed",
        root.display(),
        counted(patience.as_secs(), "second", "seconds")
    ))
    .hint("it may wait for an answer in another terminal: finish or stop it, then run this command again")
}

/// The locked file; `None` when another process holds the lock.
fn lock(root: &Path) -> io::Result<Option<File>> {
    if let Some(folder) = open_folder(root)? {
        match folder.try_lock() {
            // Meanwhile the folder may have been removed and made anew.
            Ok(()) => return Ok(is_still(&folder, root).then_some(folder)),
            Err(TryLockError::WouldBlock) => return Ok(None),
            // Some network file systems lock no folders.
            Err(TryLockError::Error(_)) => {}
        }
    }
    let file = open_stand_in(&stand_in(root)?)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(unix)]
fn open_folder(root: &Path) -> io::Result<Option<File>> {
    File::open(root).map(Some)
}

#[cfg(not(unix))]
fn open_folder(_root: &Path) -> io::Result<Option<File>> {
    Ok(None)
}

#[cfg(unix)]
fn is_still(folder: &File, root: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let id = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
    match (folder.metadata(), root.metadata()) {
        (Ok(locked), Ok(there)) => id(locked) == id(there),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_still(_folder: &File, _root: &Path) -> bool {
    true
}

/// The path of the file that stands for a folder.
fn stand_in(root: &Path) -> io::Result<PathBuf> {
    let mut hasher = DefaultHasher::new();
    root.canonicalize()?.hash(&mut hasher);
    Ok(env::temp_dir().join(format!("cargo-fw-{:016x}.lock", hasher.finish())))
}

/// Opens a file without writing to it: it may belong to another user.
fn open_stand_in(path: &Path) -> io::Result<File> {
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            match OpenOptions::new().write(true).create_new(true).open(path) {
                // Another command made it in the same moment.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => File::open(path),
                made => made,
            }
        }
        opened => opened,
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        sync::atomic::{AtomicBool, Ordering},
        thread,
        time::Duration,
    };

    use super::{ProjectLock, open_stand_in};

    #[test]
    fn the_second_waits_for_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let released = AtomicBool::new(false);
        let first = ProjectLock::acquire(folder.path()).unwrap();
        thread::scope(|scope| {
            let second = scope.spawn(|| {
                let lock = ProjectLock::acquire(folder.path()).unwrap();
                assert!(released.load(Ordering::SeqCst));
                lock
            });
            thread::sleep(Duration::from_millis(100));
            released.store(true, Ordering::SeqCst);
            drop(first);
            second.join().unwrap();
        });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn who_waits_too_long_is_told_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let _first = ProjectLock::acquire(folder.path()).unwrap();
        let report = ProjectLock::acquire_within(folder.path(), Duration::ZERO)
            .unwrap_err()
            .report();
        assert!(report.contains("another `cargo fw` command"), "{report}");
        assert!(report.contains("hint: "), "{report}");
    }

    #[test]
    fn other_apps_are_not_waited_for() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let _first = ProjectLock::acquire(one.path()).unwrap();
        ProjectLock::acquire_within(other.path(), Duration::ZERO).unwrap();
    }

    #[test]
    fn a_stand_in_is_made_once_and_used_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.lock");
        let first = open_stand_in(&path).unwrap();
        first.try_lock().unwrap();
        assert!(open_stand_in(&path).unwrap().try_lock().is_err());
    }
}
