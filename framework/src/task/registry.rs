//! The registry of an application's tasks, by name.

use std::{path::Path, pin::Pin};

use clap::{ArgMatches, Command, Parser};

use super::{TaskError, arguments, paths, report};
use crate::{context::AppContext, error::Result};

/// The similarity (0–1, Jaro–Winkler) from which on a name is suggested.
const SIMILAR: f64 = 0.75;

/// A task: a command of the application that is run by name. The struct has its arguments, its doc comment is its help.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a task",
    note = "derive `clap::Parser` and implement `fw::task::Task` with a `NAME` and `async fn run(self, ctx: &AppContext) -> Result<()>`"
)]
pub trait Task: Parser + Send + Sync + 'static {
    /// The name on the command line, such as `drafts:prune`: lower-case words with `:` between them.
    const NAME: &'static str;

    /// True if the database must be reachable before the task starts. Default `true`; with `false` the context's database is
    /// opened at its first use.
    const NEEDS_DATABASE: bool = true;

    /// True if the task ends by itself when [`AppContext::draining`] is cancelled, which then happens at SIGINT and SIGTERM. Default
    /// `false`: the signals end the process in the middle of the task, as they end any program. A second signal always does.
    const WATCHES_DRAINING: bool = false;

    /// Runs the task. An error is printed, and the process exits with 1.
    fn run(self, ctx: &AppContext) -> impl Future<Output = Result<()>> + Send;
}

/// The name and description of a task, an element of [`Tasks::list`]. See [`Tasks`] for an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskInfo {
    /// The name on the command line.
    pub name: &'static str,
    /// The description, in one line.
    pub about: String,
}

/// The list of an application's tasks.
///
/// ```
/// use clap::Parser;
/// use fw::prelude::*;
///
/// /// Sums numbers up
/// #[derive(Parser)]
/// struct Sum {
///     #[arg(long)]
///     numbers: Vec<u32>,
/// }
///
/// impl Task for Sum {
///     const NAME: &'static str = "sum";
///     const NEEDS_DATABASE: bool = false;
///
///     async fn run(self, _: &AppContext) -> Result<()> {
///         println!("{}", self.numbers.iter().sum::<u32>());
///         Ok(())
///     }
/// }
///
/// // In `Hooks::tasks`:
/// let tasks = Tasks::new().add::<Sum>();
///
/// assert_eq!(tasks.list()[0].about, "Sums numbers up");
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn run(tasks: Tasks) -> Result<()> {
/// # let mut config = fw::config::Config::default();
/// # config.database.url = "sqlite::memory:".into();
/// # let db = fw::db::Db::lazy(&config.database)?;
/// # let ctx = AppContext::builder("blog", config, db).build();
/// let prepared = tasks.prepare("sum", &["numbers:3".to_owned(), "numbers:4".to_owned()])?;
/// assert!(!prepared.needs_database());
/// prepared.run(&ctx).await?;
/// # Ok(())
/// # }
/// # run(tasks).unwrap();
/// ```
#[derive(Default)]
pub struct Tasks {
    entries: Vec<Entry>,
}

/// A task with its arguments, ready to run. See [`Tasks`] for an example.
pub struct PreparedTask {
    needs_database: bool,
    watches_draining: bool,
    run: Run,
}

type Run = Box<dyn for<'a> FnOnce(&'a AppContext) -> Running<'a> + Send>;
type Running<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

struct Entry {
    name: &'static str,
    needs_database: bool,
    watches_draining: bool,
    command: fn() -> Command,
    parse: fn(&mut ArgMatches) -> Result<Run, clap::Error>,
}

impl Tasks {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a task.
    #[must_use]
    pub fn add<T: Task>(mut self) -> Self {
        self.entries.push(Entry {
            name: T::NAME,
            needs_database: T::NEEDS_DATABASE,
            watches_draining: T::WATCHES_DRAINING,
            command: T::command,
            parse: |matches| {
                let task = T::from_arg_matches_mut(matches)?;
                Ok(Box::new(move |ctx| Box::pin(task.run(ctx))))
            },
        });
        self
    }

