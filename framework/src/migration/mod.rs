//! Migrations: changes of the database schema, applied once each and in order.
//!
//! A migration is a [`MigrationTrait`] of `sea-orm-migration`; the list of an application is what
//! [`Hooks::migrations`](crate::app::Hooks::migrations) gives. Applied ones are recorded in the table `seaql_migrations`,
//! so SeaORM's own tools understand the database. The framework has migrations of its own, which every database gets: they are
//! applied before the application's and never undone, as an application may rely on their tables.

mod error;
mod list;
mod runner;
pub mod schema;
mod stored_form;

pub use error::MigrationError;
pub use list::Migrations;
pub use runner::{Status, down, pending, status, up};
pub use sea_orm_migration::MigrationTrait;
pub use stored_form::{exact_decimals, float_decimals, odd_values, untended};

/// What a migration file needs.
pub mod prelude {
    pub use sea_orm_migration::{prelude::*, schema::*};

    pub use super::{
        exact_decimals,
        schema::{drop_index, drop_table, foreign_key, index, table, unique_index},
    };
}
