//! The folder of a new app, which must be new or empty and is cleaned up after a failure.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use crate::{error::CliError, project::ProjectLock};

/// The folder that is being filled. Dropping it removes all that was created, unless it was [kept](Destination::keep).
#[derive(Debug)]
pub(super) struct Destination {
    root: PathBuf,
    /// The folders that did not exist before, the app's own first.
    created: Vec<PathBuf>,
    is_complete: bool,
    /// The lock by which nobody else fills the folder, or generates into it, until the app is complete.
    _lock: ProjectLock,
}

impl Destination {
    /// Checks the folder without creating anything.
    pub(super) fn check(path: &Path) -> Result<(), CliError> {
        match fs::read_dir(path) {
            Ok(entries) => {
                let mut names = entries
                    .filter_map(Result::ok)
                    .map(|entry| entry.file_name());
                match names.find(|name| name != ".git") {
                    None => Ok(()),
                    Some(name) => Err(CliError::failed(format!(
                        "`{}` is not empty: it holds `{}`",
                        path.display(),
                        name.display()
                    ))
                    .hint("give a folder that does not exist yet, or an empty one")),
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => Err(CliError::failed(
                format!("`{}` is not a folder", path.display()),
            )
            .hint("give a folder that does not exist yet, or an empty one")),
            Err(error) => Err(CliError::io("cannot read the folder", path, &error)),
        }
    }

    /// Creates the folder.
    pub(super) fn claim(path: &Path) -> Result<Self, CliError> {
        Self::check(path)?;
        let created = missing(path);
        let claimed = fs::create_dir_all(path)
            .map_err(|error| CliError::io("cannot make the folder", path, &error))
            .and_then(|()| {
                let root = path
                    .canonicalize()
                    .map_err(|error| CliError::io("cannot find the folder", path, &error))?;
                let lock = ProjectLock::acquire(&root)?;
                // Somebody else may have filled it meanwhile: from here on nobody does.
                Self::check(&root)?;
                Ok((root, lock))
            });
        match claimed {
            Ok((root, lock)) => Ok(Self {
                root,
                created,
                is_complete: false,
                _lock: lock,
            }),
            Err(error) => {
                remove_empty(&created);
                Err(error)
            }
        }
    }

    /// The folder, as an absolute path.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Writes one file, its path relative to the folder.
    pub(super) fn write(&self, path: &str, content: &str) -> Result<(), CliError> {
        let path = self.root.join(path);
        let folder = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder)
            .map_err(|error| CliError::io("cannot make the folder", folder, &error))?;
        fs::write(&path, content).map_err(|error| CliError::io("cannot write", &path, &error))
    }

    /// Keeps the folder: the app is complete, and nothing is removed any more.
    pub(super) fn keep(mut self) -> PathBuf {
        self.is_complete = true;
        self.root.clone()
    }

    /// Removes as much as possible of what was created.
    fn remove(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.root)? {
            let entry = entry?;
            if entry.file_name() == ".git" {
                continue;
            }
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else {
                fs::remove_file(entry.path())?;
            }
        }
        remove_empty(&self.created);
        Ok(())
    }
}

/// Removes folders, the innermost first, up to one that is not empty.
fn remove_empty(folders: &[PathBuf]) {
    for folder in folders {
        // Fails, and rightly so, when something is left in it.
        if fs::remove_dir(folder).is_err() {
            return;
        }
    }
}

impl Drop for Destination {
    fn drop(&mut self) {
        if self.is_complete {
            return;
        }
        match self.remove() {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                anstream::eprintln!(
                    "cannot remove the unfinished app in `{}`: {error}",
                    self.root.display()
                );
            }
            _ => {}
        }
    }
}

/// A path without `.` and `..`, also where nothing exists yet.
pub(super) fn absolute(path: &Path) -> Result<PathBuf, CliError> {
    let mut missing = Vec::new();
    let mut existing = env::current_dir()
        .map_err(|error| CliError::io("cannot find the current folder of", path, &error))?
        .join(path);
    loop {
        if let Ok(mut absolute) = existing.canonicalize() {
            absolute.extend(missing.iter().rev());
            return Ok(absolute);
        }
        match (
            existing.file_name().map(ToOwned::to_owned),
            existing.parent(),
        ) {
            (Some(name), Some(parent)) => {
                missing.push(name);
                existing = parent.to_owned();
            }
            _ => {
                return Err(CliError::usage(format!(
                    "`{}` is no folder that can be made",
                    path.display()
                )));
            }
        }
    }
}

/// The folders of a path that do not exist, the innermost first.
fn missing(path: &Path) -> Vec<PathBuf> {
    path.ancestors()
        .take_while(|ancestor| !ancestor.as_os_str().is_empty() && !ancestor.exists())
        .map(Path::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::Destination;

    #[test]
    fn a_failure_removes_all_that_was_made_and_nothing_else() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("a/b/blog");
        let destination = Destination::claim(&path).unwrap();
        destination.write("src/main.rs", "fn main() {}\n").unwrap();
        drop(destination);
        assert!(!temporary.path().join("a").exists());

        fs::create_dir_all(path.join(".git")).unwrap();
        let destination = Destination::claim(&path).unwrap();
        destination.write("src/main.rs", "fn main() {}\n").unwrap();
        drop(destination);
        assert!(path.join(".git").exists() && !path.join("src").exists());

        let destination = Destination::claim(&path).unwrap();
        destination.write("src/main.rs", "fn main() {}\n").unwrap();
        destination.keep();
        assert!(path.join("src/main.rs").exists());
    }

    #[test]
    fn a_folder_with_something_in_it_is_refused() {
        let temporary = tempfile::tempdir().unwrap();
        fs::write(temporary.path().join("notes.txt"), "mine").unwrap();
        let error = Destination::claim(temporary.path()).unwrap_err();
        assert!(error.to_string().contains("notes.txt"));
        assert!(Destination::claim(&temporary.path().join("notes.txt")).is_err());
        assert!(temporary.path().join("notes.txt").exists());
    }
}
