//! The command that generated a file, written into its documentation: for readers, and for `destroy` where the record
//! of the run is lost.

use crate::{error::CliError, project::Project};

const BEFORE: &str = "//! Made by `cargo fw generate ";
const AFTER: &str = "`.";

/// A command line that can be typed again.
pub(super) fn command(args: &[String]) -> String {
    let quoted: Vec<String> = args.iter().map(|arg| quoted(arg)).collect();
    format!("cargo fw generate {}", quoted.join(" "))
}

/// The arguments after `cargo fw generate` that a file names; `None` if it names none.
pub(super) fn read(source: &str) -> Option<Vec<String>> {
    let line = source
        .lines()
        .find_map(|line| line.strip_prefix(BEFORE)?.strip_suffix(AFTER))?;
    let mut args = vec![String::new()];
    let mut quoted = false;
    let mut letters = line.chars();
    while let Some(c) = letters.next() {
        match c {
            '\'' => quoted = !quoted,
            '\\' if !quoted => args.last_mut()?.extend(letters.next()),
            ' ' if !quoted => args.push(String::new()),
            _ => args.last_mut()?.push(c),
        }
    }
    Some(args)
}

/// An argument for a shell, quoted where the shell would split or change it.
pub(super) fn quoted(arg: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-:=.,+^?/".contains(c);
    // Bash takes `!` for its history only before a letter; a field ends with it.
    let bang_at_end = arg.strip_suffix('!').unwrap_or(arg);
    if bang_at_end.chars().all(plain) {
        arg.to_owned()
    } else {
        format!("'{}'", arg.replace('\'', "'\\''"))
    }
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
