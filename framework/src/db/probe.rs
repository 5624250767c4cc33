//! Probes of a database, which check that it exists and that its server can be reached. They open no pool.

#[cfg(feature = "postgres")]
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, RuntimeErr, Statement};
#[cfg(feature = "postgres")]
use sqlx::{ConnectOptions, Connection};

use super::{DbError, Target};
#[cfg(feature = "postgres")]
use super::{PgTarget, postgres};
use crate::config::DatabaseConfig;

/// Returns true if the database exists.
pub async fn exists(config: &DatabaseConfig) -> Result<bool, DbError> {
    match Target::parse(config.url.expose())? {
        #[cfg(feature = "sqlite")]
        Target::Sqlite { path } => Ok(path.is_none_or(|path| path.exists())),
        #[cfg(feature = "postgres")]
        Target::Postgres(target) => {
            let server = maintenance(&target, config).await?;
            pg_exists(&server, &target, config).await
        }
    }
}

/// Fails if the database does not exist or cannot be reached, with an error of its own for each.
pub(super) async fn check_exists(config: &DatabaseConfig) -> Result<(), DbError> {
    match Target::parse(config.url.expose())? {
        #[cfg(feature = "sqlite")]
        target @ Target::Sqlite { path: Some(_) } => {
            if exists(config).await? {
                Ok(())
            } else {
                Err(DbError::Missing {
                    address: target.address(),
                })
            }
        }
        #[cfg(feature = "postgres")]
        Target::Postgres(target) => match reach(&target, config).await {
            Ok(()) => Ok(()),
            Err(error) if is_missing_database(&error) => Err(DbError::Missing {
                address: Target::Postgres(target).address(),
            }),
            Err(error) => Err(Target::unreachable(config, error)),
        },
        #[cfg(feature = "sqlite")]
        Target::Sqlite { path: None } => Ok(()),
    }
}

/// True for the PostgreSQL error `invalid_catalog_name`.
#[cfg(feature = "postgres")]
fn is_missing_database(error: &DbErr) -> bool {
    matches!(
        error,
        DbErr::Conn(sea_orm::RuntimeErr::SqlxError(cause))
            if cause.as_database_error().is_some_and(|error| error.code().as_deref() == Some("3D000"))
    )
}

/// A connection to the server's `postgres` database, from which other databases are created and dropped.
#[cfg(feature = "postgres")]
pub(super) async fn maintenance(
    target: &PgTarget,
    config: &DatabaseConfig,
) -> Result<DatabaseConnection, DbError> {
    let mut server = target.clone();
    server.options = server.options.database("postgres");
    reach(&server, config)
        .await
        .map_err(|source| Target::unreachable(config, source))?;
    Ok(postgres::dedicated(&server, config))
}

/// Connects once, without a pool: a pool would retry until `acquire_timeout` and then hide the cause.
#[cfg(feature = "postgres")]
async fn reach(target: &PgTarget, config: &DatabaseConfig) -> Result<(), DbErr> {
    let attempt = async {
        let connection = target.options.connect().await?;
        connection.close().await
    };
    let failure = match tokio::time::timeout(config.acquire_timeout, attempt).await {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => error,
        Err(_) => sqlx::Error::PoolTimedOut,
    };
    Err(DbErr::Conn(RuntimeErr::SqlxError(failure.into())))
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
        .map_err(|source| Target::unreachable(config, source))?
        .is_some())
}
