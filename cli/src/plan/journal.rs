//! The journal of a plan that is being written, by which everything is rolled back after a failure.
//!
//! It lies in the app's `target` folder, which git ignores, for as long as files are being written. When the process is
//! killed in that time it stays, and the next command rolls back what is half done.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    error::CliError,
    file::{self, hidden_sibling},
};

/// The path of the journal in the app.
const FILE: &str = "target/cargo-fw-journal.json";

/// The state of files and folders before the plan.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Journal {
    pub(super) files: Vec<Entry>,
    /// Folders that were not there, outermost first.
    pub(super) folders: Vec<PathBuf>,
}

/// A file before and after. `None` is no file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Relative to the app's root, or absolute outside it.
    pub(super) path: PathBuf,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

impl Entry {
    /// The temporary file beside it: the new text until it takes its place, or the old file until everything is done.
    pub(super) fn temporary_path(&self, root: &Path) -> PathBuf {
        let extension = if self.after.is_some() {
            "fw-new"
        } else {
            "fw-old"
        };
        hidden_sibling(&root.join(&self.path), extension)
    }
}

impl Journal {
    /// Writes the journal. From here on the next command can roll back what this one does.
    pub(super) fn write(&self, root: &Path) -> Result<(), CliError> {
        let path = root.join(FILE);
        let folder = root.join("target");
        fs::create_dir_all(&folder)
            .map_err(|error| CliError::io("cannot make the folder", &folder, &error))?;
        let text = serde_json::to_string(self)
            .map_err(|error| CliError::failed(format!("cannot write a journal: {error}")))?;
        file::replace(&path, &text)
    }

    /// Removes the journal: everything is done, or everything was rolled back.
    pub(super) fn remove(root: &Path) -> Result<(), CliError> {
        let path = root.join(FILE);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(CliError::io("cannot remove", &path, &error));
            }
            _ => {}
        }
        // Fails, and rightly so, when the app was built before.
        let _ = fs::remove_dir(root.join("target"));
        Ok(())
    }

    /// Restores every file, last first. Returns those that could not be restored: somebody has changed them since, or
    /// they cannot be written.
    pub(super) fn undo(&self, root: &Path) -> Vec<String> {
        let mut left = Vec::new();
        for entry in self.files.iter().rev() {
            let temporary = entry.temporary_path(root);
            if let Err(error) = entry.restore(root, &temporary) {
                left.push(format!("`{}`: {error}", entry.path.display()));
            } else if entry.after.is_some() {
                // It may not have been made yet.
                let _ = fs::remove_file(temporary);
            }
        }
        for folder in self.folders.iter().rev() {
            // Fails, and rightly so, when somebody has put something into it.
            let _ = fs::remove_dir(root.join(folder));
        }
        left
    }
}

impl Entry {
    fn restore(&self, root: &Path, temporary: &Path) -> Result<(), String> {
        let path = root.join(&self.path);
        let present = file::read_optional(&path).map_err(|error| error.to_string())?;
        let present = present.as_ref().map(file::Text::raw);
        if present == self.before.as_deref() {
            return Ok(());
        }
        if present != self.after.as_deref() {
            return Err("it was changed since".to_owned());
        }
        let plain = |error: io::Error| error.to_string();
        match &self.before {
            None => fs::remove_file(&path).map_err(plain),
            Some(_) if self.after.is_none() && fs::symlink_metadata(temporary).is_ok() => {
                fs::rename(temporary, &path).map_err(plain)
            }
            Some(text) => file::replace(&path, text).map_err(|error| error.to_string()),
        }
    }
}

/// Rolls back what a killed command had written into the app at `root`. The project must be locked.
pub(super) fn recover(root: &Path) -> Result<(), CliError> {
    let path = root.join(FILE);
    let Some(text) = file::read_optional(&path)? else {
        return Ok(());
    };
    let journal: Journal = serde_json::from_str(text.raw()).map_err(|error| {
        CliError::failed(format!("cannot read `{}`: {error}", path.display())).hint(
            "it tells what a command that was interrupted has written: look at `git status`, then remove it",
        )
    })?;
    let left = journal.undo(root);
    Journal::remove(root)?;
    anstream::eprintln!(
        "an earlier `cargo fw` command was interrupted: what it had written was rolled back"
    );
    for file in left {
        anstream::eprintln!("  but not {file}");
    }
    Ok(())
}
