//! The command `cargo fw destroy`, which removes what `generate` wrote, as long as nobody has changed it since.

use std::{env, path::Path};

use clap::{ArgMatches, Args as _, FromArgMatches, Subcommand, error::ErrorKind};

use crate::{
    error::CliError,
    generate::{self, Entry},
    plan::{self, Artifact, Key, Op, OutputOptions, Plan, Records, State, Verbosity, execute},
    project::Project,
};

/// The arguments of `cargo fw destroy`.
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = MANUAL)]
pub struct Args {
    /// The generator and the name
    #[command(subcommand)]
    pub command: Command,
}

const MANUAL: &str = "\
Removes the files and exactly the lines that `cargo fw generate` made. Files that were edited since then are listed and
stay, unless `--force` is given; then nothing else is removed either, unless `--skip` is given.

A database in which the table was made already keeps it: run `cargo fw db rollback` before.

Example:
  cargo fw destroy scaffold post";

/// A generator and the name of what it generated.
#[derive(Clone, Debug)]
pub struct Command {
    generator: &'static Entry,
    name: String,
    output: OutputOptions,
}

/// The arguments of one of the generators.
#[derive(clap::Args)]
struct Target {
    /// The name that it was generated with
    #[arg(required = true)]
    name: Option<String>,
    #[command(flatten)]
    output: OutputOptions,
}

impl Command {
    /// The plan of the removal.
    pub fn plan(&self, project: &Project) -> Result<Plan, CliError> {
        let key = Key {
            generator: self.generator.name.to_owned(),
            name: (self.generator.key)(&self.name)?,
        };
        let records = Records::read(&project.root)?;
        records.check(&key)?;
        let artifacts = match records.find(&key) {
            Some(record) => record.artifacts.clone(),
            None => self.regenerated(project)?,
        };
        let mut plan = Plan::removing(artifacts);
        let files = records.files(&key).into_iter();
        plan.ops.extend(files.map(|path| Op::RemoveRecord { path }));
        (self.generator.adjust_removal)(project, &self.name, &mut plan)?;
        let resolved = plan.resolve(project)?;
        if resolved
            .changes
            .iter()
            .all(|change| change.state == State::Gone)
        {
            let name = if self.name.is_empty() {
                self.generator.name
            } else {
                &self.name
            };
            return Err(CliError::failed(format!(
                "there is nothing left of `{name}`"
            )));
        }
        Ok(plan)
    }

    /// The artifacts that the generator would write today, for a lost record; right if the templates are still the
    /// same.
    fn regenerated(&self, project: &Project) -> Result<Vec<Artifact>, CliError> {
        let args = (self.generator.origin)(project, &self.name)?;
        let plan = generate::Command::of(&args)?.unrecorded_plan(project)?;
        Ok(plan.into_artifacts())
    }
}

impl Subcommand for Command {
    fn augment_subcommands(command: clap::Command) -> clap::Command {
        let commands = generate::ALL.iter().map(|generator| {
            let name = generator.name;
            let command = Target::augment_args(clap::Command::new(name))
                .about(format!("Removes what `generate {name}` made"));
            match generator.example {
                // An application has it once.
                Some("") => command
                    .mut_arg("name", |arg| arg.required(false).hide(true))
                    .after_help(format!("Example:\n  cargo fw destroy {name}")),
                Some(example) => {
                    command.after_help(format!("Example:\n  cargo fw destroy {name} {example}"))
                }
                // It says what to do instead.
                None => command
                    .hide(true)
                    .mut_arg("name", |arg| arg.required(false))
                    .after_help(format!("Example:\n  cargo fw destroy {name}")),
            }
        });
        command
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommands(commands)
    }

    fn augment_subcommands_for_update(command: clap::Command) -> clap::Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        generate::find(name).is_some()
    }
}

impl FromArgMatches for Command {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let (generator, matches) = matches
            .subcommand()
            .and_then(|(name, matches)| Some((generate::find(name)?, matches)))
            .ok_or_else(|| clap::Error::new(ErrorKind::MissingSubcommand))?;
        let target = Target::from_arg_matches(matches)?;
        Ok(Self {
            generator,
            name: target.name.unwrap_or_default(),
            output: target.output,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Removes something in the app around the current folder.
pub fn run(args: Args) -> Result<(), CliError> {
    let here =
        env::current_dir().map_err(|error| CliError::io("cannot find", Path::new("."), &error))?;
    let command = args.command;
    let output = &command.output;
    let opened = plan::open(&here, output)?;
    let plan = command.plan(&opened.project)?;
    execute(&opened.project, plan, output, Verbosity::Normal)?;
    Ok(())
}
