//! What every generator is: a name, its words on the command line, and a plan that is made of them.

use std::{env, fmt, path::Path};

use clap::ArgMatches;

use crate::{
    error::CliError,
    plan::{self, Mode, Output, Plan, Recording, Records, execute},
    project::Project,
};

/// A generator. Its fields are its words on the command line, with their help; [`ALL`](super::ALL) lists it.
pub trait Generator: clap::Args + fmt::Debug + 'static {
    /// Its name after `cargo fw generate`.
    const NAME: &'static str;
    /// What it makes, in one line of the help.
    const ABOUT: &'static str;
    /// A name to take back, for the help of `cargo fw destroy`; `None` when what it makes is not taken back.
    const EXAMPLE: Option<&'static str>;

    /// The words after `cargo fw generate` that ask for the same, in one form whatever was typed.
    fn words(&self) -> Result<Vec<String>, CliError>;

    /// The name of what is made, in one form whatever was typed: its record is kept under it.
    fn key(name: &str) -> Result<String, CliError>;

    /// What is going to be done. Touches nothing.
    fn plan(&self, project: &Project) -> Result<Plan, CliError>;

    /// Refuses other words for what was made already, where they would change what cannot be changed in this way.
    fn check(&self, _project: &Project) -> Result<(), CliError> {
        Ok(())
    }

    /// What is going to be done, with the record to keep of it.
    fn plan_recorded(&self, project: &Project) -> Result<Plan, CliError> {
        let recording = match Self::EXAMPLE {
            Some(_) => Some(Recording::of(self.words()?, Self::key)?),
            None => None,
        };
        // The same words ask for the same, whatever the templates have become since.
        let is_repeated = match &recording {
            Some(recording) => Records::read(&project.root)?.has(recording),
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

    /// Completes words that may be left out, by asking where there is somebody to ask. Gives what to tell about it.
    fn complete(
        &mut self,
        _project: &Project,
        _output: &Output,
    ) -> Result<Option<String>, CliError> {
        Ok(None)
    }

    /// Generates into the application that the current folder is in.
    fn run(mut self, output: &Output) -> Result<(), CliError> {
        let here = env::current_dir()
            .map_err(|error| CliError::io("cannot find", Path::new("."), &error))?;
        let opened = plan::open(&here, output)?;
        let note = self.complete(&opened.project, output)?;
        let mut plan = self.plan_recorded(&opened.project)?;
        plan.notes.splice(0..0, note);
        execute(&opened.project, plan, output, Mode::Loud)?;
        Ok(())
    }

    /// The words after `cargo fw generate` that made what has this name, as far as the files themselves tell: for what has
    /// no record.
    fn made_by(_project: &Project, name: &str) -> Result<Vec<String>, CliError> {
        Ok(vec![Self::NAME.to_owned(), name.to_owned()])
    }

    /// Refuses to take back what others build on, or leaves out of the plan what has to stay.
    fn settle(_project: &Project, _name: &str, _plan: &mut Plan) -> Result<(), CliError> {
        Ok(())
    }
}

/// A generator of the list: what the command line needs to know of it.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name after `cargo fw generate`.
    pub name: &'static str,
    about: &'static str,
    /// A name to take back, for the help.
    pub example: Option<&'static str>,
    augment: fn(clap::Command) -> clap::Command,
    parse: fn(&ArgMatches) -> Result<Box<dyn Runnable>, clap::Error>,
    /// [`Generator::key`].
    pub key: fn(&str) -> Result<String, CliError>,
    /// [`Generator::made_by`].
    pub made_by: fn(&Project, &str) -> Result<Vec<String>, CliError>,
    /// [`Generator::settle`].
    pub settle: fn(&Project, &str, &mut Plan) -> Result<(), CliError>,
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
            made_by: G::made_by,
            settle: G::settle,
        }
    }

    /// The command of the generator.
    pub(super) fn command(&self) -> clap::Command {
        let command = (self.augment)(clap::Command::new(self.name));
        <Output as clap::Args>::augment_args(command).about(self.about)
    }

    /// The generator with the words that it was given.
    pub(super) fn parse(&self, matches: &ArgMatches) -> Result<Box<dyn Runnable>, clap::Error> {
        (self.parse)(matches)
    }
}

/// A generator with its words, whichever it is.
pub trait Runnable: fmt::Debug {
    /// [`Generator::plan_recorded`].
    fn plan(&self, project: &Project) -> Result<Plan, CliError>;
    /// What was done once, whatever was done to the application later.
    fn past_plan(&self, project: &Project) -> Result<Plan, CliError>;
    /// [`Generator::run`].
    fn run(self: Box<Self>, output: &Output) -> Result<(), CliError>;
}

impl<G: Generator> Runnable for G {
    fn plan(&self, project: &Project) -> Result<Plan, CliError> {
        self.plan_recorded(project)
    }

    fn past_plan(&self, project: &Project) -> Result<Plan, CliError> {
        Generator::plan(self, project)
    }

    fn run(self: Box<Self>, output: &Output) -> Result<(), CliError> {
        Generator::run(*self, output)
    }
}