    /// Adds all tasks of another list.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.entries.extend(other.entries);
        self
    }

    /// Checks the list. Fails if a name is malformed or used twice.
    pub fn check(&self) -> Result<(), TaskError> {
        for (index, entry) in self.entries.iter().enumerate() {
            let name = entry.name;
            if !is_name(name) {
                return Err(TaskError::Name {
                    name: name.to_owned(),
                });
            }
            if self.entries[..index]
                .iter()
                .any(|earlier| earlier.name == name)
            {
                return Err(TaskError::Duplicate {
                    name: name.to_owned(),
                });
            }
        }
        Ok(())
    }

    /// All tasks, by name.
    pub fn list(&self) -> Vec<TaskInfo> {
        let mut list: Vec<TaskInfo> = self
            .entries
            .iter()
            .map(|entry| TaskInfo {
                name: entry.name,
                about: (entry.command)()
                    .get_about()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
            })
            .collect();
        list.sort_by_key(|info| info.name);
        list
    }

    /// Finds a task and parses its arguments: `--key value`, `key:value` or `key=value`.
    ///
    /// Fails for an unknown task, for wrong arguments, when `--help` is asked for, and as [`check`](Self::check) does.
    pub fn prepare(&self, name: &str, arguments: &[String]) -> Result<PreparedTask, TaskError> {
        self.prepare_in(None, name, arguments)
    }

    /// Finds a task and parses its arguments as [`prepare`](Self::prepare) does; paths among them are relative to `folder`.
    pub(crate) fn prepare_in(
        &self,
        folder: Option<&Path>,
        name: &str,
        arguments: &[String],
    ) -> Result<PreparedTask, TaskError> {
        self.check()?;
        let entry = self
            .entries
            .iter()
            .find(|entry| entry.name == name)
            .ok_or_else(|| self.unknown(name))?;
        let called = crate::env::command(&format!("task {name}"));
        let mut command = (entry.command)().no_binary_name(true).bin_name(&called);
        if let Some(folder) = folder {
            command = paths::relative_to(folder, command);
        }
        let arguments = arguments::translate(&command, arguments);
        let run = command
            .try_get_matches_from_mut(arguments)
            .and_then(|mut matches| (entry.parse)(&mut matches))
            .map_err(|error| {
                let error = error.format(&mut command);
                TaskError::Usage(report::named(error, &called))
            })?;
        Ok(PreparedTask {
            needs_database: entry.needs_database,
            watches_draining: entry.watches_draining,
            run,
        })
    }

    /// Finds a task, parses its arguments and runs it. Fails as [`prepare`](Self::prepare) does, and with the error of the task.
    pub async fn run(&self, name: &str, arguments: &[String], ctx: &AppContext) -> Result<()> {
        self.prepare(name, arguments)?.run(ctx).await
    }

    fn unknown(&self, name: &str) -> TaskError {
        let names: Vec<String> = self
            .list()
            .into_iter()
            .map(|info| info.name.to_owned())
            .collect();
        let suggestion = names
            .iter()
            .map(|known| (strsim::jaro_winkler(name, known), known))
            .filter(|(similarity, _)| *similarity >= SIMILAR)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, known)| known.clone());
        TaskError::Unknown {
            name: name.to_owned(),
            suggestion,
            names,
        }
    }
}

impl PreparedTask {
    /// Returns true if the database must be reachable, see [`Task::NEEDS_DATABASE`].
    pub fn needs_database(&self) -> bool {
        self.needs_database
    }

    /// Returns true if the task ends by itself, see [`Task::WATCHES_DRAINING`].
    pub fn watches_draining(&self) -> bool {
        self.watches_draining
    }

    /// Runs the task.
    pub async fn run(self, ctx: &AppContext) -> Result<()> {
        (self.run)(ctx).await
    }
}

fn is_name(name: &str) -> bool {
    name.split(':').all(|word| {
        word.starts_with(|first: char| first.is_ascii_lowercase())
            && word
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-')
    })
}

#[cfg(test)]
mod tests;
