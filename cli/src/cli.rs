//! The command line of `cargo fw`, and its manual.

use std::ffi::OsStr;

use clap::{CommandFactory, Parser, Subcommand};

use crate::{api, completions, destroy, doctor, generate, new, run};

/// Creates apps, generates code into them, builds and runs them.
#[derive(Debug, Parser)]
#[command(
    name = "cargo fw",
    bin_name = "cargo fw",
    version,
    about = "Framewright: creates apps, generates code into them, builds and runs them",
    after_help = OVERVIEW,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    infer_long_args = false,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// One of the commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes a new app
    #[command(after_help = NEW)]
    New(new::Args),
    /// Generates code into the app, with its tests: scaffolds, models, migrations and more
    #[command(visible_alias = "g")]
    Generate(generate::Args),
    /// Removes what `generate` made
    #[command(visible_alias = "d")]
    Destroy(destroy::Args),
    /// Builds the app and serves requests
    #[command(visible_alias = "s", after_help = START, override_usage = "cargo fw start [--watch] [--release] [OPTIONS OF THE APP]")]
    Start(run::Start),
    /// Creates, migrates, seeds, shows and drops the database
    #[command(after_help = DB, override_usage = "cargo fw db <COMMAND> [OPTIONS]")]
    Db(run::AppArgs),
    /// Runs a task, or lists the tasks
    #[command(after_help = TASK, override_usage = "cargo fw task [NAME [--KEY VALUE | KEY:VALUE]...]")]
    Task(run::AppArgs),
    /// Shows the background jobs, and replays, cancels and deletes them
    #[command(after_help = JOBS, override_usage = "cargo fw jobs <COMMAND> [OPTIONS]")]
    Jobs(run::AppArgs),
    /// Lists the schedule: jobs and tasks with their times, and the next of them
    #[command(after_help = SCHEDULE)]
    Schedule(run::Shown),
    /// Lists the routes: method, path, who may call, handler
    #[command(after_help = ROUTES)]
    Routes(run::Shown),
    /// Lists the middleware in the order in which a request meets it, with its settings
    #[command(after_help = MIDDLEWARE)]
    Middleware(run::Shown),
    /// Shows the effective configuration and where each value comes from; secrets are masked
    #[command(after_help = CONFIG)]
    Config(run::Shown),
    /// Prints the OpenAPI description of the app, writes it to a file, or compares it with one
    #[command(after_help = OPENAPI)]
    Openapi(api::Args),
    /// Checks the toolchain, the configuration, the database and the migrations
    #[command(after_help = DOCTOR)]
    Doctor(doctor::Args),
    /// Shows the versions of this program, the app and the framework
    #[command(after_help = VERSION)]
    Version,
    /// Prints a script that completes `cargo fw` and `cargo-fw` in a shell
    #[command(after_help = COMPLETIONS)]
    Completions(completions::Args),
}

/// The command that arguments name, such as `cargo fw generate scaffold`, whatever is wrong with those after it.
pub(crate) fn named_command<S: AsRef<OsStr>>(args: impl Iterator<Item = S>) -> String {
    let cli = Cli::command();
    let mut words = vec!["cargo fw"];
    let mut command = &cli;
    for arg in args {
        let Some(inner) = command.find_subcommand(arg.as_ref()) else {
            break;
        };
        words.push(inner.get_name());
        command = inner;
    }
    words.join(" ")
}

const OVERVIEW: &str = "\
From nothing to an API in four commands:
  cargo fw new blog && cd blog
  cargo fw generate scaffold post title:string! content:text
  cargo fw start
  cargo fw task db:backup

`cargo fw COMMAND --help` explains each command with an example.";

const NEW: &str = "\
On a terminal it asks for the template and the database, unless an option says what is wanted. The app gets a first git
commit, except inside another repository. When anything fails, what was made is removed.

Examples:
  cargo fw new blog
  cargo fw new shop --db postgres --template minimal
  cargo fw new ../blog --scaffold \"post title:string! content:text\" --start";

const START: &str = "\
The app's own options:
      --host <ADDRESS>      The address to listen on, instead of `server.host`
  -p, --port <PORT>         The port to listen on, instead of `server.port`; 0 takes any free one
      --migrate             Applies pending migrations first, in any environment
      --worker              Runs only jobs and the schedule: serves no requests
      --queues <NAMES>      With `--worker`: runs jobs of these queues only
      --no-worker           Serves requests and runs neither jobs nor the schedule, whatever `jobs.run` says
  -e, --environment <NAME>  development, test, production or a name of your own [env: FW_ENV]

In development the database is created and migrated first; elsewhere pending migrations stop the start. SIGTERM or SIGINT
(Ctrl-C) ends the app in order: requests in flight are finished first.

With `--watch` a change of code or configuration is served as soon as it is built and migrated; until then the last build goes on
serving. The errors of a build that fails are shown, and by the server as well if nothing else can serve.

Examples:
  cargo fw start --watch
  cargo fw start --port 8080";

const DB: &str = "\
Commands:
  create         Creates the database unless it exists
  migrate        Applies pending migrations; at most N of them with `--steps N`
  rollback       Undoes the latest migration; N of them with `--steps N`
  reset          Drops the database, creates it anew, applies all migrations and seeds it
  status         Lists the migrations and whether they are applied; as JSON with `--json`
  seed           Fills the database with the app's first data
  drop           Drops the database with everything in it
  console        Opens the database's own shell: `sqlite3` or `psql`

What loses data refuses production unless `--yes-i-mean-production` is given. The environment is that of FW_ENV.

Examples:
  cargo fw db migrate && cargo fw db status
  cargo fw db rollback --steps 2";

