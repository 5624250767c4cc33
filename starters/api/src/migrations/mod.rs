//! Every change of the database schema, oldest first.

use fw::migration::MigrationTrait;

/// The migrations in the order in which they are applied.
pub fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![]
}
