//! The command `completions`, which prints a shell script that completes the arguments of `cargo-fw`.

use std::io;

use clap::Command;
use clap_complete::Shell;

/// The arguments of `completions`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

/// Prints the script for a program.
pub(crate) fn run(args: &Args, mut program: Command) {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut program, "cargo-fw", &mut script);
    // A reader that has gone away (`| head`) is no error.
    let _ = io::Write::write_all(&mut io::stdout(), &script);
}
