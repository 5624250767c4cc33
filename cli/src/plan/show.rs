//! Shows the effects of a plan: one line for each operation, a diff, or JSON.

use console::style;
use serde::Serialize;
use similar::TextDiff;

use super::{
    op::Plan,
    options::Decision,
    record,
    resolve::{ResolvedOp, ResolvedPlan, State},
};
use crate::file::Text;

/// The effect of one operation, for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The effect: `create`, `insert`, `identical` …
    pub action: &'static str,
    /// The file, relative to the app's root.
    pub path: String,
    /// The lines that were inserted or removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<String>,
}

/// The JSON output of a command.
#[derive(Serialize)]
struct JsonOutput<'a> {
    dry_run: bool,
    operations: &'a [Row],
    notes: &'a [String],
    next: Vec<Next<'a>>,
}

#[derive(Serialize)]
struct Next<'a> {
    command: &'a str,
    why: &'a str,
}

pub(super) fn rows(resolved: &ResolvedPlan, decisions: &[(String, Decision)]) -> Vec<Row> {
    let decided = |change: &ResolvedOp| {
        decisions
            .iter()
            .find(|(path, _)| *path == change.path)
            .map(|(_, how)| *how)
    };
    resolved
        .changes
        .iter()
        .map(|change| {
            let action = match (change.state, decided(change)) {
                (State::Create, _) => "create",
                (State::Identical, _) => "identical",
                (State::Update, _) => "update",
                (State::Insert, _) => "insert",
                (State::Present, _) => "present",
                (State::Remove, _) | (State::Edited, Some(Decision::Overwrite)) => "remove",
                (State::Revert, _) => "revert",
                (State::Gone, _) => "gone",
                (State::Differs, Some(Decision::Overwrite)) => "overwrite",
                (State::Differs, Some(Decision::Skip)) => "skip",
                (State::Edited, Some(Decision::Skip)) => "keep",
                (State::Differs | State::Edited, None) => "conflict",
            };
            Row {
                action,
                path: change.path.clone(),
                lines: change.lines.clone(),
            }
        })
        .collect()
}

pub(super) fn print_rows(rows: &[Row]) {
    let width = rows
        .iter()
        .filter(|row| row.lines.is_some())
        .map(|row| row.path.len())
        .max()
        .unwrap_or(0);
    for row in rows {
        let action = format!("{:>10}", row.action);
        let action = match row.action {
            "create" | "insert" => style(action).green(),
            "remove" | "revert" | "overwrite" | "update" => style(action).yellow(),
            "conflict" => style(action).red(),
            _ => style(action).dim(),
        };
        match &row.lines {
            Some(lines) => {
                // The line that says the most: of tables their header.
                let header = lines.lines().find(|line| line.starts_with('['));
                let line = header.or(lines.lines().next_back()).unwrap_or_default();
                let line = style(line.trim()).dim();
                anstream::println!("{action}  {:<width$}  {line}", row.path);
            }
            None => anstream::println!("{action}  {}", row.path),
        }
    }
}

pub(super) fn print_notes(plan: &Plan) {
    for note in &plan.notes {
        anstream::println!("\n{} {note}", style("note:").cyan());
    }
}

pub(super) fn print_next(plan: &Plan) {
    if plan.next.is_empty() {
        return;
    }
    anstream::println!("\nnext:");
    let width = plan
        .next
        .iter()
        .map(|(command, _)| command.len())
        .max()
        .unwrap_or(0);
    for (command, why) in &plan.next {
        anstream::println!(
            "  {}  {}",
            style(format!("{command:<width$}")).bold(),
            style(why).dim()
        );
    }
}

pub(super) fn print_json(plan: &Plan, rows: &[Row], dry_run: bool) {
    let next = plan
        .next
        .iter()
        .map(|(command, why)| Next { command, why })
        .collect();
    let document = JsonOutput {
        dry_run,
        operations: rows,
        notes: &plan.notes,
        next,
    };
    // Strings and lists alone: this cannot fail.
    if let Ok(text) = serde_json::to_string_pretty(&document) {
        anstream::println!("{text}");
    }
}

/// Prints the differences. A file that is removed as it was generated has none: its removal says it all.
pub(super) fn print_diffs(resolved: &ResolvedPlan) {
    for (path, file) in &resolved.files {
        let is_removed = file.before.is_some() && file.after.is_none();
        // The texts in a record are compressed: their differences cannot be read.
        if file.before != file.after && !is_removed && !path.starts_with(record::FOLDER) {
            anstream::println!(
                "{}",
                diff(
                    path,
                    file.before.as_ref().map(Text::plain),
                    file.after.as_ref().map(Text::plain)
                )
            );
        }
    }
    for (path, wanted) in &resolved.wanted {
        let is_shown = wanted.is_some()
            && resolved
                .files
                .get(path)
                .is_some_and(|file| file.after == *wanted);
        if !is_shown {
            anstream::println!("{}", conflict_diff(resolved, path));
        }
    }
}

/// The diff of a file in conflict: what would change in it, or for one that is to be removed, the edits since it was
/// generated.
pub(super) fn conflict_diff(resolved: &ResolvedPlan, path: &str) -> String {
    let before = resolved
        .files
        .get(path)
        .and_then(|file| file.before.as_ref())
        .map(Text::plain);
    match (resolved.wanted.get(path), resolved.generated.get(path)) {
        (Some(Some(wanted)), _) => diff(path, before, Some(wanted.plain())),
        (_, generated) => diff(path, generated.map(String::as_str), before),
    }
}

fn diff(path: &str, before: Option<&str>, after: Option<&str>) -> String {
    let name = |side: &str, text: Option<&str>| match text {
        Some(_) => format!("{side}/{path}"),
        None => "/dev/null".to_owned(),
    };
    let (old, new) = (name("a", before), name("b", after));
    let text = TextDiff::from_lines(before.unwrap_or_default(), after.unwrap_or_default())
        .unified_diff()
        .context_radius(3)
        .header(&old, &new)
        .to_string();
    let coloured = text.lines().map(|line| match line.as_bytes().first() {
        Some(b'+') => style(line).green().to_string(),
        Some(b'-') => style(line).red().to_string(),
        Some(b'@') => style(line).cyan().to_string(),
        _ => line.to_owned(),
    });
    coloured.collect::<Vec<_>>().join("\n")
}
