//! `cargo fw destroy`: takes back what `generate` made, as long as nobody has changed it since.

use std::{env, path::Path};

use clap::{Parser, Subcommand};

use crate::{
    error::CliError,
    generate::{self, built_on, migration_name, recorded},
    plan::{self, Mode, Output, Plan, State, execute},
    project::{Names, Project, module_name, singular},
};

/// The words of `cargo fw destroy`.
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = MANUAL)]
pub struct Args {
    /// What to take back
    #[command(subcommand)]
    pub command: Command,
}

const MANUAL: &str = "\
Removes the files and exactly the lines that `cargo fw generate` made. Files that were edited since then are listed and
stay, unless `--force` is given; then nothing else is removed either, unless `--skip` is given.

A database in which the table was made already keeps it: run `cargo fw db rollback` before.

Example:
  cargo fw destroy scaffold post";

/// One of the generators.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Takes back `generate scaffold`
    #[command(after_help = "Example:\n  cargo fw destroy scaffold post")]
    Scaffold(Target),
    /// Takes back `generate model`
    #[command(after_help = "Example:\n  cargo fw destroy model audit_entry")]
    Model(Target),
    /// Takes back `generate migration`
    #[command(after_help = "Example:\n  cargo fw destroy migration add_rating_to_posts")]
    Migration(Target),
    /// Takes back `generate controller`
    #[command(after_help = "Example:\n  cargo fw destroy controller pages")]
    Controller(Target),
    /// Takes back `generate task`
    #[command(after_help = "Example:\n  cargo fw destroy task drafts:prune")]
    Task(Target),
    /// Takes back `generate middleware`
    #[command(after_help = "Example:\n  cargo fw destroy middleware tenant")]
    Middleware(Target),
}

/// What is taken back.
#[derive(clap::Args, Clone, Debug)]
pub struct Target {
    /// The name that it was generated with
    pub name: String,
    /// How to show it and what to do about conflicts
    #[command(flatten)]
    pub output: Output,
}

impl Command {
    /// What is going to be done.
    pub fn plan(&self, project: &Project) -> Result<Plan, CliError> {
        let plan = match self {
            Self::Scaffold(target) => table(project, "scaffold", &target.name),
            Self::Model(target) => table(project, "model", &target.name),
            Self::Migration(target) => migration(project, &target.name),
            Self::Controller(target) => controller(project, &target.name),
            Self::Task(target) => {
                let module = target.name.replace(':', "_");
                require(
                    project,
                    "task",
                    &target.name,
                    &format!("src/tasks/{module}.rs"),
                )?;
                again(project, &["task", &target.name])
            }
            Self::Middleware(target) => {
                let module = module_name(&target.name, "middleware")?;
                require(
                    project,
                    "middleware",
                    &target.name,
                    &format!("src/middleware/{module}.rs"),
                )?;
                again(project, &["middleware", &target.name])
            }
        }?;
        let resolved = plan.resolve(project)?;
        if resolved
            .changes
            .iter()
            .all(|change| change.state == State::Gone)
        {
            return Err(CliError::failed(format!(
                "there is nothing left of `{}`",
                self.target().name
            )));
        }
        Ok(plan)
    }

    fn target(&self) -> &Target {
        match self {
            Self::Scaffold(target)
            | Self::Model(target)
            | Self::Migration(target)
            | Self::Controller(target)
            | Self::Task(target)
            | Self::Middleware(target) => target,
        }
    }
}

/// Takes something back in the app that the current folder is in.
pub fn run(args: Args) -> Result<(), CliError> {
    let here =
        env::current_dir().map_err(|error| CliError::io("cannot find", Path::new("."), &error))?;
    let command = args.command;
    let output = &command.target().output;
    let opened = plan::open(&here, output)?;
    let plan = command.plan(&opened.project)?;
    execute(&opened.project, plan, output, Mode::Loud)?;
    Ok(())
}

