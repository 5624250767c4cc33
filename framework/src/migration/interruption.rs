//! The interruption of migrations, which ends them on the server as well.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use tokio::time::timeout;

use super::{MigrationError, Migrator};
use crate::{config::DatabaseConfig, db::Db, error::Result as AppResult};

/// Applies all pending migrations on a connection of their own, until `stop` completes.
pub(crate) async fn apply(
    migrator: &Migrator,
    db: &Db,
    config: &DatabaseConfig,
    stop: impl Future<Output = ()>,
) -> AppResult<Vec<String>> {
    let up = async |connection: &DatabaseConnection| migrator.up(connection, None).await;
    if let Some(applied) = db.on_exclusive_connection(up).await? {
        return Ok(applied?);
    }
    let connection = Db::dedicated(config).await?;
    let up = migrator.up(&connection, None);
    let applied = until(stop, config, &connection, up).await;
    // All that it has done is committed or undone.
    let _ = connection.close().await;
    Ok(applied?)
}

/// Runs `work`, migrations on `connection`, until `stop` completes. Then its session is ended on the server, which undoes what is
/// not committed: a server notices that a client is gone only at the end of a statement, and keeps a place in the queue for a lock
/// until then.
pub(crate) async fn until<T>(
    stop: impl Future<Output = ()>,
    config: &DatabaseConfig,
    connection: &DatabaseConnection,
    work: impl Future<Output = Result<T, MigrationError>>,
) -> Result<T, MigrationError> {
    let session = session(connection).await?;
    tokio::select! {
        done = work => return done,
        () = stop => {}
    }
    if let Some(session) = session {
        match timeout(config.acquire_timeout, end(config, session)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, session, "the session could not be ended on the server");
            }
            Err(_) => tracing::warn!(session, "the session could not be ended on the server"),
        }
    }
    Err(MigrationError::Interrupted)
}

/// The process of a session on a PostgreSQL server; an SQLite database has none.
async fn session(connection: &DatabaseConnection) -> Result<Option<i32>, MigrationError> {
    if connection.get_database_backend() != DbBackend::Postgres {
        return Ok(None);
    }
    let session = Statement::from_string(DbBackend::Postgres, "SELECT pg_backend_pid()");
    match connection.query_one_raw(session).await? {
        Some(row) => Ok(Some(row.try_get_by_index(0)?)),
        None => Ok(None),
    }
}

async fn end(config: &DatabaseConfig, session: i32) -> Result<(), MigrationError> {
    let other = Db::dedicated(config).await?;
    let sql = format!("SELECT pg_terminate_backend({session})");
    let ended = other.execute_unprepared(&sql).await;
    let _ = other.close().await;
    ended?;
    Ok(())
}
