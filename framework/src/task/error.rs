//! The errors of tasks that cannot be run.

use super::report;
use crate::error::Error;

/// An error of a task that cannot be run.
///
/// ```
/// use fw::{backup::DbBackup, task::{TaskError, Tasks}};
///
/// let tasks = Tasks::new().add::<DbBackup>();
/// let error = tasks.prepare("db:bakcup", &[]).err().unwrap();
/// assert_eq!(error.exit_code(), 2);
/// let TaskError::Unknown { suggestion, .. } = error else { panic!("there is no such task") };
/// assert_eq!(suggestion.as_deref(), Some("db:backup"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// There is no task of this name.
    #[error("there is no task `{name}`\nhint: {}", hint(suggestion.as_deref(), names))]
    Unknown {
        /// The name on the command line.
        name: String,
        /// The most similar task, if one is similar enough.
        suggestion: Option<String>,
        /// The names of all tasks.
        names: Vec<String>,
    },
    /// The arguments are wrong, or the help of the task was requested.
    #[error("{}", .0.to_string().trim_end())]
    Usage(clap::Error),
    /// A task has a malformed name.
    #[error(
        "`{name}` cannot be the name of a task\nhint: use lower-case words like `drafts:prune`: letters, digits, `_` and `-`, with `:` between words"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// Two tasks have the same name.
    #[error(
        "two tasks are called `{name}`\nhint: change `NAME` of the one that the application adds"
    )]
    Duplicate {
        /// The name.
        name: String,
    },
}

impl TaskError {
    /// The exit code of the process: 0 if help was requested, 2 for a wrong name or wrong arguments, else 1.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(error) => u8::try_from(error.exit_code()).unwrap_or(2),
            Self::Unknown { .. } => 2,
            Self::Name { .. } | Self::Duplicate { .. } => 1,
        }
    }

    /// Prints the error to stderr, or the help to stdout.
    pub fn print(&self) {
        match self {
            Self::Usage(error) => {
                report::usage(error);
            }
            other => report::error(&other.to_string()),
        }
    }
}

impl From<TaskError> for Error {
    #[track_caller]
    fn from(error: TaskError) -> Self {
        Self::internal(error)
    }
}

fn hint(suggestion: Option<&str>, names: &[String]) -> String {
    let list = names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ");
    match suggestion {
        Some(suggestion) => format!("did you mean `{suggestion}`? The tasks are {list}"),
        None => format!("the tasks are {list}"),
    }
}
