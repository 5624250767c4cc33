//! The command line arguments of an application's binary.

use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::{
    config::duration,
    queue::store::{BatchId, JobId, State},
};

/// The arguments of the application.
#[derive(Debug, Parser)]
#[command(
    about = "Runs the application and its tasks",
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Example:\n  start --port 8080"
)]
pub(super) struct Arguments {
    /// The environment: development, test, production or a name of your own [env: `FW_ENV`; default: development]
    #[arg(short, long, global = true, value_name = "NAME")]
    pub(super) environment: Option<String>,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serves requests until SIGTERM or SIGINT
    #[command(visible_alias = "s")]
    Start(Start),
    /// Creates, migrates, seeds, shows and drops the database
    #[command(subcommand)]
    Db(Db),
    /// Runs a task, or lists the tasks
    Task(Task),
    /// Shows the background jobs, and replays, cancels and deletes them
    #[command(subcommand)]
    Jobs(Jobs),
    /// Lists the schedule: jobs and tasks with their times, and the next of them
    Schedule(Format),
    /// Lists the routes: method, path, who may call, handler
    Routes(Format),
    /// Prints the description of the API: OpenAPI 3.1, as JSON
    #[cfg(feature = "openapi")]
    Openapi,
    /// Lists the middleware in the order in which a request meets it, with its settings
    Middleware(Format),
    /// Shows the effective configuration and where each value comes from; secrets are masked
    Config(Format),
    /// Checks configuration, database and migrations
    Doctor(Doctor),
    /// Shows the versions of the application and of Framewright
    Version,
}

#[derive(Debug, Args)]
#[command(
    after_help = "In development the database is created and migrated first; elsewhere pending migrations stop the start.\n\nExample:\n  start --host 0.0.0.0 --port 8080 --migrate"
)]
pub(super) struct Start {
    /// The address to listen on, instead of `server.host`
    #[arg(long, value_name = "ADDRESS")]
    pub(super) host: Option<String>,
    /// The port to listen on, instead of `server.port`; 0 takes any free one
    #[arg(short, long)]
    pub(super) port: Option<u16>,
    /// Applies pending migrations first, in any environment
    #[arg(long)]
    pub(super) migrate: bool,
    /// Runs only jobs and the schedule: serves no requests
    #[arg(long, conflicts_with_all = ["no_worker", "host", "port"])]
    pub(super) worker: bool,
    /// Runs jobs of these queues only, as in `--queues mail,default`
    #[arg(long, value_name = "NAMES", value_delimiter = ',', requires = "worker")]
    pub(super) queues: Vec<String>,
    /// Serves requests and runs neither jobs nor the schedule, whatever `jobs.run` says
    #[arg(long)]
    pub(super) no_worker: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  task\n  task db:backup --keep 7\n  task db:backup keep:7\n  task db:backup --help"
)]
pub(super) struct Task {
    /// The name of the task and its arguments, as `--key value` or `key:value`
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "NAME [ARGUMENTS]"
    )]
    pub(super) words: Vec<String>,
}

#[derive(Debug, Subcommand)]
#[command(after_help = format!("Examples:\n  {} --state dead\n  {}", crate::env::command("jobs list"), crate::env::command("jobs retry --dead")))]
pub(super) enum Jobs {
    /// Lists jobs, the newest first
    List {
        #[command(flatten)]
        filter: Filter,
        /// The last job of the page before
        #[arg(long, value_name = "ID")]
        before: Option<JobId>,
        /// The maximum number of jobs
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
        #[command(flatten)]
        format: Format,
    },
    /// Shows a job with the errors of its tries
    Show {
        id: JobId,
        #[command(flatten)]
        format: Format,
    },
    /// Runs dead or cancelled jobs again, with all their tries
    Retry {
        #[arg(required_unless_present = "dead")]
        ids: Vec<JobId>,
        /// All dead letters that the filter matches
        #[arg(long, conflicts_with = "ids")]
        dead: bool,
        #[command(flatten)]
        filter: Filter,
    },
    /// Cancels jobs that have not ended
    Cancel {
        #[arg(required = true)]
        ids: Vec<JobId>,
    },
    /// Deletes jobs that have ended
    Purge {
        ids: Vec<JobId>,
        #[command(flatten)]
        filter: Filter,
    },
    /// Pauses a queue: nothing new begins
    Pause { queue: String },
    /// Resumes a queue
    Resume { queue: String },
    /// Counts the jobs of each queue
    Stats(Format),
}

