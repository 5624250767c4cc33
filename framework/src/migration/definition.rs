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

    /// Returns true if the migration cannot be undone: its `down` does nothing or calls [`Schema::irreversible`]. It is run on a closed
    /// connection pool, where every statement fails.
    pub async fn is_irreversible(&self, closed: &DatabaseConnection) -> bool {
        match (self.down)(&Schema::new(closed)).await {
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

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use crate::{config::DatabaseConfig, db::Db};

    mod with_statements {
        use crate::migration::prelude::*;

        pub(super) async fn up(schema: &Schema<'_>) -> Result {
            schema.create_table(table("posts")).await
        }

        pub(super) async fn down(schema: &Schema<'_>) -> Result {
            schema.drop_table("posts").await
        }
    }

    mod with_an_empty_down {
        pub(super) use super::with_statements::up;
        use crate::migration::prelude::*;

        pub(super) fn down(_schema: &Schema<'_>) -> std::future::Ready<Result> {
            std::future::ready(Ok(()))
        }
    }

    mod without_a_way_back {
        pub(super) use super::with_statements::up;
        use crate::migration::prelude::*;

        pub(super) async fn down(schema: &Schema<'_>) -> Result {
            schema.irreversible().await
        }
    }

    #[tokio::test]
    async fn a_migration_without_a_way_back_is_found_without_a_database() {
        let config = DatabaseConfig {
            url: "sqlite:///nowhere/at-all.db".into(),
            ..DatabaseConfig::default()
        };
        let closed = Db::dedicated(&config).expect("a pool");
        closed.close_by_ref().await.expect("closed");
        for (migration, expected) in [
            (crate::migration!(with_statements), false),
            (crate::migration!(with_an_empty_down), true),
            (crate::migration!(without_a_way_back), true),
        ] {
            let found = migration.is_irreversible(&closed).await;
            assert_eq!(found, expected, "{}", migration.name());
        }
    }
}
