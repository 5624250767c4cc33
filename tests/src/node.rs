//! Node.js, and the programs from npm that the tests of the generated client need.

use std::{
    ffi::OsStr,
    path::Path,
    process::{Command, Stdio},
};

use crate::tools::node_modules;

/// `node …` in a folder.
pub fn node<S: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new("node");
    command
        .args(arguments)
        .current_dir(folder)
        .env_remove("NODE_OPTIONS")
        .stdin(Stdio::null());
    command
}

/// A program of [`node_modules`], such as `typescript/bin/tsc`, in a folder.
#[track_caller]
pub fn tool(folder: &Path, program: &str, arguments: &[&str]) -> Command {
    let program = node_modules().join(program);
    let mut command = node(folder, [program]);
    command.args(arguments);
    command
}