/// A scaffold or a model: the migration tells how it was generated.
fn table(project: &Project, generator: &str, input: &str) -> Result<Plan, CliError> {
    let names = Names::resource(input)?;
    let table = &names.plural;
    let migration = format!("create_{table}");
    let words = project
        .migration(&migration)
        .and_then(|migration| recorded(&migration.source))
        .ok_or_else(|| nothing_known(&format!("src/{table}")))?;
    if words.first().is_none_or(|first| first != generator) {
        let made_by = words.first().map_or("hand", String::as_str);
        return Err(
            CliError::failed(format!("`{table}` was made by `generate {made_by}`"))
                .hint(format!("cargo fw destroy {made_by} {}", names.singular)),
        );
    }
    if let Some(other) = project.schema().referring_to(table).first() {
        return Err(
            CliError::failed(format!("the table `{other}` refers to `{table}`"))
                .hint(format!("cargo fw destroy scaffold {}", singular(other))),
        );
    }
    let mut plan = again(
        project,
        &words.iter().map(String::as_str).collect::<Vec<_>>(),
    )?;
    let later = built_on(project, &migration);
    if later.is_empty() {
        plan.notes.push(applied(table));
    } else {
        plan.ops
            .retain(|op| !op.path().starts_with("src/migrations/"));
        plan.notes.push(format!(
            "the migration `{migration}` stays, because `{}` builds on it\n\
             hint: to drop the table: cargo fw generate migration drop_{table}",
            later.join("`, `")
        ));
    }
    Ok(plan)
}

fn migration(project: &Project, input: &str) -> Result<Plan, CliError> {
    let name = migration_name(input)?;
    let migration = project.migration(&name).ok_or_else(|| {
        let known: Vec<&str> = project
            .migrations
            .iter()
            .map(crate::project::Migration::name)
            .collect();
        let error = CliError::failed(format!("there is no migration `{name}`"));
        if known.is_empty() {
            error
        } else {
            error.hint(format!("the migrations are `{}`", known.join("`, `")))
        }
    })?;
    let file = format!("src/migrations/{}.rs", migration.module);
    let words = recorded(&migration.source).ok_or_else(|| nothing_known(&file))?;
    if let [generator @ ("scaffold" | "model"), resource, ..] = words
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        return Err(
            CliError::failed(format!("`{name}` was made by `generate {generator}`"))
                .hint(format!("cargo fw destroy {generator} {resource}")),
        );
    }
    let later = built_on(project, &name);
    if let Some(newest) = later.last() {
        return Err(CliError::failed(format!("`{newest}` builds on `{name}`"))
            .hint("destroy the newer migration first, or write one that undoes this one"));
    }
    let mut plan = again(
        project,
        &words.iter().map(String::as_str).collect::<Vec<_>>(),
    )?;
    plan.notes.push(applied(&name));
    Ok(plan)
}

fn controller(project: &Project, input: &str) -> Result<Plan, CliError> {
    let name = module_name(input, "controller")?;
    let file = format!("src/{name}/mod.rs");
    require(project, "controller", input, &file)?;
    let words = project
        .text(&file)?
        .and_then(|source| recorded(&source))
        .filter(|words| words.first().is_some_and(|first| first == "controller"))
        .ok_or_else(|| nothing_known(&file))?;
    again(
        project,
        &words.iter().map(String::as_str).collect::<Vec<_>>(),
    )
}

/// The inverse of what these words generated.
fn again(project: &Project, words: &[&str]) -> Result<Plan, CliError> {
    #[derive(Parser)]
    #[command(no_binary_name = true)]
    struct Words {
        #[command(subcommand)]
        command: generate::Command,
    }
    let words = Words::try_parse_from(words).map_err(|error| {
        CliError::failed(format!("what was generated cannot be understood: {error}"))
    })?;
    let plan = match &words.command {
        generate::Command::Scaffold(args) => args.past_plan(project)?,
        generate::Command::Model(args) => args.past_plan(project)?,
        command => command.plan(project)?,
    };
    Ok(plan.inverse())
}

fn require(project: &Project, what: &str, name: &str, file: &str) -> Result<(), CliError> {
    match project.text(file)? {
        Some(_) => Ok(()),
        None => Err(CliError::failed(format!(
            "there is no {what} `{name}`: no file `{file}`"
        ))),
    }
}

fn nothing_known(path: &str) -> CliError {
    CliError::failed(format!("nothing says how `{path}` was generated"))
        .hint("only what `cargo fw generate` made can be taken back; remove it by hand")
}

fn applied(what: &str) -> String {
    format!(
        "a database in which `{what}` was applied still has it\n\
         hint: `cargo fw db reset` makes the database of development anew; next time run `cargo fw db rollback` first"
    )
}
