//! The events that the supervisor acts on.

use std::path::PathBuf;

/// An event.
#[derive(Debug)]
pub(super) enum Event {
    /// A signal to this process, by its number.
    Signal(i32),
    /// Files that may have changed.
    Changed(Vec<PathBuf>),
    /// More changes at once than the system could report.
    Overflow,
    /// The reason why the system's watcher does not see all changes any more.
    Blind(String),
    /// An output of the build with this number.
    Cargo(u64, CargoOutput),
    /// A message of the app's process with this number.
    App(u64, AppMessage),
}

/// An output of cargo.
#[derive(Debug)]
pub(super) enum CargoOutput {
    /// A JSON message.
    Message(String),
    /// A piece of its standard error: a line, or a state of its progress bar.
    Piece(String),
    /// The end of one of its two outputs.
    Closed,
}

/// A message of a process of the app.
#[derive(Clone, Copy, Debug)]
pub(super) enum AppMessage {
    Serves,
    Ended,
}
