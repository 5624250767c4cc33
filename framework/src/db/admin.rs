//! Creating, dropping and probing whole databases.

#[cfg(feature = "postgres")]
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, RuntimeErr, Statement};
#[cfg(feature = "postgres")]
use sqlx::{ConnectOptions, Connection};

use super::{Db, DbError, Target};
#[cfg(feature = "postgres")]
use super::{PgTarget, postgres};
use crate::config::DatabaseConfig;

/// Creates the database unless it exists; says whether it did.
pub async fn create(config: &DatabaseConfig) -> Result<bool, DbError> {
    match Target::parse(config.url.expose())? {
        #[cfg(feature = "sqlite")]
        Target::Sqlite { path: None } => Ok(false),
        #[cfg(feature = "sqlite")]
        Target::Sqlite { path: Some(path) } => {
            if path.is_dir() {
                return Err(DbError::File {
                    path: path.display().to_string(),
                    source: std::io::ErrorKind::IsADirectory.into(),
                });
            }
            if path.exists() {
                return Ok(false);
            }
            if let Some(folder) = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty())
            {
                std::fs::create_dir_all(folder).map_err(|source| DbError::File {
                    path: folder.display().to_string(),
                    source,
                })?;
            }
            let db = Db::lazy(config)?;
            let pinged =
                sea_orm::ConnectionTrait::execute_unprepared(&db, "PRAGMA user_version").await;
            db.close().await;
            pinged.map_err(|source| DbError::unreachable(config, source))?;
            Ok(true)
        }
        #[cfg(feature = "postgres")]
        Target::Postgres(target) => {
            let server = maintenance(&target, config).await?;
            let missing = !pg_exists(&server, &target, config).await?;
            if missing {
                manage(
                    &server,
                    &target,
                    &format!("CREATE DATABASE {}", quote(&target.database)),
                )
                .await?;
            }
            Ok(missing)
        }
    }
}

/// Creates the file of an SQLite database unless it exists; says whether it did. A database on a server is left alone: that
/// one is missing is worth an error.
pub async fn create_file(config: &DatabaseConfig) -> Result<bool, DbError> {
    match Target::parse(config.url.expose())? {
        #[cfg(feature = "sqlite")]
        Target::Sqlite { .. } => create(config).await,
        #[cfg(feature = "postgres")]
        Target::Postgres(_) => Ok(false),
    }
}

/// Drops the database, with all that is in it, if it exists; says whether it did.
pub async fn drop(config: &DatabaseConfig) -> Result<bool, DbError> {
    match Target::parse(config.url.expose())? {
        #[cfg(feature = "sqlite")]
        Target::Sqlite { path: None } => Ok(false),
        #[cfg(feature = "sqlite")]
        Target::Sqlite { path: Some(path) } => {
            let existed = path.exists();
            for suffix in ["-wal", "-shm", ""] {
                let mut file = path.clone().into_os_string();
                file.push(suffix);
                match std::fs::remove_file(&file) {
                    Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                        return Err(DbError::File {
                            path: file.to_string_lossy().into_owned(),
                            source,
                        });
                    }
                    _ => {}
                }
            }
            Ok(existed)
        }
        #[cfg(feature = "postgres")]
        Target::Postgres(target) => {
            let server = maintenance(&target, config).await?;
            let exists = pg_exists(&server, &target, config).await?;
            if exists {
                let sql = format!("DROP DATABASE {} WITH (FORCE)", quote(&target.database));
                manage(&server, &target, &sql).await?;
            }
            Ok(exists)
        }
    }
}

/// Whether the database exists.
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

/// Opens the database once and closes it again.
pub async fn ping(config: &DatabaseConfig) -> Result<(), DbError> {
    let db = Db::connect(config).await?;
    db.close().await;
    Ok(())
}

/// Tells a database that does not exist from one that cannot be reached.
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
            Err(error) => Err(DbError::unreachable(config, error)),
        },
        #[cfg(feature = "sqlite")]
        Target::Sqlite { path: None } => Ok(()),
    }
}

/// PostgreSQL `invalid_catalog_name`.
#[cfg(feature = "postgres")]
fn is_missing_database(error: &DbErr) -> bool {
    matches!(
        error,
        DbErr::Conn(sea_orm::RuntimeErr::SqlxError(cause))
            if cause.as_database_error().is_some_and(|error| error.code().as_deref() == Some("3D000"))
    )
}

/// A connection to the server's `postgres` database, from which others are managed.
#[cfg(feature = "postgres")]
async fn maintenance(
    target: &PgTarget,
    config: &DatabaseConfig,
) -> Result<DatabaseConnection, DbError> {
    let mut server = target.clone();
    server.options = server.options.database("postgres");
    reach(&server, config)
        .await
        .map_err(|source| DbError::unreachable(config, source))?;
    Ok(postgres::dedicated(&server, config))
}

/// Connects once, without a pool: that one would go on trying until `acquire_timeout`, and then hide why it failed.
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
async fn pg_exists(
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
        .map_err(|source| DbError::unreachable(config, source))?
        .is_some())
}

#[cfg(feature = "postgres")]
async fn manage(server: &DatabaseConnection, target: &PgTarget, sql: &str) -> Result<(), DbError> {
    match server.execute_unprepared(sql).await {
        Ok(_) => Ok(()),
        Err(source) => Err(DbError::Admin {
            address: Target::Postgres(Box::new(target.clone())).address(),
            source,
        }),
    }
}

/// An identifier in SQL.
#[cfg(feature = "postgres")]
pub(crate) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
