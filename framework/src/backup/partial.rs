//! A hidden folder for files that are moved into place once they are complete.

use std::{
    fs::{self, DirBuilder, File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{BackupError, files};

const SUFFIX: &str = ".partial";
const LOCK: &str = "lock";

/// The age from which on a folder counts as a leftover on a file system without locks.
const SURELY_LEFT_OVER: Duration = Duration::from_hours(48);

/// A hidden folder `.NAME.partial`. It is removed with its contents when this is dropped.
///
/// The file `lock` in it is locked for as long as the process lives, which distinguishes a leftover from the work of another
/// process, however long that takes.
pub(super) struct Partial {
    path: PathBuf,
    _lock: File,
}

impl Partial {
    /// Creates the folder in `parent` (which is created as well), under the first of `names` for which `is_free` returns true and
    /// which no other process uses. Leftovers whose names start with `prefix` are removed first.
    pub(super) fn create(
        parent: &Path,
        prefix: &str,
        names: impl Iterator<Item = String>,
        is_free: impl Fn(&str) -> bool,
    ) -> Result<(Self, String), BackupError> {
        fs::create_dir_all(parent).map_err(BackupError::file(parent))?;
        let _guard = files::lock_folder(parent);
        remove_leftovers(parent, prefix)?;
        for name in names.filter(|name| is_free(name)) {
            let path = parent.join(format!(".{name}{SUFFIX}"));
            match private_folder(&path) {
                Ok(()) => {
                    let lock = files::create_private(&path.join(LOCK))?;
                    // On a file system without locks the age of the folder decides.
                    let _ = lock.try_lock();
                    return Ok((Self { path, _lock: lock }, name));
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(BackupError::File { path, source }),
            }
        }
        Err(BackupError::Exists {
            path: parent.join(prefix),
        })
    }

    /// The path of a file in the folder.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "an unfinished backup could not be removed");
        }
    }
}

fn remove_leftovers(parent: &Path, prefix: &str) -> Result<(), BackupError> {
    for entry in fs::read_dir(parent).map_err(BackupError::file(parent))? {
        let entry = entry.map_err(BackupError::file(parent))?;
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|name| {
            name.strip_prefix('.')
                .is_some_and(|name| name.starts_with(prefix))
                && name.ends_with(SUFFIX)
        });
        let path = entry.path();
        if ours && path.is_dir() && is_left_over(&path) {
            tracing::info!(path = %path.display(), "removing what an interrupted run has left");
            fs::remove_dir_all(&path).map_err(BackupError::file(&path))?;
        }
    }
    Ok(())
}

/// Returns true if the process that created the folder has ended.
fn is_left_over(path: &Path) -> bool {
    match File::open(path.join(LOCK)).map(|lock| lock.try_lock()) {
        // The lock file is created under the lock of the parent folder, so a folder without it is not just being created.
        Ok(Ok(())) => true,
        Err(error) => error.kind() == io::ErrorKind::NotFound,
        Ok(Err(TryLockError::WouldBlock)) => false,
        Ok(Err(TryLockError::Error(_))) => path
            .metadata()
            .and_then(|metadata| metadata.modified())
            .is_ok_and(|modified| modified.elapsed().is_ok_and(|age| age > SURELY_LEFT_OVER)),
    }
}

fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::Partial;

    fn partial(parent: &std::path::Path) -> (Partial, String) {
        let names = (1..).map(|n| format!("blog-{n}"));
        Partial::create(parent, "blog-", names, |_| true).unwrap()
    }

    #[test]
    fn leftovers_go_and_the_work_of_others_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (running, name) = partial(folder.path());
        assert_eq!(name, "blog-1");
        for left in [".blog-7.partial", ".other-7.partial"] {
            fs::create_dir(folder.path().join(left)).unwrap();
            fs::write(folder.path().join(left).join("lock"), "").unwrap();
        }

        let (_second, name) = partial(folder.path());
        assert_eq!(name, "blog-2", "a name that is being worked on is taken");
        assert!(running.file("lock").exists());
        assert!(!folder.path().join(".blog-7.partial").exists());
        assert!(folder.path().join(".other-7.partial").exists());

        drop(running);
        assert!(!folder.path().join(".blog-1.partial").exists());
    }
}
