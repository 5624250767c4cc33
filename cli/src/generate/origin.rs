//! The command that generated a file, written into its documentation: for readers, and for `destroy` where the record
//! of the run is lost.

use crate::{error::CliError, project::Project};

const BEFORE: &str = "//! Made by `cargo fw generate ";
const AFTER: &str = "`.";

/// The arguments after `cargo fw generate` that a file names; `None` if it names none.
pub(super) fn read(source: &str) -> Option<Vec<String>> {
    let line = source
        .lines()
        .find_map(|line| line.strip_prefix(BEFORE)?.strip_suffix(AFTER))?;
    shlex::split(line)
}

/// Reads a file that a generator must have written.
pub(super) fn source(
    project: &Project,
    generator: &str,
    name: &str,
    file: &str,
) -> Result<String, CliError> {
    project.text(file)?.ok_or_else(|| {
        CliError::failed(format!(
            "there is no {generator} `{name}`: no file `{file}`"
        ))
    })
}

pub(super) fn nothing_known(path: &str) -> CliError {
    CliError::failed(format!("nothing says how `{path}` was generated"))
        .hint("only what `cargo fw generate` made can be destroyed; remove it by hand")
}

/// The note that databases are not changed.
pub(super) fn still_applied(what: &str) -> String {
    format!(
        "a database in which `{what}` was applied still has it\n\
         hint: `cargo fw db reset` makes the database of development anew; next time run `cargo fw db rollback` first"
    )
}
