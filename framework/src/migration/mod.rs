//! Migrations: changes of the database schema, applied once each and in order.
//!
//! A migration is a module with two functions, and [`migration!`](crate::migration!) makes an element of the list that
//! [`Hooks::migrations`](crate::app::Hooks::migrations) gives.
//!
//! ```
//! # mod migrations {
//! mod m20261121_101500_create_posts {
//!     use fw::migration::prelude::*;
//!
//!     pub async fn up(schema: &Schema<'_>) -> Result {
//!         schema
//!             .create_table(
//!                 table("posts")
//!                     .col(string_len("title", 255))
//!                     .col(references_null("author_id", "authors", OnDelete::SetNull)),
//!             )
//!             .await?;
//!         schema.create_index(index("posts", ["author_id"])).await
//!     }
//!
//!     pub async fn down(schema: &Schema<'_>) -> Result {
//!         schema.drop_table("posts").await
//!     }
//! }
//!
//! use fw::migration::Migration;
//!
//! pub fn all() -> Vec<Migration> {
//!     vec![fw::migration!(m20261121_101500_create_posts)]
//! }
//! # }
//! ```
//!
//! Applied migrations are recorded in the table `seaql_migrations`, so SeaORM's own tools understand the database. The framework has
//! migrations of its own, which every database gets: they are applied before the application's and never undone, since an
//! application may rely on their tables.

mod definition;
mod error;
mod interruption;
mod locks;
mod migrator;
#[expect(unreachable_pub, reason = "SeaORM makes the items of an entity public")]
mod record;
mod rights;
mod runner;
pub mod schema;
mod stored_form;

pub use definition::Migration;
pub use error::MigrationError;
pub(crate) use interruption::{apply, until};
pub use migrator::Migrator;
#[cfg(feature = "views")]
pub(crate) use migrator::MigratorSource;
pub use runner::Status;
pub use schema::Schema;
pub use stored_form::{
    StoredFormFaults, exact_decimals, stored_form_faults, stored_form_violations,
};

/// The imports of a migration file.
pub mod prelude {
    pub use sea_orm::{
        ConnectionTrait, DbBackend, DbErr,
        sea_query::{self, *},
    };

    pub use super::{
        exact_decimals,
        schema::{Result, Schema, columns::*, tables::*},
    };
}
