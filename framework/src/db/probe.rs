//! Probes of a database, which check that it exists. They open no pool.

#[cfg(feature = "postgres")]
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

use super::{DbError, Target};
#[cfg(feature = "postgres")]
use super::{PgTarget, postgres, unreachable::unreachable};
use crate::config::DatabaseConfig;

/// Returns true if the database exists; one in memory always does. See [`create`](super::create) for an example.
///
/// Fails when the URL cannot be used, or the server cannot be reached.
pub async fn exists(config: &DatabaseConfig) -> Result<bool, DbError> {
    match Target::parse(config.url.expose())? {
        #[cfg(feature = "sqlite")]
        Target::Sqlite { path } => Ok(path.is_none_or(|path| path.exists())),
        #[cfg(feature = "postgres")]
        Target::Postgres(target) => {
            let server = maintenance(&target, config).await?;
            let exists = pg_exists(&server, &target, config).await;
            let _ = server.close().await;
            exists
        }
    }
}

/// Fails if the file of an SQLite database does not exist. A server is not asked.
pub(super) fn check_file(config: &DatabaseConfig) -> Result<(), DbError> {
    match Target::parse(config.url.expose())? {
        #[cfg(feature = "sqlite")]
        target @ Target::Sqlite { .. } => match &target {
            Target::Sqlite { path: Some(path) } if !path.exists() => Err(DbError::Missing {
                address: target.address(),
            }),
            _ => Ok(()),
        },
        #[cfg(feature = "postgres")]
        Target::Postgres(_) => Ok(()),
    }
}

/// A connection to the server's `postgres` database, from which other databases are created and dropped.
#[cfg(feature = "postgres")]
pub(super) async fn maintenance(
    target: &PgTarget,
    config: &DatabaseConfig,
) -> Result<DatabaseConnection, DbError> {
    if config.transaction_pooling {
        return Err(DbError::Pooled);
    }
    let mut server = target.clone();
    server.options = server.options.database("postgres");
    postgres::dedicated(&server, config)
        .await
        .map_err(|source| unreachable(config, &source))
}

#[cfg(feature = "postgres")]
pub(super) async fn pg_exists(
    server: &DatabaseConnection,
    target: &PgTarget,
    config: &DatabaseConfig,
) -> Result<bool, DbError> {
    let found = server
        .query_one_raw(Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT 1 FROM pg_database WHERE datname = $1",
            [target.database.as_str().into()],
        ))
        .await;
    Ok(found
        .map_err(|source| unreachable(config, &source))?
        .is_some())
}
