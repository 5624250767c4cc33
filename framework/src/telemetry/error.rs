//! What can go wrong while the log is set up.

use std::{io, path::PathBuf};

/// The log cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// `logger.level` cannot be understood.
    #[error("`logger.level` is not a filter: `{level}`\n  hint: for example `info,sqlx=debug`")]
    Level {
        /// The filter.
        level: String,
        /// What is wrong with it.
        source: tracing_subscriber::filter::ParseError,
    },
    /// The log file cannot be opened, or its folder not be made.
    #[error("the log file `{}` cannot be opened: {source}\n  hint: see `logger.file.path` in the configuration", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl From<TelemetryError> for crate::error::Error {
    fn from(error: TelemetryError) -> Self {
        Self::internal(error)
    }
}
