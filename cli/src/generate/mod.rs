//! `cargo fw generate`: plans the files and edits of what is asked for, and carries them out as a whole.

#![expect(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "a file is a few kilobytes, and templates read better in one piece"
)]

mod client;
mod controller;
mod dto;
mod entity;
mod handlers;
mod lock_tests;
mod middleware;
mod migration;
mod model;
mod model_tests;
mod record;
mod refusal_tests;
mod request_tests;
mod resource;
mod scaffold;
mod task;
mod template;
#[cfg(test)]
mod tests;

use std::{env, path::Path};

use clap::Subcommand;

pub use self::{
    client::ClientArgs, controller::ControllerArgs, middleware::MiddlewareArgs,
    migration::MigrationArgs, model::ModelArgs, scaffold::ScaffoldArgs, task::TaskArgs,
};
pub(crate) use self::{
    migration::{built_on, checked as migration_name},
    record::read as recorded,
};
use crate::{
    error::CliError,
    plan::{self, Mode, Output, Plan, Report, execute},
    project::Project,
};

/// The words of `cargo fw generate`.
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = MANUAL)]
pub struct Args {
    /// What to generate
    #[command(subcommand)]
    pub command: Command,
}

const MANUAL: &str = "\
Everything is written or nothing: a place that cannot be found, or a file that differs, stops it before the first byte.
The same command twice changes nothing. `cargo fw destroy` takes it back.

Example:
  cargo fw generate scaffold post 'title:string!' content:text --dry-run";

/// One of the generators.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Makes a resource: migration, model, DTOs, controller, routes and tests
    Scaffold(ScaffoldArgs),
    /// Makes a table and its model, without HTTP
    Model(ModelArgs),
    /// Makes a migration, read from its name
    Migration(MigrationArgs),
    /// Makes handlers and routes without a table
    Controller(ControllerArgs),
    /// Makes a task: work that is started by name
    Task(TaskArgs),
    /// Makes a middleware: something around every request
    Middleware(MiddlewareArgs),
    /// Makes a TypeScript client for the API
    Client(ClientArgs),
}

impl Command {
    /// What is going to be done.
    pub fn plan(&self, project: &Project) -> Result<Plan, CliError> {
        match self {
            Self::Scaffold(args) => args.plan(project),
            Self::Model(args) => args.plan(project),
            Self::Migration(args) => args.plan(project),
            Self::Controller(args) => args.plan(project),
            Self::Task(args) => args.plan(project),
            Self::Middleware(args) => args.plan(project),
            Self::Client(args) => args.plan(project),
        }
    }

    fn output(&self) -> &Output {
        match self {
            Self::Scaffold(args) => &args.output,
            Self::Model(args) => &args.output,
            Self::Migration(args) => &args.output,
            Self::Controller(args) => &args.output,
            Self::Task(args) => &args.output,
            Self::Middleware(args) => &args.output,
            Self::Client(args) => &args.output,
        }
    }
}

/// Generates into the app that the current folder is in.
pub fn run(args: Args) -> Result<(), CliError> {
    if let Command::Client(args) = &args.command {
        // It can do without an app.
        return client::run(args);
    }
    let here =
        env::current_dir().map_err(|error| CliError::io("cannot find", Path::new("."), &error))?;
    let mut command = args.command;
    let opened = plan::open(&here, command.output())?;
    let project = &opened.project;
    let took_default = match &mut command {
        Command::Scaffold(args) => args.complete(project)?,
        Command::Model(args) => {
            let mut scaffold = args.as_scaffold();
            let took_default = scaffold.complete(project)?;
            args.fields = scaffold.fields;
            args.lock = scaffold.lock;
            took_default
        }
        _ => false,
    };
    let mut plan = command.plan(project)?;
    if took_default {
        plan.notes.insert(
            0,
            "no fields were given, so it got `name:string!`".to_owned(),
        );
    }
    execute(project, plan, command.output(), Mode::Loud)?;
    Ok(())
}

/// Generates a scaffold from one line, such as `post title:string! content:text`, into the app at `root`, which is locked by
/// the caller. Prints nothing.
pub fn scaffold_in(root: &Path, line: &str) -> Result<(), CliError> {
    let project = Project::find(root)?;
    let mut args = ScaffoldArgs::parse(line)?;
    args.fields_or_default();
    scaffold(&project, &args)?;
    Ok(())
}

/// Generates a scaffold and gives back what was done. Prints nothing and asks nothing.
pub fn scaffold(project: &Project, args: &ScaffoldArgs) -> Result<Report, CliError> {
    execute(project, args.plan(project)?, &args.output, Mode::Quiet)
}
