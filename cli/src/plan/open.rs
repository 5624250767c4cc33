//! Opens an app in order to change it.

use std::path::Path;

use super::{journal::recover, options::Output};
use crate::{
    error::CliError,
    project::{Project, ProjectLock},
};

/// An app that nobody else changes as long as this lives.
#[derive(Debug)]
pub struct Opened {
    /// The app as it is now.
    pub project: Project,
    /// A dry run changes nothing, and needs none.
    _lock: Option<ProjectLock>,
}

/// Finds the app around `start`, waits until no other command changes it, and reads it. What an interrupted command has left
/// half done is taken back first.
pub fn open(start: &Path, output: &Output) -> Result<Opened, CliError> {
    let lock = if output.dry_run {
        None
    } else {
        Some(lock(&Project::root_of(start)?)?)
    };
    let project = Project::find(start)?;
    project.check_migrations()?;
    Ok(Opened {
        project,
        _lock: lock,
    })
}

/// Waits until no other command changes what is at `root`. What an interrupted command has left half done is taken back.
pub fn lock(root: &Path) -> Result<ProjectLock, CliError> {
    let lock = ProjectLock::acquire(root)?;
    recover(root)?;
    Ok(lock)
}
