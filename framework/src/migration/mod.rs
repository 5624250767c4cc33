//! Migrations: changes of the database schema, applied once each and in order.
//!
//! A migration is a [`MigrationTrait`] of `sea-orm-migration`; the list of an application is what
//! [`Hooks::migrations`](crate::app::Hooks::migrations) gives. Applied ones are recorded in the table `seaql_migrations`,
//! so SeaORM's own tools understand the database. The framework has [migrations of its own](builtin()), which every database gets.

mod builtin;
mod error;
mod runner;
pub mod schema;

pub use builtin::builtin;
pub use error::MigrationError;
pub use runner::{Status, applied, down, names, pending, status, up};
pub use sea_orm_migration::MigrationTrait;

/// What a migration file needs.
pub mod prelude {
    pub use sea_orm_migration::{prelude::*, schema::*};

    pub use super::schema::{drop_index, drop_table, foreign_key, index, table, unique_index};
}
