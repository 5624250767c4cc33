//! The command `cargo fw generate`, which is built from the list of generators.

use clap::{ArgMatches, FromArgMatches, Parser, Subcommand, error::ErrorKind};

use super::{ALL, Entry, Runnable};
use crate::{
    error::CliError,
    plan::{OutputOptions, Plan},
    project::Project,
};

/// The arguments of `cargo fw generate`.
#[derive(clap::Args, Debug)]
#[command(after_help = MANUAL)]
pub struct Args {
    /// The generator to run
    #[command(subcommand)]
    pub command: Command,
}

const MANUAL: &str = "\
Everything is written or nothing: a place that cannot be found, or a file that differs, stops it before the first byte.
The same command twice changes nothing. `cargo fw destroy` removes it again.

Example:
  cargo fw generate scaffold post 'title:string!' content:text --dry-run";

/// One of the generators with its arguments.
#[derive(Debug)]
pub struct Command {
    generator: Box<dyn Runnable>,
    output: OutputOptions,
}

impl Command {
    /// Parses the arguments after `cargo fw generate`.
    pub(crate) fn of(args: &[String]) -> Result<Self, CliError> {
        #[derive(Parser)]
        #[command(no_binary_name = true)]
        struct CommandLine {
            #[command(subcommand)]
            command: Command,
        }
        let args = CommandLine::try_parse_from(args).map_err(|error| {
            CliError::failed(format!("what was generated cannot be understood: {error}"))
        })?;
        Ok(args.command)
    }

    /// The plan of the generator.
    pub fn plan(&self, project: &Project) -> Result<Plan, CliError> {
        self.generator.plan(project)
    }

    /// The plan of the generator without its record: what it writes with these arguments.
    pub(crate) fn unrecorded_plan(&self, project: &Project) -> Result<Plan, CliError> {
        self.generator.unrecorded_plan(project)
    }

    pub(super) fn run(self) -> Result<(), CliError> {
        self.generator.run(&self.output)
    }
}

impl Subcommand for Command {
    fn augment_subcommands(command: clap::Command) -> clap::Command {
        command
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommands(ALL.iter().map(Entry::command))
    }

    fn augment_subcommands_for_update(command: clap::Command) -> clap::Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        find(name).is_some()
    }
}

impl FromArgMatches for Command {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let (entry, matches) = matches
            .subcommand()
            .and_then(|(name, matches)| Some((find(name)?, matches)))
            .ok_or_else(|| clap::Error::new(ErrorKind::MissingSubcommand))?;
        Ok(Self {
            generator: entry.parse(matches)?,
            output: OutputOptions::from_arg_matches(matches)?,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The generator with a name.
pub fn find(name: &str) -> Option<&'static Entry> {
    ALL.iter().find(|entry| entry.name == name)
}
