//! The command line of an application's own binary, which `cargo fw start` and the other commands run, and a server in
//! production runs directly.
//!
//! ```no_run
//! # use fw::prelude::*;
//! # struct App;
//! # impl Hooks for App {
//! #     type Settings = ();
//! #     fn name() -> &'static str { "blog" }
//! #     fn routes() -> Routes { Routes::new() }
//! #     fn migrations() -> Vec<Migration> { Vec::new() }
//! # }
//! fn main() -> std::process::ExitCode {
//!     fw::command::main::<App>()
//! }
//! ```

mod arguments;
mod console;
mod db;
mod doctor;
mod inspect;
mod jobs;
mod schedule;
mod start;
mod table;
#[cfg(all(test, feature = "sqlite"))]
mod tests;

use std::{
    env,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::{CommandFactory, FromArgMatches};

use self::arguments::{Arguments, Command};
use crate::{
    app::{Application, Hooks},
    boot::steps,
    config::Config,
    context::CancellationToken,
    env::Environment,
    error::{OrInternal, Result},
    server,
    task::{WORKING_DIRECTORY, report},
    telemetry::{self, Output},
};

/// The time that threads which block have to finish when the command has ended.
const THREADS_TIMEOUT: Duration = Duration::from_secs(1);

/// The outcome of a command.
enum Outcome {
    Done,
    /// The command has printed what is wrong; the process exits with this code.
    Exit(u8),
}

/// Runs the command on the command line of the process. Returns its exit code: 0 for success, 1 for a failure, 2 for a wrong
/// command line.
pub fn main<H: Hooks>() -> ExitCode {
    execute(Application::of::<H>())
}

fn execute(app: Application) -> ExitCode {
    let arguments = match parse(app) {
        Ok(arguments) => arguments,
        Err(error) => return ExitCode::from(report::usage(&error)),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            report::error(&format!("the async runtime cannot start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(run(app, arguments));
    // Threads that block must not keep the process alive.
    runtime.shutdown_timeout(THREADS_TIMEOUT);
    match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Exit(code)) => ExitCode::from(code),
        Err(error) => {
            report::error(&error.chain());
            ExitCode::FAILURE
        }
    }
}

fn parse(app: Application) -> Result<Arguments, clap::Error> {
    let program = crate::env::by_cargo().unwrap_or(app.name);
    let mut command = Arguments::command()
        .name(app.name)
        .bin_name(program)
        .version(app.version);
    let matches = command.try_get_matches_from_mut(std::env::args_os());
    let arguments = matches.and_then(|matches| Arguments::from_arg_matches(&matches));
    arguments.map_err(|error| report::named(error, &used(&command, program)))
}

/// The command that the arguments of the process name, such as `blog db migrate`, whatever is wrong with those after it.
fn used(command: &clap::Command, program: &str) -> String {
    let mut words = vec![program];
    let mut command = command;
    for argument in std::env::args_os().skip(1) {
        let Some(inner) = command.find_subcommand(&argument) else {
            break;
        };
        words.push(inner.get_name());
        command = inner;
    }
    words.join(" ")
}

async fn run(app: Application, arguments: Arguments) -> Result<Outcome> {
    let root = Path::new(".");
    let environment = arguments
        .environment
        .map(|name| name.parse::<Environment>())
        .transpose()
        .or_internal()?;
    match arguments.command {
        Command::Start(options) => start::run(app, root, environment, options).await,
        Command::Db(command) => db::run(app, root, environment, command).await,
        Command::Jobs(command) => jobs::run(app, root, environment, command).await,
        Command::Schedule(format) => schedule::run(app, root, environment, format.json).await,
        Command::Task(task) => run_task(app, root, environment, task.words).await,
        Command::Routes(format) => {
            let config = load_to_show(app, root, environment).await?;
            inspect::routes(app, &config, format.json)
        }
        #[cfg(feature = "openapi")]
        Command::Openapi => {
            let config = load_to_show(app, root, environment).await?;
            inspect::openapi(app, &config)
        }
        Command::Middleware(format) => {
            let config = load_to_show(app, root, environment).await?;
            inspect::middleware(app, &config, format.json)
        }
        Command::Config(format) => {
            let config = load_to_show(app, root, environment).await?;
            inspect::config(&config, format.json)
        }
        Command::Doctor(options) => Box::pin(doctor::run(app, root, environment, &options)).await,
        Command::Version => {
            println!(
                "{} {} (framewright {})",
                app.name,
                app.version,
                env!("CARGO_PKG_VERSION")
            );
            Ok(Outcome::Done)
        }
    }
}

/// Loads the configuration for a command that shows a part of the application: it needs no database, and no settings of `[app]`, but
/// says so if they are wrong.
async fn load_to_show(
    app: Application,
    root: &Path,
    environment: Option<Environment>,
) -> Result<Config> {
    let config = steps::load_to_show(app, root, environment).await?;
    if let Err(error) = (app.settings)(&config) {
        report::warning(&error.to_string());
    }
    Ok(config)
}

/// Starts the log of a command other than `start`, on standard error: standard output is for the command's result. The result is what
/// the person waits for, so the log has warnings and errors only, and more of those targets that the level names. A level from a
/// variable, such as `FW_LOG=info`, is meant for this command and holds as it is.
fn log_to_stderr(config: &Config) -> Result<telemetry::Guard> {
    let mut logger = config.logger.clone();
    if !config.is_set_by_variable("logger.level") {
        logger.level = telemetry::quieter(&logger.level)?;
    }
    Ok(telemetry::init(
        &logger,
        &config.environment,
        Output::Stderr,
    )?)
}

async fn run_task(
    app: Application,
    root: &Path,
    environment: Option<Environment>,
    words: Vec<String>,
) -> Result<Outcome> {
    let tasks = app.tasks()?;
    let Some((name, arguments)) = words.split_first() else {
        inspect::tasks(&tasks.list());
        return Ok(Outcome::Done);
    };
    let folder = env::var_os(WORKING_DIRECTORY).map(PathBuf::from);
    let task = match tasks.prepare_in(folder.as_deref(), name, arguments) {
        Ok(task) => task,
        Err(refused) => {
            refused.print();
            return Ok(Outcome::Exit(refused.exit_code()));
        }
    };
    let config = steps::load(app, root, environment).await?;
    let _guard = log_to_stderr(&config)?;
    // Before the work begins, so that a signal always leads to a cleanup.
    let draining = if task.watches_draining() {
        server::cancelled_when(server::signals()?)
    } else {
        CancellationToken::new()
    };
    let booted = steps::boot(app, config, task.needs_database(), draining).await?;
    let result = report::by_hand(task.run(&booted.ctx)).await;
    booted.shutdown(steps::SHUTDOWN_TIMEOUT).await;
    result.map(|()| Outcome::Done)
}
