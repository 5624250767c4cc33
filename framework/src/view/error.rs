//! The errors of views.

use std::{fmt::Write, io, path::PathBuf};

use crate::error::Error;

/// An error of templates, messages or assets: they cannot be read, or a page cannot be rendered.
///
/// ```
/// use fw::view::ViewError;
///
/// let error = ViewError::Encoding { name: "en.ftl".to_owned() };
/// assert_eq!(error.to_string(), "`src/en.ftl` is not UTF-8");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ViewError {
    /// A file or folder cannot be read.
    #[error(
        "`{}` cannot be read: {source}\nhint: a build that is not optimized reads templates from the source folder of the application; build with `--release` to have them in the binary",
        path.display()
    )]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A file is not UTF-8.
    #[error("`src/{name}` is not UTF-8")]
    Encoding {
        /// The path of the file below `src`.
        name: String,
    },
    /// A template cannot be loaded or rendered.
    #[error("{0}")]
    Template(String),
    /// A file of messages cannot be read as Fluent.
    #[error("`src/{name}`: {reason}")]
    Messages {
        /// The path of the file below `src`.
        name: String,
        /// The first thing that is wrong, with its line.
        reason: String,
    },
}

impl From<tera::Error> for ViewError {
    /// The errors of templates have their place, with the lines around it.
    fn from(error: tera::Error) -> Self {
        let mut text = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            // A text takes everything.
            let _ = write!(text, "\n{cause}");
            source = cause.source();
        }
        Self::Template(text)
    }
}

impl From<ViewError> for Error {
    #[track_caller]
    fn from(error: ViewError) -> Self {
        Self::internal(error)
    }
}
