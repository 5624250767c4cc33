//! Runs a command of the app and keeps what it prints.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use super::build::{Profile, build};
use crate::error::CliError;

/// Builds the app at `project_root`, runs its binary with these words, and gives what it writes to standard output.
///
/// What it writes to standard error is seen as it is written. Fails when the app does not build, or does not end with 0.
pub(crate) fn capture(project_root: &Path, words: &[&str]) -> Result<Vec<u8>, CliError> {
    let binary = build(project_root, Profile::Dev)?;
    let output = Command::new(&binary)
        .args(words)
        .current_dir(project_root)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| CliError::io("cannot run", &binary, &error))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let words = words.join(" ");
    Err(CliError::failed(format!(
        "the application's command `{words}` ended with {}",
        output.status
    ))
    .hint(format!(
        "what it said is above; `cargo run -- {words}` runs it again"
    )))
}
