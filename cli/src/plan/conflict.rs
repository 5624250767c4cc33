//! Conflicts: files that exist and differ from what a plan would write.

use std::io::IsTerminal;

use inquire::Select;

use super::{
    format::UNFORMATTED,
    options::{Decision, OutputOptions},
    resolve::{ResolvedOp, ResolvedPlan, State},
    show,
};
use crate::{command_line, error::CliError};

/// Decides every conflict, by option or by asking; fails if there is no terminal to ask on.
pub(super) fn decide(
    resolved: &ResolvedPlan,
    output: &OutputOptions,
    quiet: bool,
) -> Result<Vec<(String, Decision)>, CliError> {
    let conflicts = resolved.conflicts();
    let all = |decision| {
        Ok(conflicts
            .iter()
            .map(|change| (change.path.clone(), decision))
            .collect())
    };
    if output.skip {
        return all(Decision::Skip);
    }
    if output.force {
        return all(Decision::Overwrite);
    }
    if conflicts.is_empty() || output.dry_run {
        return Ok(Vec::new());
    }
    if quiet || output.json || !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(refusal(resolved, &conflicts, output));
    }
    conflicts
        .iter()
        .map(|change| Ok((change.path.clone(), ask(resolved, change)?)))
        .collect()
}

fn ask(resolved: &ResolvedPlan, change: &ResolvedOp) -> Result<Decision, CliError> {
    let removal = change.state == State::Edited;
    let (question, overwrite, skip) = if removal {
        (
            format!("`{}` was edited since it was generated", change.path),
            "remove it",
            "keep it",
        )
    } else {
        (
            format!("`{}` exists and differs", change.path),
            "overwrite it",
            "skip it",
        )
    };
    loop {
        let answer = Select::new(
            &question,
            vec![skip, overwrite, "show the difference", "quit"],
        )
        .prompt()
        .map_err(|_| quit())?;
        match answer {
            answer if answer == overwrite => return Ok(Decision::Overwrite),
            answer if answer == skip => return Ok(Decision::Skip),
            "quit" => return Err(quit()),
            _ => anstream::eprintln!("{}", show::conflict_diff(resolved, &change.path)),
        }
    }
}

fn quit() -> CliError {
    CliError::failed("nothing was changed")
}

fn refusal(resolved: &ResolvedPlan, conflicts: &[&ResolvedOp], output: &OutputOptions) -> CliError {
    let removal = conflicts.iter().any(|change| change.state == State::Edited);
    let maker = conflicts
        .iter()
        .find_map(|change| resolved.makers.get(&change.path));
    let (what, hint) = if let Some(command) = maker {
        (
            format!("`{}` has made these files", command_line::generate(command)),
            "edit them, or choose another name; `--force` overwrites them, `--diff` shows the differences",
        )
    } else if removal {
        (
            "these files were edited since they were generated".to_owned(),
            "`--force` removes them all the same, `--skip` keeps them, `--diff` shows the differences",
        )
    } else {
        (
            "these files exist and differ from what would be generated".to_owned(),
            "`--force` overwrites them, `--skip` keeps them, `--diff` shows the differences",
        )
    };
    let mut message = format!("{what}; nothing was changed\n");
    for change in conflicts {
        message += &format!("\n  {}", change.path);
    }
    if output.diff {
        for change in conflicts {
            message += &format!("\n\n{}", show::conflict_diff(resolved, &change.path));
        }
    }
    if resolved.is_unformatted {
        message += &format!("\n\n{UNFORMATTED}; a file may differ in its layout alone");
    }
    CliError::failed(message + "\n").hint(hint)
}