/// A filter of jobs.
#[derive(Debug, Args)]
pub(super) struct Filter {
    /// Jobs in this state; may be given more than once
    #[arg(long)]
    pub(super) state: Vec<State>,
    /// Jobs of this queue
    #[arg(long)]
    pub(super) queue: Option<String>,
    /// Jobs of this name
    #[arg(long)]
    pub(super) name: Option<String>,
    /// Jobs of the batch with this id
    #[arg(long)]
    pub(super) batch: Option<BatchId>,
    /// Jobs that ended longer ago, such as `30d`
    #[arg(long, value_name = "TIME", value_parser = age)]
    pub(super) older_than: Option<Duration>,
}

fn age(text: &str) -> Result<Duration, &'static str> {
    duration::parse(text).ok_or("write a duration such as `12h` or `30d`")
}

#[derive(Debug, Args)]
pub(super) struct Format {
    /// Prints JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Also checks what weakens a server on the internet
    #[arg(long)]
    pub(super) deploy: bool,
    /// Checks only what needs no database and no secret, as in a pipeline before a deployment
    #[arg(long = "static")]
    pub(super) is_static: bool,
}

#[derive(Debug, Subcommand)]
#[command(after_help = format!("Example:\n  {} && {}", crate::env::command("db migrate"), crate::env::command("db seed")))]
pub(super) enum Db {
    /// Creates the database unless it exists
    Create,
    /// Applies pending migrations
    Migrate {
        #[command(flatten)]
        steps: Steps,
        /// PostgreSQL: the time to wait for a lock before others pass and it is tried again [default: `database.lock_timeout`]
        #[arg(long, value_name = "TIME", value_parser = lock_timeout)]
        lock_timeout: Option<Duration>,
    },
    /// Undoes the latest migration, or more
    Rollback {
        #[command(flatten)]
        steps: Steps,
        #[command(flatten)]
        production: Production,
    },
    /// Drops the database, creates it anew, applies all migrations and seeds it
    Reset {
        #[command(flatten)]
        production: Production,
    },
    /// Lists the migrations and whether they are applied
    Status(Format),
    /// Fills the database with the application's first data
    Seed,
    /// Drops the database with everything in it
    Drop {
        #[command(flatten)]
        production: Production,
    },
    /// Opens the database's own shell: `sqlite3` or `psql`
    Console,
}

impl Db {
    /// Returns whether the command runs code of the application that may use its settings.
    pub(super) fn needs_settings(&self) -> bool {
        matches!(self, Self::Reset { .. } | Self::Seed)
    }
}

/// The number of migrations that a command is about.
#[derive(Debug, Args)]
pub(super) struct Steps {
    /// The number of migrations, at least 1 [default: all of them to apply, one to undo]
    #[arg(long, value_name = "N", value_parser = number_of_migrations)]
    steps: Option<usize>,
    /// The same without a name.
    #[arg(value_name = "N", hide = true, conflicts_with = "steps", value_parser = number_of_migrations)]
    count: Option<usize>,
}

impl Steps {
    pub(super) fn number(&self) -> Option<usize> {
        self.steps.or(self.count)
    }
}

fn number_of_migrations(text: &str) -> Result<usize, &'static str> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("it must be a whole number of migrations, at least 1"),
    }
}

#[derive(Debug, Args)]
pub(super) struct Production {
    /// Confirms that data of a production database may be lost
    #[arg(long)]
    pub(super) yes_i_mean_production: bool,
}

fn lock_timeout(text: &str) -> Result<Duration, String> {
    duration::parse(text)
        .filter(|time| !time.is_zero())
        .ok_or_else(|| "write a duration above zero, such as `500ms`, `5s` or `1m`".to_owned())
}
