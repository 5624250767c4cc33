//! The type of a migration: its name and the functions that apply and undo it.

use futures_util::future::BoxFuture;
use sea_orm::DbErr;

use super::schema::{Result, Schema};

/// A function that applies or undoes a migration.
type Direction = for<'a, 'c> fn(&'a Schema<'c>) -> BoxFuture<'a, Result>;

/// A migration: a change of the database schema that can be applied and undone. [`migration!`](crate::migration!) makes one from a
/// module; its options are methods.
///
/// ```
/// mod m20261121_101500_index_posts {
///     use fw::migration::prelude::*;
///
///     pub async fn up(schema: &Schema<'_>) -> Result {
///         schema.execute_sql("CREATE INDEX CONCURRENTLY index_posts_on_title ON posts (title)").await
///     }
///
///     pub async fn down(schema: &Schema<'_>) -> Result {
///         schema.drop_index("posts", ["title"]).await
///     }
/// }
///
/// use fw::migration::Migration;
///
/// const INDEX_POSTS: Migration = fw::migration!(m20261121_101500_index_posts).without_transaction();
///
/// assert_eq!(INDEX_POSTS.name(), "m20261121_101500_index_posts");
/// assert!(!INDEX_POSTS.is_irreversible());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    name: &'static str,
    up: Direction,
    /// `None` if it cannot be undone.
    down: Option<Direction>,
    in_transaction: bool,
    additive: Option<bool>,
}

impl Migration {
    /// A migration whose name is recorded in the database when it is applied; names are applied once each.
    pub const fn new(name: &'static str, up: Direction, down: Direction) -> Self {
        Self {
            down: Some(down),
            ..Self::irreversible(name, up)
        }
    }

    /// A migration that cannot be undone, as it deletes data that this would need. `doctor --deploy` warns of it until it is accepted.
    pub const fn irreversible(name: &'static str, up: Direction) -> Self {
        Self {
            name,
            up,
            down: None,
            in_transaction: true,
            additive: None,
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

    /// Says that releases without this migration work with it, whatever its statements are: they may be started again, or go on,
    /// on a database that has it.
    ///
    /// Without a word, a migration is additive if it only adds tables, columns that old releases need not write, indexes and foreign
    /// keys; see [`Schema`].
    #[must_use]
    pub const fn additive(self) -> Self {
        Self {
            additive: Some(true),
            ..self
        }
    }

    /// Says that releases without this migration do not work with it, although it only adds: they do not start on a database that
    /// has it.
    #[must_use]
    pub const fn breaking(self) -> Self {
        Self {
            additive: Some(false),
            ..self
        }
    }

    /// The name, such as `m20261121_101500_create_posts`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns true if the migration cannot be undone.
    pub const fn is_irreversible(&self) -> bool {
        self.down.is_none()
    }

    pub(super) const fn in_transaction(&self) -> bool {
        self.in_transaction
    }

    /// Returns true if releases without this migration work with what it has done to `schema`.
    pub(super) fn is_additive(&self, schema: &Schema<'_>) -> bool {
        self.additive.unwrap_or_else(|| schema.only_adds())
    }

    pub(super) async fn up(&self, schema: &Schema<'_>) -> Result {
        (self.up)(schema).await
    }

    pub(super) async fn down(&self, schema: &Schema<'_>) -> Result {
        match self.down {
            Some(down) => down(schema).await,
            None => Err(DbErr::Migration("it cannot be undone".to_owned())),
        }
    }
}

/// Makes a [`Migration`](crate::migration::Migration) from a module with the functions `up` and `down`, named after the module:
/// `fw::migration!(m20261121_101500_create_posts)`.
///
/// One that cannot be undone has no `down`: `fw::migration!(m20261121_101500_forget_drafts, irreversible)`.
///
/// ```
/// mod m20261121_101500_create_posts {
///     use fw::migration::prelude::*;
///
///     pub async fn up(schema: &Schema<'_>) -> Result {
///         schema.create_table(table("posts").col(string_len("title", 255))).await
///     }
///
///     pub async fn down(schema: &Schema<'_>) -> Result {
///         schema.drop_table("posts").await
///     }
/// }
///
/// mod m20261128_090000_forget_drafts {
///     use fw::migration::prelude::*;
///
///     pub async fn up(schema: &Schema<'_>) -> Result {
///         schema.execute_sql("DELETE FROM posts WHERE title = ''").await
///     }
/// }
///
/// let all = [
///     fw::migration!(m20261121_101500_create_posts),
///     fw::migration!(m20261128_090000_forget_drafts, irreversible),
/// ];
/// assert_eq!(all.map(|migration| migration.is_irreversible()), [false, true]);
/// ```
#[macro_export]
macro_rules! migration {
    ($module:ident) => {
        $crate::migration::Migration::new(
            ::core::stringify!($module),
            |schema| ::std::boxed::Box::pin($module::up(schema)),
            |schema| ::std::boxed::Box::pin($module::down(schema)),
        )
    };
    ($module:ident, irreversible) => {
        $crate::migration::Migration::irreversible(::core::stringify!($module), |schema| {
            ::std::boxed::Box::pin($module::up(schema))
        })
    };
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use crate::{
        config::DatabaseConfig,
        db::{Db, Target},
        migration::Migrator,
    };

    mod with_a_way_back {
        use crate::migration::prelude::*;

        pub(super) async fn up(schema: &Schema<'_>) -> Result {
            schema.create_table(table("posts")).await
        }

        pub(super) async fn down(schema: &Schema<'_>) -> Result {
            schema.drop_table("posts").await
        }
    }

    mod without_one {
        use crate::migration::prelude::*;

        pub(super) async fn up(schema: &Schema<'_>) -> Result {
            schema.drop_table("posts").await
        }
    }

    #[tokio::test]
    async fn a_migration_knows_whether_it_can_be_undone_and_what_it_means_to_older_releases() {
        let folder = tempfile::tempdir().unwrap();
        let config = DatabaseConfig {
            url: Target::sqlite_url(folder.path().join("a.db")).into(),
            ..DatabaseConfig::default()
        };
        let own = vec![
            crate::migration!(with_a_way_back),
            crate::migration!(without_one, irreversible),
        ];
        let found: Vec<_> = own.iter().map(super::Migration::is_irreversible).collect();
        assert_eq!(found, [false, true]);

        let connection = Db::dedicated(&config).await.unwrap();
        let all = Migrator::new(Vec::new(), own.clone());
        all.up(&connection, None).await.unwrap();
        let status = all.status(&connection).await.unwrap();
        let additive: Vec<_> = status.into_iter().map(|one| one.additive).collect();
        assert_eq!(additive, [Some(true), Some(false)]);
        let error = all.down(&connection, 1).await.unwrap_err().to_string();
        assert!(
            error.contains("`without_one`") && error.contains("it cannot be undone"),
            "{error}"
        );

        // An older release has only the first.
        let older = Migrator::new(Vec::new(), vec![own[0]]);
        let error = older.pending(&connection).await.unwrap_err().to_string();
        assert!(error.contains("may break this one: without_one"), "{error}");
        let accepting = older.with(&DatabaseConfig {
            accept_migrations: vec!["without_one".to_owned()],
            ..config
        });
        assert!(accepting.pending(&connection).await.unwrap().is_empty());
    }

    #[test]
    fn the_author_has_the_last_word() {
        let migration = crate::migration!(without_one, irreversible);
        assert_eq!(migration.additive, None);
        assert_eq!(migration.additive().additive, Some(true));
        assert_eq!(migration.breaking().additive, Some(false));
    }
}
