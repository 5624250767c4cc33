//! The trait of generators: a name, arguments on the command line, and a plan that is made of them.

use std::{env, fmt, path::Path};

use clap::ArgMatches;

use crate::{
    error::CliError,
    plan::{self, OutputOptions, Plan, Recording, Records, Verbosity, execute},
    project::Project,
};

/// A generator. Its fields are its arguments on the command line, with their help; [`ALL`](super::ALL) lists it.
pub trait Generator: clap::Args + fmt::Debug + 'static {
    /// The name after `cargo fw generate`.
    const NAME: &'static str;
    /// The line of the help that says what it generates.
    const ABOUT: &'static str;
    /// An example of a name for the help of `cargo fw destroy`, empty for what an application has once; `None` if what it generates cannot be
    /// destroyed.
    const EXAMPLE: Option<&'static str>;

    /// The arguments after `cargo fw generate` in their normal form: the same for all spellings.
    fn arguments(&self) -> Result<Vec<String>, CliError>;

    /// The name of what is generated in its normal form, under which the record is kept.
    fn key(name: &str) -> Result<String, CliError>;

    /// The plan of the files and edits. Touches nothing.
    fn plan(&self, project: &Project) -> Result<Plan, CliError>;

    /// Refuses other arguments than before, where they would change what a generator cannot change.
    fn check(&self, _project: &Project) -> Result<(), CliError> {
        Ok(())
    }

    /// The plan together with the record to keep of it.
    fn plan_recorded(&self, project: &Project) -> Result<Plan, CliError> {
        let recording = match Self::EXAMPLE {
            Some(_) => Some(Recording::of(self.arguments()?, Self::key)?),
            None => None,
        };
        // The same arguments ask for the same, whatever the templates have become since.
        let is_repeated = match &recording {
            Some(recording) => {
                let records = Records::read(&project.root)?;
                records.check(&recording.key)?;
                records.has(recording)
            }
            None => false,
        };
        if !is_repeated {
            self.check(project)?;
        }
        Ok(Plan {
            record: recording,
            ..self.plan(project)?
        })
    }

    /// Completes optional arguments by asking, if there is a terminal. Returns a note about them.
    fn complete(
        &mut self,
        _project: &Project,
        _output: &OutputOptions,
    ) -> Result<Option<String>, CliError> {
        Ok(None)
    }

    /// Generates into the application around the current folder.
    fn run(mut self, output: &OutputOptions) -> Result<(), CliError> {
        let here = env::current_dir()
            .map_err(|error| CliError::io("cannot find", Path::new("."), &error))?;
        let opened = plan::open(&here, output)?;
        let note = self.complete(&opened.project, output)?;
        let mut plan = self.plan_recorded(&opened.project)?;
        plan.notes.splice(0..0, note);
        execute(&opened.project, plan, output, Verbosity::Normal)?;
        Ok(())
    }

    /// The arguments after `cargo fw generate` that wrote what has this name, as far as the files themselves tell: for
    /// what has no record.
    fn origin(_project: &Project, name: &str) -> Result<Vec<String>, CliError> {
        Ok(vec![Self::NAME.to_owned(), name.to_owned()])
    }

    /// Refuses to remove what others build on, or leaves out of the plan what has to stay.
    fn adjust_removal(_project: &Project, _name: &str, _plan: &mut Plan) -> Result<(), CliError> {
        Ok(())
    }
}

/// An entry in the list of generators, with all that the command line needs.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The name after `cargo fw generate`.
    pub name: &'static str,
    about: &'static str,
    /// An example of a name, for the help.
    pub example: Option<&'static str>,
    augment: fn(clap::Command) -> clap::Command,
    parse: fn(&ArgMatches) -> Result<Box<dyn Runnable>, clap::Error>,
    /// [`Generator::key`].
    pub key: fn(&str) -> Result<String, CliError>,
    /// [`Generator::origin`].
    pub origin: fn(&Project, &str) -> Result<Vec<String>, CliError>,
    /// [`Generator::adjust_removal`].
    pub adjust_removal: fn(&Project, &str, &mut Plan) -> Result<(), CliError>,
}

impl Entry {
    pub(super) const fn of<G: Generator>() -> Self {
        Self {
            name: G::NAME,
            about: G::ABOUT,
            example: G::EXAMPLE,
            augment: G::augment_args,
            parse: |matches| Ok(Box::new(G::from_arg_matches(matches)?)),
            key: G::key,
            origin: G::origin,
            adjust_removal: G::adjust_removal,
        }
    }

    /// The subcommand of the generator.
    pub(super) fn command(&self) -> clap::Command {
        let command = (self.augment)(clap::Command::new(self.name));
        <OutputOptions as clap::Args>::augment_args(command).about(self.about)
    }

    /// The generator with its parsed arguments.
    pub(super) fn parse(&self, matches: &ArgMatches) -> Result<Box<dyn Runnable>, clap::Error> {
        (self.parse)(matches)
    }
}

/// A generator with its arguments, as a trait object.
pub trait Runnable: fmt::Debug {
    /// [`Generator::plan_recorded`].
    fn plan(&self, project: &Project) -> Result<Plan, CliError>;
    /// [`Generator::plan`], without the record.
    fn unrecorded_plan(&self, project: &Project) -> Result<Plan, CliError>;
    /// [`Generator::run`].
    fn run(self: Box<Self>, output: &OutputOptions) -> Result<(), CliError>;
}

impl<G: Generator> Runnable for G {
    fn plan(&self, project: &Project) -> Result<Plan, CliError> {
        self.plan_recorded(project)
    }

    fn unrecorded_plan(&self, project: &Project) -> Result<Plan, CliError> {
        Generator::plan(self, project)
    }

    fn run(self: Box<Self>, output: &OutputOptions) -> Result<(), CliError> {
        Generator::run(*self, output)
    }
}
