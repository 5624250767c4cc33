//! The list of the migrations of a database.

#[cfg(feature = "views")]
use std::sync::Arc;
use std::time::Duration;

use super::Migration;
use crate::config::DatabaseConfig;

/// The list of an application's migrations: those of the framework, which every database gets and which are never undone, and then
/// its own.
///
/// The commands `db migrate`, `db rollback` and `db status` do this for an application. A test of one migration, on data that was
/// there before, does it step by step:
///
/// ```
/// # mod migrations {
/// #     pub mod m20261121_101500_create_posts {
/// #         use fw::migration::prelude::*;
/// #         pub async fn up(schema: &Schema<'_>) -> Result { schema.create_table(table("posts")).await }
/// #         pub async fn down(schema: &Schema<'_>) -> Result { schema.drop_table("posts").await }
/// #     }
/// # }
/// # use migrations::m20261121_101500_create_posts;
/// use fw::{db::Db, migration::{MigrationError, Migrator, Status}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let url = fw::db::Target::sqlite_url(folder.path().join("app.db"));
/// # let config = fw::config::DatabaseConfig { url: url.into(), ..Default::default() };
/// let create_posts = fw::migration!(m20261121_101500_create_posts);
/// let migrator = Migrator::new(Vec::new(), vec![create_posts]);
/// let connection = Db::dedicated(&config).await?;
/// assert_eq!(migrator.pending(&connection).await?, ["m20261121_101500_create_posts"]);
///
/// migrator.up(&connection, None).await?;
/// let status: Vec<Status> = migrator.status(&connection).await?;
/// assert!(status[0].applied_at.is_some());
/// assert_eq!(status[0].additive, Some(true));
///
/// migrator.down(&connection, 1).await?;
/// assert_eq!(migrator.pending(&connection).await?.len(), 1);
///
/// let twice = Migrator::new(Vec::new(), vec![create_posts, create_posts]);
/// let error = twice.pending(&connection).await.unwrap_err();
/// assert!(matches!(error, MigrationError::Duplicate { .. }));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Migrator {
    framework: Vec<Migration>,
    own: Vec<Migration>,
    /// The names of migrations that only the database has, and that are accepted.
    accepted: Vec<String>,
    lock_timeout: Duration,
}

/// A function that makes the list of the migrations of an application, as a handle of its context.
#[cfg(feature = "views")]
#[derive(Clone)]
pub(crate) struct MigratorSource(pub(crate) Arc<dyn Fn() -> Migrator + Send + Sync>);

impl Migrator {
    /// A list of the framework's migrations, in the order of their names (which begin with their time), and then of the
    /// application's, in the order of `own`.
    pub fn new(mut framework: Vec<Migration>, own: Vec<Migration>) -> Self {
        framework.sort_by_key(Migration::name);
        let DatabaseConfig {
            accept_migrations: accepted,
            lock_timeout,
            ..
        } = DatabaseConfig::default();
        Self {
            framework,
            own,
            accepted,
            lock_timeout,
        }
    }

    /// Sets what the configuration says about migrations: `accept_migrations` and `lock_timeout`.
    #[must_use]
    pub fn with(self, config: &DatabaseConfig) -> Self {
        Self {
            accepted: config.accept_migrations.clone(),
            lock_timeout: config.lock_timeout,
            ..self
        }
    }

    /// The application's own migrations.
    pub fn own(&self) -> &[Migration] {
        &self.own
    }

    /// The names of all migrations, in the order in which they are applied.
    pub fn names(&self) -> Vec<&'static str> {
        self.all().map(Migration::name).collect()
    }

    /// All migrations, in the order in which they are applied.
    pub(super) fn all(&self) -> impl Iterator<Item = &Migration> {
        self.framework.iter().chain(&self.own)
    }

    pub(super) fn find(&self, name: &str) -> Option<&Migration> {
        self.all().find(|one| one.name() == name)
    }

    /// Returns true if a migration that only the database has is accepted by its name.
    pub(super) fn accepts(&self, name: &str) -> bool {
        self.accepted.iter().any(|accepted| accepted == name)
    }

    /// The time that a migration waits for a lock of PostgreSQL.
    pub(super) fn lock_timeout(&self) -> Duration {
        self.lock_timeout
    }

    /// Returns true if this is the name of one of the framework's migrations.
    pub(super) fn is_of_framework(&self, name: &str) -> bool {
        self.framework.iter().any(|one| one.name() == name)
    }
}
