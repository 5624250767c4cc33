//! Carries out a plan: resolves it, decides conflicts, writes the files and reports.

use super::{
    conflict,
    format::UNFORMATTED,
    op::Plan,
    options::{Decision, OutputOptions, Verbosity},
    show::{self, Row},
};
use crate::{error::CliError, project::Project};

/// The report of a plan that was carried out.
#[derive(Clone, Debug)]
pub struct Report {
    /// One row for each operation, in order.
    pub rows: Vec<Row>,
    /// Notes for the user.
    pub notes: Vec<String>,
    /// The commands to run next, each with its purpose.
    pub next: Vec<(String, String)>,
}

/// Carries out a plan, all of it or nothing.
pub fn execute(
    project: &Project,
    mut plan: Plan,
    output: &OutputOptions,
    mode: Verbosity,
) -> Result<Report, CliError> {
    let quiet = mode == Verbosity::Quiet;
    let mut resolved = plan.resolve(project)?;
    if resolved.is_unformatted {
        plan.notes.push(UNFORMATTED.to_owned());
    }
    plan.notes.extend(resolved.damaged.iter().map(|file| {
        format!(
            "the record `{file}` cannot be read, so that `destroy` cannot take back what it is of\n\
             hint: take it from the history of the repository, or remove it"
        )
    }));
    let decisions = conflict::decide(&resolved, output, quiet)?;
    for (path, decision) in &decisions {
        if *decision == Decision::Overwrite {
            resolved.overwrite(path);
        }
    }
    if let Some(recording) = &plan.record {
        resolved.add_record(recording, &decisions, project)?;
    }
    let rows = show::rows(&resolved, &decisions);
    if !output.dry_run {
        if !project.is_current()? {
            return Err(CliError::failed(
                "another program changed `Cargo.toml` or `src/migrations` in this moment; nothing was changed",
            )
            .hint("run the command again"));
        }
        resolved.apply(&project.root)?;
    }
    if output.json {
        show::print_json(&plan, &rows, output.dry_run);
    } else if !quiet {
        if output.diff {
            show::print_diffs(&resolved);
        }
        show::print_rows(&rows);
        if output.dry_run {
            show::print_notes(&plan);
            anstream::println!("\nnothing was written: this was a dry run");
        } else if resolved.is_empty() {
            anstream::println!("\nnothing to do");
        } else {
            show::print_notes(&plan);
            show::print_next(&plan);
        }
    }
    Ok(Report {
        rows,
        notes: plan.notes,
        next: plan.next,
    })
}
