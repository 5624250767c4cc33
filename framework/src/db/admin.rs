//! Creation and deletion of databases.

#[cfg(feature = "postgres")]
use sea_orm::{ConnectionTrait, DatabaseConnection};

#[cfg(feature = "sqlite")]
use super::unreachable::unreachable;
use super::{Db, DbError, Target};
#[cfg(feature = "postgres")]
use super::{
    PgTarget,
    identifier::quote,
    probe,
    unreachable::{code, reason},
};
use crate::config::DatabaseConfig;

/// Creates the database unless it exists, for SQLite with the folder that its file is in. Returns true if it was created.
///
/// Fails when the URL cannot be used, when a file cannot be created, and when the server cannot be reached or refuses to.
///
/// ```
/// use fw::{config::DatabaseConfig, db};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let file = folder.path().join("app.db");
/// let config = DatabaseConfig { url: db::Target::sqlite_url(file).into(), ..DatabaseConfig::default() };
/// assert!(!db::exists(&config).await?);
/// assert!(db::create(&config).await?);
/// assert!(!db::create(&config).await?, "it exists already");
/// db::ping(&config).await?;
/// assert!(db::drop(&config).await?);
/// assert!(matches!(db::ping(&config).await, Err(db::DbError::Missing { .. })));
/// # Ok(())
/// # }
/// ```
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
            pinged.map_err(|source| unreachable(config, &source))?;
            Ok(true)
        }
        #[cfg(feature = "postgres")]
        Target::Postgres(target) => {
            let server = probe::maintenance(&target, config).await?;
            let missing = !probe::pg_exists(&server, &target, config).await?;
            let sql = format!("CREATE DATABASE {}", quote(&target.database));
            let created = missing && manage(&server, &target, &sql).await?;
            let _ = server.close().await;
            Ok(created)
        }
    }
}

/// Creates the file of an SQLite database unless it exists. Returns true if it was created. A database on a server is left
/// alone, and nothing checks that there is one: a connection to a missing one fails. See [`create`] for an example.
pub async fn create_file(config: &DatabaseConfig) -> Result<bool, DbError> {
    match Target::parse(config.url.expose())? {
        #[cfg(feature = "sqlite")]
        Target::Sqlite { .. } => create(config).await,
        #[cfg(feature = "postgres")]
        Target::Postgres(_) => Ok(false),
    }
}

/// Drops the database with everything in it, if it exists: on PostgreSQL also while others are connected to it. Returns true if it
/// existed. See [`create`] for an example.
///
/// Fails when the URL cannot be used, when a file cannot be removed, and when the server cannot be reached or refuses to.
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
            let server = probe::maintenance(&target, config).await?;
            let exists = probe::pg_exists(&server, &target, config).await?;
            let sql = format!("DROP DATABASE {} WITH (FORCE)", quote(&target.database));
            let dropped = exists && manage(&server, &target, &sql).await?;
            let _ = server.close().await;
            Ok(dropped)
        }
    }
}

/// Connects to the database once, to check that it can be reached. See [`create`] for an example.
///
/// Fails as [`Db::connect`] does.
pub async fn ping(config: &DatabaseConfig) -> Result<(), DbError> {
    let db = Db::connect(config).await?;
    db.close().await;
    Ok(())
}

/// Runs a statement that creates or drops a database. Returns false if another process has done so in the meantime.
#[cfg(feature = "postgres")]
async fn manage(
    server: &DatabaseConnection,
    target: &PgTarget,
    sql: &str,
) -> Result<bool, DbError> {
    let Err(source) = server.execute_unprepared(sql).await else {
        return Ok(true);
    };
    let address = Target::Postgres(Box::new(target.clone())).address();
    match code(&source).as_deref() {
        // duplicate_database; unique_violation of the catalogue, when both began at once; invalid_catalog_name
        Some("42P04" | "23505" | "3D000") => Ok(false),
        // insufficient_privilege
        Some("42501") => Err(DbError::Rights {
            reason: reason(&source),
            grant: format!("ALTER ROLE {} CREATEDB", quote(&target.user)),
            address,
            role: target.user.clone(),
        }),
        _ => Err(DbError::Admin { address, source }),
    }
}
