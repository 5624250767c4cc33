//! Writes all files of a plan, or none of them.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::resolve::{FileChange, Resolved};
use crate::error::CliError;

impl Resolved {
    /// Writes every new text beside its file first, then puts them all in place. Whatever fails, the files are as they
    /// were before.
    pub(super) fn apply(&self, root: &Path) -> Result<(), CliError> {
        let mut journal = Journal::default();
        let done = self
            .stage(root, &mut journal)
            .and_then(|()| self.commit(root, &mut journal));
        if let Err(error) = done {
            journal.undo();
            return Err(error.hint("nothing was changed"));
        }
        for path in self.removed(root) {
            remove_empty_folders(root, &path);
        }
        Ok(())
    }

    fn stage(&self, root: &Path, journal: &mut Journal) -> Result<(), CliError> {
        for (path, after) in self.written(root) {
            if let Some(folder) = path.parent() {
                journal
                    .make_folder(folder)
                    .map_err(|error| CliError::io("cannot make the folder", folder, &error))?;
            }
            let temporary = temporary(&path);
            journal.temporaries.push(temporary.clone());
            fs::write(&temporary, after)
                .map_err(|error| CliError::io("cannot write", &temporary, &error))?;
            // A file keeps its permissions.
            if let Ok(metadata) = fs::metadata(&path) {
                fs::set_permissions(&temporary, metadata.permissions())
                    .map_err(|error| CliError::io("cannot write", &temporary, &error))?;
            }
        }
        Ok(())
    }

    fn commit(&self, root: &Path, journal: &mut Journal) -> Result<(), CliError> {
        for (name, file) in self.changed() {
            let path = root.join(name);
            let done = match file.after {
                Some(_) => fs::rename(temporary(&path), &path),
                None => fs::remove_file(&path),
            };
            done.map_err(|error| CliError::io("cannot write", &path, &error))?;
            journal.replaced.push((path, file.before.clone()));
        }
        Ok(())
    }

    fn changed(&self) -> impl Iterator<Item = (&String, &FileChange)> {
        self.files
            .iter()
            .filter(|(_, file)| file.before != file.after)
    }

    fn written<'a>(&'a self, root: &Path) -> impl Iterator<Item = (PathBuf, &'a str)> {
        self.changed()
            .filter_map(|(path, file)| Some((root.join(path), file.after.as_deref()?)))
    }

    fn removed(&self, root: &Path) -> Vec<PathBuf> {
        let removed = self.changed().filter(|(_, file)| file.after.is_none());
        removed.map(|(path, _)| root.join(path)).collect()
    }
}

/// What was done so far.
#[derive(Default)]
struct Journal {
    folders: Vec<PathBuf>,
    temporaries: Vec<PathBuf>,
    replaced: Vec<(PathBuf, Option<String>)>,
}

impl Journal {
    fn make_folder(&mut self, folder: &Path) -> io::Result<()> {
        let missing: Vec<&Path> = folder
            .ancestors()
            .take_while(|folder| !folder.exists())
            .collect();
        for folder in missing.into_iter().rev() {
            fs::create_dir(folder)?;
            self.folders.push(folder.to_owned());
        }
        Ok(())
    }

    /// Best effort: the first error is the one that matters.
    fn undo(&self) {
        for (path, before) in self.replaced.iter().rev() {
            let _ = match before {
                Some(text) => fs::write(path, text),
                None => fs::remove_file(path),
            };
        }
        for temporary in &self.temporaries {
            let _ = fs::remove_file(temporary);
        }
        for folder in self.folders.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

fn temporary(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".fw-new");
    path.with_file_name(name)
}

/// A folder that held only generated files goes with the last of them.
fn remove_empty_folders(root: &Path, file: &Path) {
    let source = root.join("src");
    for folder in file
        .ancestors()
        .skip(1)
        .take_while(|folder| *folder != source && *folder != root)
    {
        // Fails, and rightly so, when something is left in it.
        if fs::remove_dir(folder).is_err() {
            return;
        }
    }
}
