//! A migration: its name, and the functions that apply and undo it.

use futures_util::future::BoxFuture;
use sea_orm::DatabaseConnection;

use super::schema::{Result, Schema};

/// A function of a migration.
type Direction = for<'a, 'c> fn(&'a Schema<'c>) -> BoxFuture<'a, Result>;

/// A change of the database schema, and its way back. [`migration!`](crate::migration!) makes one of a module.
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

    /// Runs outside a transaction, as `CREATE INDEX CONCURRENTLY` of PostgreSQL must. What was done before a failure then stays.
    #[must_use]
    pub const fn without_transaction(self) -> Self {
        Self {
            in_transaction: false,
            ..self
        }
    }

    /// The name, as `m20261121_101500_create_posts`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether [`Schema::irreversible`] or nothing at all is what undoes it. No database is needed to tell.
    pub async fn is_irreversible(&self) -> bool {
        let nowhere = DatabaseConnection::default();
        match (self.down)(&Schema::new(&nowhere)).await {
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

/// A [`Migration`](crate::migration::Migration) of a module that has the functions `up` and `down`, called as the module:
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
