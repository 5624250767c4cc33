//! The questions of `new` on a terminal.

use clap::ValueEnum;
use inquire::{InquireError, Select};

use super::starter::{Database, Starter};
use crate::error::CliError;

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
        .map_err(|error| match error {
            InquireError::OperationCanceled | InquireError::OperationInterrupted => {
                CliError::failed("stopped; nothing was made")
            }
            error => {
                CliError::failed(format!("cannot ask: {error}")).hint("`--yes` takes the defaults")
            }
        })
}
