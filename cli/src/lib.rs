//! `cargo fw`: creates Framewright apps, generates code into them, builds and runs them.
//!
//! A library so that tests can reach the generators; the program is [`main`].

mod api;
mod cli;
mod command_line;
mod completions;
mod count;
pub mod destroy;
mod doctor;
pub mod error;
pub mod field;
pub mod file;
pub mod generate;
mod inflection;
mod new;
pub mod plan;
pub mod project;
mod run;
mod starters;
mod ui;

use std::{
    env,
    ffi::{OsStr, OsString},
    process::ExitCode,
};

use clap::{CommandFactory, Parser};

use crate::{
    cli::{Cli, Command},
    error::CliError,
    run::Profile,
};

/// Runs the command line of the process and returns its exit code: 0 for success, 1 for a failure, 2 for a wrong
/// command line.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse_from(args(env::args_os())) {
        Ok(cli) => cli,
        Err(error) => return refused(&error, args(env::args_os())),
    };
    match dispatch(cli.command) {
        Ok(code) => code,
        Err(error) => {
            ui::error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

/// Drops the second word of `cargo-fw fw new`, which is how cargo starts `cargo fw new`.
fn args(all: impl Iterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    all.enumerate()
        .filter(|(position, arg)| *position != 1 || arg != OsStr::new("fw"))
        .map(|(_, arg)| arg)
}

fn refused(error: &clap::Error, args: impl Iterator<Item = OsString>) -> ExitCode {
    let command = cli::named_command(args.skip(1));
    if let Some(refusal) = ui::refusal(error, &command) {
        ui::error(&refusal);
        return ExitCode::from(refusal.exit_code());
    }
    // Nothing can be done when not even the help can be written.
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

fn dispatch(command: Command) -> Result<ExitCode, CliError> {
    match command {
        Command::New(args) => new::run(&args),
        Command::Generate(args) => generate::run(args).map(|()| ExitCode::SUCCESS),
        Command::Destroy(args) => destroy::run(args).map(|()| ExitCode::SUCCESS),
        Command::Start(start) => start.run(),
        Command::Db(args) => run::delegate("db", &args.args, Profile::Dev),
        Command::Task(args) => run::delegate("task", &args.args, Profile::Dev),
        Command::Jobs(args) => run::delegate("jobs", &args.args, Profile::Dev),
        Command::Schedule(args) => run::delegate("schedule", &args.words(), Profile::Dev),
        Command::Routes(args) => run::delegate("routes", &args.words(), Profile::Dev),
        Command::Middleware(args) => run::delegate("middleware", &args.words(), Profile::Dev),
        Command::Config(args) => run::delegate("config", &args.words(), Profile::Dev),
        Command::Openapi(args) => api::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Version => version(),
        Command::Completions(args) => {
            completions::run(&args, Cli::command());
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Prints the version of this program, and inside an app the app's.
fn version() -> Result<ExitCode, CliError> {
    anstream::println!("cargo-fw {}", env!("CARGO_PKG_VERSION"));
    match run::app_root() {
        Ok(root) => run::run_in(&root, "version", &[], Profile::Dev),
        Err(_) => Ok(ExitCode::SUCCESS),
    }
}