const TASK: &str = "\
Without a name it lists the app's tasks, with one line each. `cargo fw task NAME --help` explains one. Built in are
`db:backup` and `db:restore`. Arguments are written `--key value` or `key:value`.

Examples:
  cargo fw task
  cargo fw task db:backup --keep 7
  cargo fw task db:restore backups/FILE --verify";

const JOBS: &str = "\
Commands:
  list           Lists jobs, the newest first: `--state dead`, `--queue mail`, `--name welcome`, `--limit 50`
  show           Shows a job with the errors of its tries
  retry          Runs dead or cancelled jobs again, with all their tries; all dead letters with `--dead`
  cancel         Cancels jobs that have not ended
  purge          Deletes jobs that have ended: by id, or by `--state`, `--queue`, `--name`, `--older-than 30d`
  pause          Pauses a queue: nothing new begins
  resume         Resumes a queue
  stats          Counts the jobs of each queue

`list`, `show` and `stats` print JSON with `--json`. The environment is that of FW_ENV.

Examples:
  cargo fw jobs list --state dead
  cargo fw jobs retry --dead";

const SCHEDULE: &str = "\
Times are in UTC. Those of intervals are counted from the first start on.

Example:
  cargo fw schedule";

const ROUTES: &str = "\
Example:
  cargo fw routes";

const MIDDLEWARE: &str = "\
Settings are those of the section `[middleware]` in config/*.toml.

Example:
  cargo fw middleware";

const CONFIG: &str = "\
Later wins: the built-in defaults, config/default.toml, config/ENVIRONMENT.toml, config/ENVIRONMENT.local.toml, .env, the
process environment.

Example:
  cargo fw config -e test";

const OPENAPI: &str = "\
It needs neither a database nor a running server. Keep the file in the repository and let the pipeline run `--check`: then
no change of the API goes unnoticed. Each difference is marked `breaking` or `compatible` for clients that were written for
the file; ends with 1 when there is any.

Examples:
  cargo fw openapi --out openapi.json
  cargo fw openapi --check openapi.json
  cargo fw openapi --yaml";

const DOCTOR: &str = "\
Each finding has a stable id. Ends with 1 when anything is bad.

Example:
  FW_ENV=production cargo fw doctor --deploy";

const VERSION: &str = "\
Outside an app it shows the version of this program alone.

Example:
  cargo fw version";

const COMPLETIONS: &str = "\
It goes where the shell reads it at its start. In zsh, a file `_cargo-fw` in a folder of `fpath` does as well.

Examples:
  echo 'source <(cargo fw completions bash)' >> ~/.bashrc
  echo 'source <(cargo fw completions zsh)' >> ~/.zshrc
  echo 'cargo fw completions fish | source' >> ~/.config/fish/config.fish";

#[cfg(test)]
mod tests {
    use std::{env, fs, path::Path};

    use clap::{CommandFactory, Parser};

    use super::{Cli, named_command};
    use crate::ui;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    /// The help of every command, nested ones as well.
    fn manuals(command: &mut clap::Command, path: &str, each: &mut impl FnMut(&str, String)) {
        each(path, command.render_long_help().to_string());
        for inner in command.get_subcommands_mut() {
            let path = format!("{path} {}", inner.get_name());
            manuals(inner, &path, each);
        }
    }

    /// The manuals as `guides/commands.md` has them, below its introduction.
    #[test]
    fn every_command_has_a_manual_with_an_example_and_is_in_the_guide() {
        let mut cli = Cli::command();
        cli.build();
        let mut sections = Vec::new();
        manuals(&mut cli, "cargo fw", &mut |path, manual| {
            assert!(
                manual.matches("cargo fw ").count() > 1,
                "{path} has no example:\n{manual}"
            );
            let level = if path.split(' ').count() > 3 {
                "###"
            } else {
                "##"
            };
            let lines: Vec<_> = manual.trim_end().lines().map(str::trim_end).collect();
            let manual = lines.join("\n");
            sections.push(format!("\n{level} {path}\n\n```text\n{manual}\n```\n"));
        });
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guides/commands.md");
        let page = fs::read_to_string(&path).expect("the guide can be read");
        let introduction = page.split("\n## ").next().unwrap_or_default();
        let fresh = format!("{introduction}{}", sections.concat());
        if env::var_os("BLESS").is_some() {
            fs::write(&path, fresh).expect("the guide can be written");
        } else {
            assert!(
                page == fresh,
                "`guides/commands.md` does not have the manuals of the commands; write it with BLESS=1:\n{fresh}"
            );
        }
    }

    #[test]
    fn wrong_arguments_are_refused_with_a_hint() {
        let mut all = String::new();
        for args in [
            "strat",
            "zzzzzz",
            "new blog --db mysql",
            "new blog --templat api",
            "new blog --template apy",
            "new blog --nope",
            "completions tcsh",
            "generate scafold post",
            "version extra",
            "routes posts",
            "config --jsn",
            "doctor --deploy now",
            "completions bash zsh",
            "new blog shop",
            // The value is missing: clap names no command then.
            "config -e",
            "openapi --out",
            "new --db",
            "g schedule x --cron",
            "g schedule x",
            "generate schedule x --cron @daily --every 1h",
            "generate schedule x --zone Europe/Berlin",
            "generate scaffold",
            "d migration",
        ] {
            let args = ["cargo-fw"].into_iter().chain(args.split(' '));
            let error = Cli::try_parse_from(args.clone()).unwrap_err();
            let args: Vec<_> = args.skip(1).collect();
            let refusal = ui::refusal(&error, &named_command(args.iter())).unwrap();
            all.push_str(
                &[
                    "cargo fw ",
                    &args.join(" "),
                    "\n",
                    &refusal.report(),
                    "\n\n",
                ]
                .concat(),
            );
        }
        insta::assert_snapshot!(all);
    }
}
