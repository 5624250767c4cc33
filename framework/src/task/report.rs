//! Messages for the person at the command line, in the form that `cargo fw` has for its own.
//!
//! They have colours on a terminal, unless `NO_COLOR` is set; elsewhere with `CLICOLOR_FORCE`.

use clap::{
    builder::styling::{AnsiColor, Style},
    error::{ContextKind, ContextValue, ErrorKind},
};

tokio::task_local! {
    /// Set within a task that a person has started.
    static BY_HAND: ();
}

/// Runs a task that a person has started.
pub(crate) async fn by_hand<T>(task: impl Future<Output = T>) -> T {
    BY_HAND.scope((), task).await
}

/// Logs the outcome of a task, and prints it for the person who has started it; the standard output of a server has nothing but the log.
pub(crate) fn outcome(text: &str) {
    tracing::info!("{text}");
    if BY_HAND.try_with(|()| ()).is_ok() {
        println!("{text}");
    }
}

/// Prints an error to standard error: its message, and the lines that begin with `hint:`.
pub(crate) fn error(text: &str) {
    labelled("error", AnsiColor::Red, text);
}

/// Prints a warning to standard error.
pub(crate) fn warning(text: &str) {
    labelled("warning", AnsiColor::Yellow, text);
}

fn labelled(label: &str, colour: AnsiColor, text: &str) {
    const HINT: Style = AnsiColor::Cyan.on_default().bold();
    let label_style = colour.on_default().bold();
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    anstream::eprintln!("{label_style}{label}:{label_style:#} {first}");
    for line in lines {
        match line.trim_start().strip_prefix("hint:") {
            Some(rest) => anstream::eprintln!("{HINT}hint:{HINT:#}{rest}"),
            None => anstream::eprintln!("{line}"),
        }
    }
}

/// An error of clap with the command that was used wrongly, such as `blog db`, which clap does not name where a value is wrong or missing.
pub(crate) fn named(mut error: clap::Error, command: &str) -> clap::Error {
    if error.get(ContextKind::Usage).is_none() {
        let usage = ContextValue::String(format!("Usage: {command}"));
        error.insert(ContextKind::Usage, usage);
    }
    error
}

/// Prints what is wrong with a command line, or the help or the version that was asked for. Returns the exit code.
pub(crate) fn usage(error: &clap::Error) -> u8 {
    match message(error) {
        Some(message) => self::error(&message),
        // There is nothing to do if the help cannot be written.
        None => drop(error.print()),
    }
    u8::try_from(error.exit_code()).unwrap_or(2)
}

/// The message and the hint for an error of clap; `None` for help and versions, which are no errors.
fn message(error: &clap::Error) -> Option<String> {
    let message = match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => return None,
        ErrorKind::InvalidSubcommand => {
            let name = text(error, ContextKind::InvalidSubcommand).unwrap_or_default();
            format!("there is no command `{name}`")
        }
        ErrorKind::UnknownArgument => {
            let name = text(error, ContextKind::InvalidArg).unwrap_or_default();
            if name.starts_with('-') {
                format!("there is no option `{name}`")
            } else {
                format!("`{name}` is one argument too many")
            }
        }
        _ => first_paragraph(&error.render().to_string()),
    };
    let suggestion = [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ]
    .into_iter()
    .find_map(|kind| text(error, kind));
    let hint = match suggestion {
        Some(suggestion) => format!("did you mean `{suggestion}`?"),
        None => format!("`{}` shows what there is", help_command(error)),
    };
    Some(format!("{message}\nhint: {hint}"))
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        // Best last; an alias of one letter helps nobody.
        ContextValue::Strings(texts) => texts.iter().rfind(|text| text.len() > 1).cloned(),
        _ => None,
    }
}

/// The message without the label, the tips and the usage that follow.
fn first_paragraph(rendered: &str) -> String {
    let paragraph = rendered.split("\n\n").next().unwrap_or_default();
    let lines: Vec<&str> = paragraph.lines().map(str::trim).collect();
    lines
        .join(" ")
        .trim_start_matches("error: ")
        .replace('\'', "`")
}

/// The help of the command that was used wrongly, such as `blog db --help`: clap's usage line names it.
fn help_command(error: &clap::Error) -> String {
    let usage = error
        .get(ContextKind::Usage)
        .map(ToString::to_string)
        .unwrap_or_default();
    let words = usage.trim_start_matches("Usage:").split_whitespace();
    let command: Vec<&str> = words
        .take_while(|word| !word.starts_with(['[', '<', '-']))
        .collect();
    format!("{} --help", command.join(" "))
}
