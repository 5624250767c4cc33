//! Options for carrying out a plan: those of the command line, and the decisions about its conflicts.

use clap::Args;

/// The options of every generator for its output and for conflicts.
#[derive(Args, Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct OutputOptions {
    /// Shows what would be done and does nothing
    #[arg(long, help_heading = "Output")]
    pub dry_run: bool,
    /// Prints the operations as JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// Shows the differences as unified diffs
    #[arg(long, help_heading = "Output")]
    pub diff: bool,
    /// Overwrites files that differ; with `destroy`, removes files that were edited
    #[arg(long, help_heading = "Conflicts", conflicts_with = "skip")]
    pub force: bool,
    /// Keeps files that differ
    #[arg(long, help_heading = "Conflicts")]
    pub skip: bool,
}

/// The audience of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verbosity {
    /// A person, with lines on standard output and questions on a terminal.
    Normal,
    /// A caller that shows the report in its own way.
    Quiet,
}

/// The decision about a conflict.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// The generator's text replaces the file, or the file goes.
    Overwrite,
    /// The file stays as it is.
    Skip,
}
