//! The command `completions`, which prints a shell script that completes the arguments of `cargo-fw` and of `cargo fw`.

use std::io;

use clap::Command;
use clap_complete::Shell;

/// The program as shells know it.
const PROGRAM: &str = "cargo-fw";

/// The arguments of `completions`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

/// Prints the script for a program.
pub(crate) fn run(args: &Args, program: Command) {
    let script = script(args.shell, program);
    // A reader that has gone away (`| head`) is no error.
    let _ = io::Write::write_all(&mut io::stdout(), script.as_bytes());
}

fn script(shell: Shell, program: Command) -> String {
    // In a script for bash the generator writes a name with a hyphen in two ways, so that nothing fits together.
    let name = match shell {
        Shell::Bash => "cargo_fw",
        _ => PROGRAM,
    };
    let mut program = program.name(name).bin_name(name);
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut program, name, &mut script);
    let script = String::from_utf8_lossy(&script);
    let of_program = script.replace("-o default cargo_fw\n", "-o default cargo-fw\n");
    of_program + through_cargo(shell)
}

/// The part of a script for `cargo fw`: the shell asks for the completion of cargo there.
fn through_cargo(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => include_str!("completions/cargo.bash"),
        Shell::Zsh => include_str!("completions/cargo.zsh"),
        Shell::Fish => include_str!("completions/cargo.fish"),
        _ => "",
    }
}
