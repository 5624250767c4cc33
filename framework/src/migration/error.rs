//! The errors of migrations.

use std::time::Duration;

use sea_orm::DbErr;

use crate::{config::duration, count::counted, db::DbError, error::Error};

/// An error of migrations that cannot be applied, undone or listed. See [`Migrator`](super::Migrator) for an example.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrationError {
    /// A migration has failed; its changes are undone where the database allows it.
    #[error("migration `{name}` failed: {source}")]
    Failed {
        /// The migration.
        name: String,
        /// The cause.
        source: DbErr,
    },
    /// The database has migrations that the application does not know, so that those before them cannot be undone.
    #[error(
        "the database has migrations that this application does not know: {}\nhint: undo them with the release that has them, or restore the missing files",
        names.join(", ")
    )]
    Unknown {
        /// Their names.
        names: Vec<String>,
    },
    /// The database has migrations that the application does not know and that may break it.
    #[error(
        "the database has migrations of a newer release, which may break this one: {}\nhint: deploy the release that has them, or restore the missing files; if this release works with them, start it with `FW_DATABASE__ACCEPT_MIGRATIONS={}`",
        names.join(", "), names.join(",")
    )]
    Newer {
        /// Their names.
        names: Vec<String>,
    },
    /// A migration did not get a lock in time.
    #[error(
        "migration `{name}` was undone, as another transaction uses its table: it has waited {} for {}\nhint: find that transaction with `SELECT pid, xact_start, query FROM pg_stat_activity ORDER BY xact_start`, or wait longer with `--lock-timeout`, which makes everything else wait as well",
        counted(*attempts, "time", "times"), duration::format(*timeout)
    )]
    Locked {
        /// The migration.
        name: String,
        /// The time that it has waited each time.
        timeout: Duration,
        /// The number of times.
        attempts: u32,
    },
    /// The role of the database lacks a right.
    #[error("the role `{role}` may not do that: {reason}\nhint: {hint}")]
    Rights {
        /// The role.
        role: String,
        /// The cause in the words of the server.
        reason: String,
        /// The way to get the right.
        hint: String,
    },
    /// The process was asked to end.
    #[error("interrupted: migrations that were not complete are undone")]
    Interrupted,
    /// The database cannot be used.
    #[error(transparent)]
    Unusable(#[from] DbError),
    /// Two migrations have the same name.
    #[error(
        "two migrations are called `{name}`\nhint: each needs a name of its own in `src/migrations/mod.rs`"
    )]
    Duplicate {
        /// The name.
        name: String,
    },
    /// There are pending migrations.
    #[error(
        "the database lacks {}: {}\nhint: apply them with `{}`, or start with `--migrate`",
        counted(names.len(), "migration", "migrations"), names.join(", "), crate::env::command("db migrate")
    )]
    Pending {
        /// Their names.
        names: Vec<String>,
    },
    /// Tables of an SQLite database lack the triggers that keep values in their stored form.
    #[error(
        "the database lacks the triggers that keep times, UUIDs and decimals in one form, for: {}\nhint: make them with `{}`, or start with `--migrate`",
        tables.join(", "), crate::env::command("db migrate")
    )]
    StoredForm {
        /// Their names.
        tables: Vec<String>,
    },
    /// Decimal columns of an SQLite database are kept as floats, with which no exact number can be compared.
    #[error(
        "decimals are kept as floats in: {}\nhint: make them exact in a migration, as with `exact_decimals(schema, \"orders\", [\"amount\"])`",
        columns.join(", ")
    )]
    FloatDecimals {
        /// Their names, as `orders.amount`.
        columns: Vec<String>,
    },
    /// The list of applied migrations cannot be read or locked.
    #[error("the list of applied migrations cannot be read: {0}")]
    Database(#[from] DbErr),
}

impl From<MigrationError> for Error {
    #[track_caller]
    fn from(error: MigrationError) -> Self {
        Self::internal(error)
    }
}
