//! The questions of `new` on a terminal.

use std::path::PathBuf;

use clap::ValueEnum;
use inquire::{InquireError, Select, Text, validator::ValueRequiredValidator};

use super::starter::{Database, Starter};
use crate::error::CliError;

/// Asks for the folder of the app.
pub(super) fn path() -> Result<PathBuf, CliError> {
    let answer = Text::new("Which folder?")
        .with_help_message("new, or empty; the app is called like it, such as `blog`")
        .with_validator(ValueRequiredValidator::new("a folder is needed"))
        .prompt()
        .map_err(stopped)?;
    Ok(PathBuf::from(answer.trim()))
}

/// Asks for the template.
pub(super) fn starter() -> Result<Starter, CliError> {
    ask("Which starter?", Starter::value_variants())
}

/// Asks for the database.
pub(super) fn database() -> Result<Database, CliError> {
    ask("Which database?", Database::value_variants())
}

fn ask<T: Copy + std::fmt::Display>(question: &str, answers: &[T]) -> Result<T, CliError> {
    Select::new(question, answers.to_vec())
        .prompt()
        .map_err(stopped)
}

fn stopped(error: InquireError) -> CliError {
    match error {
        InquireError::OperationCanceled | InquireError::OperationInterrupted => {
            CliError::failed("stopped; nothing was made")
        }
        error => {
            CliError::failed(format!("cannot ask: {error}")).hint("`--yes` takes the defaults")
        }
    }
}
