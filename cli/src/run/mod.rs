//! Commands of the app itself: builds it with one line of progress and runs its own binary with the same arguments.

mod build;
mod capture;
mod cargo_env;
mod cargo_output;
mod manifest;
#[cfg(unix)]
mod watch;

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use self::build::build;
pub(crate) use self::{build::Profile, capture::capture, manifest::locked_framework};
use crate::{error::CliError, project::Project};

/// The variable in which the app finds the folder that this program was called in.
const WORKING_DIRECTORY: &str = "CARGO_FW_WORKING_DIRECTORY";

/// Arguments that are passed on to the app's own binary.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct AppArgs {
    /// Arguments for the app
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    pub(crate) args: Vec<OsString>,
}

/// The options of a command of the app that shows a part of it. Unlike those of other commands they are known here, so that wrong ones are
/// refused before the app is built.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Shown {
    /// Prints JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    environment: EnvironmentArgs,
}

impl Shown {
    /// The options as the app takes them.
    pub(crate) fn words(&self) -> Vec<OsString> {
        let json = self.json.then(|| "--json".into());
        json.into_iter().chain(self.environment.words()).collect()
    }
}

/// The environment that a command of the app is for.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct EnvironmentArgs {
    /// development, test, production or a name of your own [env: `FW_ENV`]
    #[arg(short, long, value_name = "NAME")]
    environment: Option<OsString>,
}

impl EnvironmentArgs {
    /// The option as the app takes it.
    pub(crate) fn words(&self) -> impl Iterator<Item = OsString> {
        let name = self.environment.clone();
        name.into_iter()
            .flat_map(|name| ["--environment".into(), name])
    }
}

/// The arguments of `start`, and the profile that the app is built with.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Start {
    /// Builds with optimizations: slower to build, faster to run
    #[arg(long)]
    pub(crate) release: bool,
    /// Builds and starts the app anew at each change, without a refused request
    #[arg(long)]
    pub(crate) watch: bool,
    #[command(flatten)]
    pub(crate) args: AppArgs,
}

impl Start {
    /// Builds the app and becomes it, or supervises it.
    pub(crate) fn run(self) -> Result<ExitCode, CliError> {
        let start = self.split();
        if start.watch {
            return supervise(&start.args.args, start.profile());
        }
        delegate("start", &start.args.args, start.profile())
    }

    /// Takes our own options out of the arguments for the app, where they may stand as well.
    fn split(mut self) -> Self {
        self.args.args.retain(|arg| {
            let ours = match arg.to_str() {
                Some("--release") => &mut self.release,
                Some("--watch") => &mut self.watch,
                _ => return true,
            };
            *ours = true;
            false
        });
        self
    }

    fn profile(&self) -> Profile {
        if self.release {
            Profile::Release
        } else {
            Profile::Dev
        }
    }
}

#[cfg(unix)]
fn supervise(args: &[OsString], profile: Profile) -> Result<ExitCode, CliError> {
    watch::run(&app_root()?, args, profile)
}

#[cfg(not(unix))]
fn supervise(_: &[OsString], _: Profile) -> Result<ExitCode, CliError> {
    let refused = "`--watch` needs a Unix system: processes hand over their socket there";
    Err(CliError::usage(refused).hint("use `cargo fw start`, or the Windows Subsystem for Linux"))
}

/// The root of the app around the current folder.
pub(crate) fn app_root() -> Result<PathBuf, CliError> {
    let here =
        env::current_dir().map_err(|error| CliError::io("cannot find", Path::new("."), &error))?;
    Ok(Project::find(&here)?.root)
}

/// Runs a command of the app around the current folder.
pub(crate) fn delegate(
    command: &str,
    args: &[OsString],
    profile: Profile,
) -> Result<ExitCode, CliError> {
    run_in(&app_root()?, command, args, profile)
}

