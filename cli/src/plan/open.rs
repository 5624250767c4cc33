//! Opens an app in order to change it, under its lock.

use std::path::Path;

use super::{journal::recover, options::OutputOptions};
use crate::{
    error::CliError,
    project::{Project, ProjectLock},
};

/// A locked app.
#[derive(Debug)]
pub struct LockedProject {
    /// The app as it was read.
    pub project: Project,
    /// The lock; a dry run changes nothing, and needs none.
    _lock: Option<ProjectLock>,
}

/// Finds the app around `start`, waits for its lock, and reads it. The leftovers of an interrupted command are rolled
/// back first.
pub fn open(start: &Path, output: &OutputOptions) -> Result<LockedProject, CliError> {
    let lock = if output.dry_run {
        None
    } else {
        Some(lock(&Project::root_of(start)?)?)
    };
    let project = Project::find(start)?;
    project.check_migrations()?;
    Ok(LockedProject {
        project,
        _lock: lock,
    })
}

/// Waits for the lock of the folder `root`. The leftovers of an interrupted command are rolled back.
pub fn lock(root: &Path) -> Result<ProjectLock, CliError> {
    let lock = ProjectLock::acquire(root)?;
    recover(root)?;
    Ok(lock)
}
