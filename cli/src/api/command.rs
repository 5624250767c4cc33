//! The command `openapi`, which prints the description of the app's API, writes it to a file, or compares it with one.
//!
//! A file in the repository is what clients rely on: `--check` tells every difference from it, and which of them
//! [break clients](super::compare).

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use super::{
    compare,
    document::{Document, Format},
    report, write,
};
use crate::{
    error::CliError,
    project::{Project, ProjectLock},
    run, ui,
};

/// The arguments of `openapi`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Prints YAML instead of JSON; a file that ends in `.yaml` or `.yml` is YAML anyway
    #[arg(long)]
    yaml: bool,
    /// Writes to a file, unless it has this content already
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    out: Option<PathBuf>,
    /// Fails when the app differs from the description in a file, and lists the differences
    #[arg(long, value_name = "FILE", conflicts_with = "yaml")]
    check: Option<PathBuf>,
    /// With `--check`: fails only when a difference breaks clients
    #[arg(long, requires = "check")]
    allow_compatible: bool,
    /// With `--check`: lists the differences as JSON
    #[arg(long, requires = "check")]
    json: bool,
}

/// Builds the app at `root`, which prints its description.
///
/// # Errors
///
/// When it cannot describe itself, before anything is built.
pub(super) fn describe(root: &Path) -> Result<Vec<u8>, CliError> {
    let project = Project::find(root)?;
    if !project.features.iter().any(|feature| feature == "openapi") {
        let mut features = vec!["openapi"];
        features.extend(project.features.iter().map(String::as_str));
        return Err(CliError::failed(
            "the app does not describe its API: it does without the feature `openapi` of the framework",
        )
        .hint(format!(
            "add it to `framewright` in `{}`: `features = {features:?}`",
            root.join("Cargo.toml").display()
        )));
    }
    run::capture(root, &["openapi"])
}

/// Prints, writes or compares the description.
pub(crate) fn run(args: &Args) -> Result<ExitCode, CliError> {
    let root = run::app_root()?;
    // Errors in the file are reported before anything is built.
    let expected = args.check.as_deref().map(Document::read).transpose()?;
    let described = describe(&root)?;
    let described = Document::from_app(&described)?;
    if let (Some(file), Some(expected)) = (&args.check, &expected) {
        let changes = compare::compare(&expected.to_json()?, &described.to_json()?);
        return report::report(file, &changes, args.json, args.allow_compatible);
    }
    let format = match &args.out {
        _ if args.yaml => Format::Yaml,
        Some(file) => Format::of(file),
        None => Format::Json,
    };
    let text = described.text(format)?;
    match &args.out {
        Some(file) => {
            let _lock = ProjectLock::acquire(&root)?;
            let what = write::write(file, &text)?;
            ui::done(what, file.display());
        }
        // A reader that has gone away (`| head`) is no error.
        None => drop(io::stdout().write_all(text.as_bytes())),
    }
    Ok(ExitCode::SUCCESS)
}
