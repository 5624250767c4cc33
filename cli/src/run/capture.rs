//! Runs a command of the app and captures its output.

use std::{path::Path, process::Stdio};

use super::{build::Profile, program};
use crate::error::CliError;

/// Builds the app at `project_root`, runs its binary with these arguments, and returns its standard output.
///
/// Standard error is passed through. Fails if the app does not build, or its exit code is not 0.
pub(crate) fn capture(project_root: &Path, args: &[&str]) -> Result<Vec<u8>, CliError> {
    let mut app = program(project_root, Profile::Dev)?;
    let output = app
        .args(args)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| CliError::io("cannot run", Path::new(app.get_program()), &error))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let args = args.join(" ");
    Err(CliError::failed(format!(
        "the application's command `{args}` ended with {}",
        output.status
    ))
    .hint(format!(
        "its output is above; `cargo run -- {args}` runs it again"
    )))
}
