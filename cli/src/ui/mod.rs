//! Output for people: errors, notes and one line of progress.
//!
//! Colours and progress appear only where a person looks: on a terminal, and without `NO_COLOR`.

mod progress;
mod usage;

use std::io::{self, IsTerminal};

use console::style;

pub(crate) use self::{progress::Progress, usage::refusal};
use crate::error::CliError;

/// Returns whether questions can be asked: standard input and standard error are a terminal.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Prints an error with its hint to standard error.
pub(crate) fn error(error: &CliError) {
    for line in error.report().lines() {
        let (label, rest) = match line.split_once(": ") {
            Some(("error", rest)) => (style("error:").red().bold().for_stderr(), rest),
            Some(("hint", rest)) => (style("hint:").cyan().bold().for_stderr(), rest),
            _ => {
                anstream::eprintln!("{line}");
                continue;
            }
        };
        anstream::eprintln!("{label} {rest}");
    }
}

/// Prints a line about something done to standard output: `  created  ../blog`.
pub(crate) fn done(what: &str, detail: impl std::fmt::Display) {
    anstream::println!("{} {detail}", style(format!("{what:>10}")).green().bold());
}
