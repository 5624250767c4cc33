//! The command `new`, which creates an app from a starter.
//!
//! A starter is a real app that is compiled and tested like any crate; a new app is its copy under another name. Whatever
//! fails half-way removes what was made.

mod dependency;
mod destination;
mod git;
mod lock;
mod name;
mod questions;
mod render;
mod starter;
mod workspace;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use self::{
    dependency::FrameworkSource,
    destination::{Destination, absolute},
    name::AppName,
    render::Renderer,
    starter::{Database, Starter},
};
use crate::{
    error::CliError,
    generate,
    run::{self, Profile},
    ui,
};

/// The arguments of `new`.
#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of the command line"
)]
pub(crate) struct Args {
    /// The folder of the app: new, or empty
    path: Option<PathBuf>,
    /// The name of the app [default: the name of the folder]
    #[arg(long)]
    name: Option<String>,
    /// The starter to copy [default: api]
    #[arg(long, value_enum)]
    template: Option<Starter>,
    /// The database [default: sqlite]
    #[arg(long = "db", value_enum, value_name = "DATABASE")]
    database: Option<Database>,
    /// Adds accounts, as `generate auth` does
    #[arg(long)]
    auth: bool,
    /// Generates a resource, as `generate scaffold` does; may be given more than once
    #[arg(long = "scaffold", value_name = "RESOURCE FIELDS")]
    scaffolds: Vec<String>,
    /// Builds and starts the app at the end
    #[arg(long)]
    start: bool,
    /// Makes no git repository
    #[arg(long)]
    no_git: bool,
    /// Asks nothing and takes the defaults
    #[arg(short, long)]
    yes: bool,
}

impl Args {
    /// Returns whether an option says what is wanted, so that nothing is asked.
    fn is_decided(&self) -> bool {
        self.template.is_some()
            || self.database.is_some()
            || self.auth
            || !self.scaffolds.is_empty()
            || self.start
            || self.yes
    }
}

/// The choices for a new app.
struct Choices {
    name: AppName,
    template: Starter,
    database: Database,
    has_accounts: bool,
    /// True if a default was taken without asking.
    defaults: bool,
}

impl Choices {
    /// The choices, and how to choose otherwise.
    fn describe(&self) -> String {
        let chosen = format!(
            "template {}, database {}",
            self.template.name(),
            self.database.name()
        );
        if self.defaults {
            chosen + " (defaults: `--template` and `--db` choose others)"
        } else {
            chosen
        }
    }
}

/// Creates the app, and starts it if that was asked for.
pub(crate) fn run(args: &Args) -> Result<ExitCode, CliError> {
    let given = match &args.path {
        Some(path) => path.clone(),
        None if !args.yes && ui::can_ask() => questions::path()?,
        None => {
            return Err(CliError::usage("the folder of the app is missing")
                .hint("say where to make it: `cargo fw new blog`"));
        }
    };
    let path = absolute(&given)?;
    let name = match &args.name {
        Some(name) => AppName::parse(name)?,
        None => AppName::parse(&path.file_name().unwrap_or_default().to_string_lossy())?,
    };
    Destination::check(&path)?;
    let choices = choose(args, name)?;
    let root = make(&path, &given, args, &choices)?;
    if args.start {
        return run::run_in(&root, "start", &[], Profile::Dev);
    }
    anstream::println!("\nnext:\n  cd {}", given.display());
    if choices.database == Database::Postgres {
        anstream::println!("  cargo fw db create");
    }
    if args.scaffolds.is_empty() {
        anstream::println!("  cargo fw generate scaffold post title:string! content:text");
    }
    anstream::println!("  cargo fw start");
    Ok(ExitCode::SUCCESS)
}

/// Makes the choices: asks on a terminal if no option decides, otherwise takes the defaults.
fn choose(args: &Args, name: AppName) -> Result<Choices, CliError> {
    let (template, database) = if !args.is_decided() && ui::can_ask() {
        (Some(questions::starter()?), Some(questions::database()?))
    } else {
        (args.template, args.database)
    };
    let is_default = template.is_none() || database.is_none();
    let template = template.unwrap_or(Starter::Api);
    Ok(Choices {
        name,
        defaults: is_default,
        template,
        has_accounts: args.auth || template == Starter::Saas,
        database: database.unwrap_or(Database::Sqlite),
    })
}

fn make(path: &Path, given: &Path, args: &Args, choices: &Choices) -> Result<PathBuf, CliError> {
    let source = FrameworkSource::for_app(path)?;
    let destination = Destination::claim(path)?;
    copy(&destination, choices, &source)?;
    if choices.has_accounts {
        generate::auth_in(destination.root())?;
    }
    lock::write(&destination)?;
    let scaffolds = args.scaffolds.iter();
    let scaffolds = scaffolds
        .map(|line| Ok((line, generate::scaffold_in(destination.root(), line)?)))
        .collect::<Result<Vec<_>, CliError>>()?;
    // Only now: what is printed as done stays.
    ui::done("created", given.display());
    ui::done("with", choices.describe());
    if choices.has_accounts {
        ui::done("accounts", "at `/api/v1/auth`");
    }
    for (line, note) in scaffolds {
        match note {
            Some(note) => ui::done("scaffold", format_args!("{line}: {note}")),
            None => ui::done("scaffold", line),
        }
    }
    if !args.no_git {
        let outcome = git::first_commit(destination.root(), choices.name.package());
        ui::done("git", outcome.line());
    }
    let root = destination.keep();
    if let Some(note) = workspace::note(&root)? {
        anstream::println!("\n{note}");
    }
    Ok(root)
}

fn copy(
    destination: &Destination,
    choices: &Choices,
    source: &FrameworkSource,
) -> Result<(), CliError> {
    let renderer = Renderer {
        database: choices.database,
        name: &choices.name,
    };
    for file in choices.template.files() {
        let mut content = renderer.render(file.content);
        if file.path == "Cargo.toml" {
            content = source.write_to(&content, choices.database)?;
        }
        destination.write(file.path, &content)?;
    }
    Ok(())
}
