//! Paths in the arguments of a task, relative to where the person stands.
//!
//! `cargo fw` runs an application in its root, wherever it was called. A file that is named on the command line is looked for in the folder
//! of the person all the same.

use std::{
    any::TypeId,
    env,
    ffi::OsStr,
    path::{self, Path, PathBuf},
};

use clap::{
    Arg, Command,
    builder::{PathBufValueParser, TypedValueParser},
    parser::ValueSource,
};

/// The variable in which `cargo fw` names the folder that it was called in.
pub(crate) const WORKING_DIRECTORY: &str = "CARGO_FW_WORKING_DIRECTORY";

/// A path as it is shown to a person: relative to where they stand if it is below, or else absolute.
pub(crate) fn shown(path: &Path) -> PathBuf {
    let path = path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let here = env::var_os(WORKING_DIRECTORY).map_or_else(env::current_dir, |here| Ok(here.into()));
    let below = here
        .ok()
        .and_then(|here| path.strip_prefix(here).map(Path::to_owned).ok());
    below.unwrap_or(path)
}

/// Makes the paths that are given to a command relative to `folder`.
pub(super) fn relative_to(folder: &Path, command: Command) -> Command {
    command.mut_args(|argument| {
        if argument.get_value_parser().type_id() == TypeId::of::<PathBuf>() {
            argument.value_parser(RelativePath(folder.to_owned()))
        } else {
            argument
        }
    })
}

/// A parser of paths relative to a folder. Defaults, which nobody has typed, stay as they are, and so does `-`.
#[derive(Clone)]
struct RelativePath(PathBuf);

impl TypedValueParser for RelativePath {
    type Value = PathBuf;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<PathBuf, clap::Error> {
        let path = PathBufValueParser::new().parse_ref(command, argument, value)?;
        Ok(if path == Path::new("-") {
            path
        } else {
            self.0.join(path)
        })
    }

    fn parse_ref_(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
        source: ValueSource,
    ) -> Result<PathBuf, clap::Error> {
        if source == ValueSource::CommandLine {
            self.parse_ref(command, argument, value)
        } else {
            PathBufValueParser::new().parse_ref(command, argument, value)
        }
    }
}
