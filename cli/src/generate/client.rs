//! The generator `client`: the TypeScript client, from the description of the app or of a file.

use std::{
    env,
    path::{Component, Path, PathBuf},
};

use clap::Args;

use super::Generator;
use crate::{
    api::client::{MARK, Source},
    error::CliError,
    plan::{self, Op, OutputOptions, Plan, State, Verbosity, execute},
    project::Project,
};

/// The name of the generated file.
const FILE: &str = "client.ts";

/// The arguments of `cargo fw generate client`.
#[derive(Args, Clone, Debug)]
#[command(after_help = MANUAL)]
pub(super) struct Client {
    /// The folder for `client.ts` [default: `web/api` in the app]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Reads an OpenAPI 3.1 document from a file, or from standard input with `-`, instead of asking the app
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Writes nothing, and fails unless the client is up to date: for CI
    #[arg(long, conflicts_with_all = ["dry_run", "json", "diff", "force", "skip"])]
    check: bool,
}

const MANUAL: &str = "\
Makes one file of TypeScript without dependencies: the types of the API, a function for each operation, and errors that are
told apart by their code. Compiled, it runs in browsers and in Node from version 18 on. A client that was generated before
is replaced.

The app is built and describes itself, unless `--from` is given; then no app is needed.

Examples:
  cargo fw generate client --out web/api
  cargo fw generate client --from openapi.json --out src/api
  cargo fw generate client --check";

impl Generator for Client {
    const NAME: &'static str = "client";
    const ABOUT: &'static str = "Makes a TypeScript client for the API";
    // It is replaced each time, and a file that says so at its top.
    const EXAMPLE: Option<&'static str> = None;

    fn arguments(&self) -> Result<Vec<String>, CliError> {
        Ok(vec![Self::NAME.to_owned()])
    }

    /// Refuses: there is no record, as the file is replaced each time, so that none of it is worth to be kept.
    fn key(_name: &str) -> Result<String, CliError> {
        Err(CliError::failed(
            "`generate client` makes one file, which nothing else of the app refers to",
        )
        .hint(format!(
            "delete it: `web/api/{FILE}`, unless `--out` has named another folder"
        )))
    }

    /// The plan of the file. Builds and runs the app, unless the description is given.
    fn plan(&self, project: &Project) -> Result<Plan, CliError> {
        let path = target(&project.root, &current_folder()?, self.out.as_deref())?;
        let source = match &self.from {
            Some(file) => Source::file(file)?,
            None => Source::app(&project.root)?,
        };
        let mut plan = Plan::default();
        plan.ops.push(Op::Regenerate {
            path,
            contents: source.client()?,
            mark: MARK,
        });
        Ok(plan)
    }

    /// Writes the client, or checks whether it is up to date. With a description it needs no app.
    fn run(self, output: &OutputOptions) -> Result<(), CliError> {
        let here = current_folder()?;
        let project = match (Project::find(&here), &self.from) {
            (Ok(project), _) => project,
            (Err(_), Some(_)) => without_app(here),
            (Err(error), None) => {
                return Err(error.hint(
                    "go to the folder of one, or give a description: \
                     `cargo fw generate client --from openapi.json`",
                ));
            }
        };
        let plan = self.plan(&project)?;
        if self.check {
            return check(&plan, &project, &self);
        }
        let _lock = if output.dry_run {
            None
        } else {
            Some(plan::lock(&project.root)?)
        };
        // The app may have been changed while it was built; that is no reason to refuse its client.
        let project = Project::find(&project.root).unwrap_or(project);
        execute(&project, plan, output, Verbosity::Normal)?;
        Ok(())
    }
}

fn current_folder() -> Result<PathBuf, CliError> {
    env::current_dir().map_err(|error| CliError::io("cannot find", Path::new("."), &error))
}

fn check(plan: &Plan, project: &Project, args: &Client) -> Result<(), CliError> {
    let changes = plan.resolve(project)?.changes;
    let Some(change) = changes.first() else {
        return Ok(());
    };
    let path = &change.path;
    let problem = match change.state {
        State::Identical => {
            anstream::println!("`{path}` is up to date");
            return Ok(());
        }
        State::Create => "does not exist",
        _ => "is not up to date",
    };
    let options = [("--from", &args.from), ("--out", &args.out)];
    let options = options
        .into_iter()
        .filter_map(|(option, value)| Some(format!(" {option} {}", value.as_ref()?.display())));
    let command = format!("cargo fw generate client{}", options.collect::<String>());
    Err(CliError::failed(format!("`{path}` {problem}")).hint(format!("`{command}` writes it")))
}

/// The path of the file: relative to the root if it is below it.
fn target(root: &Path, here: &Path, out: Option<&Path>) -> Result<String, CliError> {
    let Some(out) = out else {
        return Ok(format!("web/api/{FILE}"));
    };
    if out.extension().is_some_and(|extension| extension == "ts") {
        return Err(
            CliError::usage(format!("`{}` is a file", out.display())).hint(format!(
                "`--out` is the folder; the file in it is called `{FILE}`"
            )),
        );
    }
    let file = plain(&here.join(out).join(FILE));
    // The root has no links in it; the current folder may.
    let root = [root.to_owned(), plain(root)];
    let below = root.iter().find_map(|root| file.strip_prefix(root).ok());
    let path = below.unwrap_or(&file);
    let text = path.to_str().ok_or_else(|| {
        CliError::failed(format!("the name of `{}` is not Unicode", path.display()))
    })?;
    Ok(text.replace('\\', "/"))
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => _ = plain.pop(),
            other => plain.push(other),
        }
    }
    plain
}

/// A project for a folder that is no app, of which only the root is used.
fn without_app(root: PathBuf) -> Project {
    Project {
        root,
        package: String::new(),
        features: Vec::new(),
        migrations: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::target;

    #[test]
    fn the_folder_is_meant_from_where_one_is() {
        let root = Path::new("/home/me/blog");
        let below = Path::new("/home/me/blog/src/posts");
        for (here, out, expected) in [
            (root, None, "web/api/client.ts"),
            (below, None, "web/api/client.ts"),
            (root, Some("web/api"), "web/api/client.ts"),
            (root, Some("./web/../front"), "front/client.ts"),
            (below, Some("api"), "src/posts/api/client.ts"),
            (root, Some("../shop/api"), "/home/me/shop/api/client.ts"),
            (root, Some("/srv/api/"), "/srv/api/client.ts"),
        ] {
            let path = target(root, here, out.map(Path::new)).unwrap();
            assert_eq!(path, expected, "{out:?} in {}", here.display());
        }
        let error = target(root, root, Some(Path::new("web/api.ts"))).unwrap_err();
        assert_eq!(error.exit_code(), 2);
    }
}
