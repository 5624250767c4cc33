//! The command that generated a file, written into its documentation: for readers, and for `destroy` where the record
//! of the run is lost.

use std::{fs, path::Path};

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
    project
        .text(file)?
        .ok_or_else(|| missing(project, generator, name, file))
}

/// The error for what is not there, with what is there instead.
pub(super) fn missing(project: &Project, generator: &str, name: &str, file: &str) -> CliError {
    let error = CliError::failed(format!("there is no {generator} `{name}`: no `{file}`"));
    let folder = Path::new(file).parent().unwrap_or(Path::new("src"));
    let Ok(entries) = fs::read_dir(project.root.join(folder)) else {
        return error.hint(format!("there is no folder `{}` either", folder.display()));
    };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".rs").map(str::to_owned))
        .filter(|name| name != "mod")
        .collect();
    names.sort_unstable();
    if names.is_empty() {
        error.hint(format!("`{}` holds none", folder.display()))
    } else {
        let names = names.join("`, `");
        error.hint(format!("in `{}` there are `{names}`", folder.display()))
    }
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
