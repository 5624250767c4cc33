//! `completions`: what a shell needs to complete the words of `cargo-fw`.

use std::io;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;

/// Words of `completions`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

/// Prints the script.
pub(crate) fn run(args: &Args) {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "cargo-fw", &mut script);
    // A reader that has gone away (`| head`) is no error.
    let _ = io::Write::write_all(&mut io::stdout(), &script);
}
