//! A test database, made from a template that is migrated once.

mod postgres;
mod sqlite;

use std::{
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use fw::{
    config::{DatabaseConfig, Secret},
    db::{Db, Target},
    error::Result,
    sea_orm::DbBackend,
    test_support::Application,
};

use postgres::PgClone;
use sqlite::FileCopy;

/// A database that is removed when it is dropped.
///
/// Its kind is that of the configured URL, which is known only at run time: Cargo features of this crate would have to be in step with
/// those of the framework.
pub(crate) enum TestDatabase {
    Sqlite(FileCopy),
    Postgres(PgClone),
}

impl TestDatabase {
    /// Creates a fresh database with all migrations applied.
    pub(crate) async fn create(app: Application, config: &DatabaseConfig) -> Result<Self> {
        if Target::parse(config.url.expose())?.backend() == DbBackend::Sqlite {
            FileCopy::create(app, config).await.map(Self::Sqlite)
        } else {
            PgClone::create(app, config).await.map(Self::Postgres)
        }
    }

    pub(crate) fn url(&self) -> Secret {
        match self {
            Self::Sqlite(copy) => copy.url(),
            Self::Postgres(clone) => clone.url(),
        }
    }
}

/// A name that no other test on this machine uses at the moment.
fn unique(app: Application) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!(
        "{}_test_{}_{}",
        app.name().replace('-', "_"),
        process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    )
}

/// Applies all migrations to the database of a configuration.
async fn migrate(app: Application, config: &DatabaseConfig) -> Result<()> {
    let connection = Db::dedicated(config).await?;
    let applied = app.migrator().up(&connection, None).await;
    let _ = connection.close().await;
    Ok(applied.map(drop)?)
}