/// Runs a command of the app in `root`.
pub(crate) fn run_in(
    root: &Path,
    command: &str,
    args: &[OsString],
    profile: Profile,
) -> Result<ExitCode, CliError> {
    become_app(app(root, command, args, profile)?)
}

/// Runs a command of the app in `root`, and returns when it has ended.
pub(crate) fn wait_for(
    root: &Path,
    command: &str,
    args: &[OsString],
) -> Result<ExitCode, CliError> {
    finish(app(root, command, args, Profile::Dev)?)
}

fn app(
    root: &Path,
    command: &str,
    args: &[OsString],
    profile: Profile,
) -> Result<Command, CliError> {
    let mut app = program(root, profile)?;
    with_arguments(&mut app, command, args);
    Ok(app)
}

fn with_arguments(app: &mut Command, command: &str, args: &[OsString]) {
    app.arg(command).args(args);
    // Paths in the arguments are relative to where the person stands.
    if let Ok(here) = env::current_dir() {
        app.env(WORKING_DIRECTORY, here);
    }
}

/// Builds the app at `root`, and returns its program with the environment that `cargo run` would give it.
fn program(root: &Path, profile: Profile) -> Result<Command, CliError> {
    built(root, &build(root, profile)?)
}

/// The program of the app at `root` that was built, with the environment that `cargo run` would give it.
fn built(root: &Path, executable: &Path) -> Result<Command, CliError> {
    let mut app = Command::new(executable);
    app.current_dir(root)
        .envs(cargo_env::variables(&folder_of_cargo(root))?);
    if env::var_os("CARGO").is_none() {
        // By this the app knows that its commands are typed as those of `cargo fw`.
        app.env("CARGO", "cargo");
    }
    Ok(app)
}

/// The folder that cargo is started in: the current one, as by hand, if it is in the app. Relative paths, such as that in
/// `CARGO_TARGET_DIR`, are relative to it.
fn folder_of_cargo(root: &Path) -> PathBuf {
    env::current_dir()
        .ok()
        .filter(|here| here.starts_with(root))
        .unwrap_or_else(|| root.to_owned())
}

/// Replaces this process by the app: signals reach it directly, and its exit code is ours.
#[cfg(unix)]
fn become_app(mut app: Command) -> Result<ExitCode, CliError> {
    use std::os::unix::process::CommandExt;

    let error = app.exec();
    Err(CliError::io(
        "cannot run",
        Path::new(app.get_program()),
        &error,
    ))
}

/// Runs the app and returns its exit code.
#[cfg(not(unix))]
fn become_app(app: Command) -> Result<ExitCode, CliError> {
    finish(app)
}

fn finish(mut app: Command) -> Result<ExitCode, CliError> {
    let status = app
        .status()
        .map_err(|error| CliError::io("cannot run", Path::new(app.get_program()), &error))?;
    let code = status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1);
    Ok(ExitCode::from(code))
}

#[cfg(test)]
mod tests {
    use super::{AppArgs, EnvironmentArgs, Profile, Shown, Start};

    #[test]
    fn options_are_passed_on() {
        assert!(Shown::default().words().is_empty());
        let shown = Shown {
            json: true,
            environment: EnvironmentArgs {
                environment: Some("test".into()),
            },
        };
        assert_eq!(shown.words(), ["--json", "--environment", "test"]);
    }

    #[test]
    fn options_are_ours_wherever_they_stand() {
        let start = |args: &[&str]| {
            let start = Start {
                args: AppArgs {
                    args: args.iter().map(Into::into).collect(),
                },
                ..Start::default()
            };
            start.split()
        };
        let split = start(&["--port", "4000", "--release", "--watch"]);
        assert_eq!(split.args.args, ["--port", "4000"]);
        assert_eq!((split.profile(), split.watch), (Profile::Release, true));
        let split = start(&["--migrate"]);
        assert_eq!(split.args.args, ["--migrate"]);
        assert_eq!((split.profile(), split.watch), (Profile::Dev, false));
    }
}
