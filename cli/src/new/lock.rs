//! The lock file of a new app: the versions that its starter was tested with.

use std::{
    env,
    ffi::OsString,
    path::Path,
    process::{Command, Stdio},
};

use super::destination::Destination;
use crate::{error::CliError, starters};

/// Writes the lock file and lets cargo drop from it what the app does not use.
///
/// Without the network cargo may not know every crate yet. Then the lock file stays longer than it need be, and the first
/// build tidies it.
pub(super) fn write(destination: &Destination) -> Result<(), CliError> {
    let Some(lock) = starters::lock_file() else {
        return Ok(());
    };
    destination.write("Cargo.lock", lock)?;
    if !tidy(destination.root(), &["--offline"]) {
        tidy(destination.root(), &[]);
    }
    Ok(())
}

fn tidy(root: &Path, options: &[&str]) -> bool {
    let program = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let status = Command::new(program)
        .current_dir(root)
        .args(["metadata", "--quiet", "--format-version=1"])
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}
