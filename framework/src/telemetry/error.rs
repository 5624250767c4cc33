//! The errors of the log's setup.

use std::{io, path::PathBuf};

/// An error of the log's setup.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// `logger.level` is malformed.
    #[error("`logger.level` is not a filter: `{level}`\n  hint: for example `info,sqlx=debug`")]
    Level {
        /// The filter.
        level: String,
        /// The cause.
        source: tracing_subscriber::filter::ParseError,
    },
    /// The log file cannot be opened, or its folder cannot be created.
    #[error("the log file `{}` cannot be opened: {source}\n  hint: see `logger.file.path` in the configuration", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
}

impl From<TelemetryError> for crate::error::Error {
    fn from(error: TelemetryError) -> Self {
        Self::internal(error)
    }
}
