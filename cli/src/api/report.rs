//! Reports the changes of an API to people and programs.

use std::{path::Path, process::ExitCode};

use console::style;
use serde::Serialize;

use super::compare::{Changes, Effect};
use crate::{error::CliError, ui};

/// The output of `--json`.
#[derive(Serialize)]
struct Summary<'a> {
    breaking: usize,
    compatible: usize,
    #[serde(flatten)]
    changes: &'a Changes,
}

/// Prints the changes and returns the exit code: an undeclared change is a failure, unless it is `allowed`.
pub(super) fn report(
    file: &Path,
    changes: &Changes,
    json: bool,
    allow_compatible: bool,
) -> Result<ExitCode, CliError> {
    let breaking = changes.count(Effect::Breaking);
    let compatible = changes.count(Effect::Compatible);
    if json {
        let summary = Summary {
            breaking,
            compatible,
            changes,
        };
        let text = serde_json::to_string_pretty(&summary)
            .map_err(|error| CliError::failed(format!("the changes cannot be written: {error}")))?;
        anstream::println!("{text}");
    } else {
        print(changes);
    }
    let file = file.display();
    if changes.is_empty() {
        if !json {
            ui::done("unchanged", format_args!("{file} describes the app"));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let summary = format!(
        "the app differs from `{file}`: {breaking} breaking and {compatible} compatible {}",
        if breaking + compatible == 1 {
            "change"
        } else {
            "changes"
        }
    );
    if allow_compatible && breaking == 0 {
        anstream::eprintln!("{summary}");
        return Ok(ExitCode::SUCCESS);
    }
    Err(CliError::failed(summary).hint(format!(
        "`cargo fw openapi --out {file}` accepts what has changed"
    )))
}

fn print(changes: &Changes) {
    for change in &changes.changes {
        let label = format!("{:<10}", change.effect.name());
        let label = match change.effect {
            Effect::Breaking => style(label).red().bold(),
            Effect::Compatible => style(label).green(),
        };
        anstream::println!("{label}  {change}");
    }
    if changes.texts > 0 {
        let label = style(format!("{:<10}", Effect::Compatible.name())).green();
        anstream::println!(
            "{label}  {} (titles, descriptions, examples, tags)",
            match changes.texts {
                1 => "1 text differs".to_owned(),
                texts => format!("{texts} texts differ"),
            }
        );
    }
}
