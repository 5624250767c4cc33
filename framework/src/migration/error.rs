//! The errors of migrations.

use sea_orm::DbErr;

use crate::error::Error;

/// An error of migrations that cannot be applied, undone or listed.
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
    /// The database has migrations that the application does not know.
    #[error(
        "the database has migrations that this application does not know: {}\nhint: deploy the version that has them, or restore the missing files",
        names.join(", ")
    )]
    Unknown {
        /// Their names.
        names: Vec<String>,
    },
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
        "the database lacks {} migration(s): {}\nhint: apply them with `db migrate`, or start with `--migrate`",
        names.len(), names.join(", ")
    )]
    Pending {
        /// Their names.
        names: Vec<String>,
    },
    /// Tables of an SQLite database lack the triggers that keep values in their stored form.
    #[error(
        "the database lacks the triggers that keep times, UUIDs and decimals in one form, for: {}\nhint: make them with `db migrate`, or start with `--migrate`",
        tables.join(", ")
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
    fn from(error: MigrationError) -> Self {
        Self::internal(error)
    }
}
