//! Lines on standard error. One that cannot be written is lost: a terminal that was closed must not end the supervisor before the app.

use std::{fmt::Display, io::Write};

use console::style;

/// A line about a step: `     built in 2.4 s`.
pub(super) fn step(what: &str, detail: impl Display) {
    let what = style(format!("{what:>10}")).green().bold().for_stderr();
    text(&format!("{what} {detail}\n"));
}

/// A line about a problem, which the supervisor outlives.
pub(super) fn problem(what: &str, detail: impl Display) {
    let what = style(format!("{what:>10}")).red().bold().for_stderr();
    text(&format!("{what} {detail}\n"));
}

/// A text with colours, which are left out where nobody looks.
pub(super) fn text(text: &str) {
    let _ = anstream::stderr().write_all(text.as_bytes());
}
