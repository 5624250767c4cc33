//! The type of a migration: its name and the functions that apply and undo it.

use futures_util::future::BoxFuture;
use sea_orm::DatabaseConnection;

use super::schema::{Result, Schema};

/// A function that applies or undoes a migration.
type Direction = for<'a, 'c> fn(&'a Schema<'c>) -> BoxFuture<'a, Result>;

/// A migration: a change of the database schema that can be applied and undone. [`migration!`](crate::migration!) makes one from a
/// module.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    name: &'static str,
    up: Direction,
    down: Direction,
    in_transaction: bool,
}

impl Migration {
    /// A migration whose name is recorded in the database when it is applied; names are applied once each.
    pub const fn new(name: &'static str, up: Direction, down: Direction) -> Self {
        Self {
            name,
            up,
            down,
            in_transaction: true,
        }
    }

    /// Runs the migration outside of a transaction, as PostgreSQL's `CREATE INDEX CONCURRENTLY` requires. Changes before a failure
    /// are then not undone.
    #[must_use]
    pub const fn without_transaction(self) -> Self {
        Self {
            in_transaction: false,
            ..self
        }
    }

    /// The name, such as `m20261121_101500_create_posts`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns true if the migration cannot be undone: its `down` does nothing or calls [`Schema::irreversible`]. No database is
    /// needed.
    pub async fn is_irreversible(&self) -> bool {
        let disconnected = DatabaseConnection::default();
        match (self.down)(&Schema::new(&disconnected)).await {
            Ok(()) => true,
            Err(error) => Schema::is_irreversible(&error),
        }
    }

    pub(super) const fn in_transaction(&self) -> bool {
        self.in_transaction
    }

    pub(super) async fn up(&self, schema: &Schema<'_>) -> Result {
        (self.up)(schema).await
    }

    pub(super) async fn down(&self, schema: &Schema<'_>) -> Result {
        (self.down)(schema).await
    }
}

/// Makes a [`Migration`](crate::migration::Migration) from a module with the functions `up` and `down`, named after the module:
/// `fw::migration!(m20261121_101500_create_posts)`.
#[macro_export]
macro_rules! migration {
    ($module:ident) => {
        $crate::migration::Migration::new(
            ::core::stringify!($module),
            |schema| ::std::boxed::Box::pin($module::up(schema)),
            |schema| ::std::boxed::Box::pin($module::down(schema)),
        )
    };
}
