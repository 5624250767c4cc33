//! What can go wrong before a task runs.

use crate::error::Error;

/// A task that cannot be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// There is no task of this name.
    #[error("there is no task `{name}`\nhint: {}", hint(nearest.as_deref(), names))]
    Unknown {
        /// What was asked for.
        name: String,
        /// The task that was probably meant.
        nearest: Option<String>,
        /// All tasks.
        names: Vec<String>,
    },
    /// The arguments are not those of the task; or its help was asked for.
    #[error("{}", .0.to_string().trim_end())]
    Usage(clap::Error),
    /// A task has a name that cannot be one.
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
    /// What the process should exit with: 0 when help was asked for, 2 for a wrong name or wrong arguments, else 1.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(error) => u8::try_from(error.exit_code()).unwrap_or(2),
            Self::Unknown { .. } => 2,
            Self::Name { .. } | Self::Duplicate { .. } => 1,
        }
    }

    /// Shows the error on stderr, or the help on stdout, the way clap does.
    pub fn print(&self) {
        match self {
            // Nobody is left to be told when the terminal has gone.
            Self::Usage(error) => drop(error.print()),
            other => eprintln!("error: {other}"),
        }
    }
}

impl From<TaskError> for Error {
    fn from(error: TaskError) -> Self {
        Self::internal(error)
    }
}

fn hint(nearest: Option<&str>, names: &[String]) -> String {
    let list = names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ");
    match nearest {
        Some(nearest) => format!("did you mean `{nearest}`? The tasks are {list}"),
        None => format!("the tasks are {list}"),
    }
}
