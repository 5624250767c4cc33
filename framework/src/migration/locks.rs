//! Locks of PostgreSQL that migrations wait for.
//!
//! A statement that changes a table waits for every transaction that uses it, and everything that comes after it waits behind it.
//! So a migration waits for a short time only, then lets the others pass and tries again.

use std::time::Duration;

use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};
use tokio::time::sleep;

use super::MigrationError;
use crate::{config::duration, db};

/// The key of the advisory lock: "framewri" in ASCII.
const LOCK: i64 = 0x6672_616d_6577_7269;

/// The pause between two attempts to take it.
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// The number of times that a migration waits for its locks.
const ATTEMPTS: u32 = 5;

/// Runs `work` while no other process migrates the same PostgreSQL database.
pub(super) async fn exclusively<T>(
    db: &DatabaseConnection,
    work: impl AsyncFnOnce() -> Result<T, MigrationError>,
) -> Result<T, MigrationError> {
    if db.get_database_backend() != DbBackend::Postgres {
        return work().await;
    }
    // The pool has one connection, so lock, work and unlock share a session. A process that dies loses its session and
    // with it the lock.
    let mut is_free = try_lock(db).await?;
    if !is_free {
        tracing::warn!("another process migrates the database; this one waits for it");
    }
    while !is_free {
        sleep(LOCK_PAUSE).await;
        is_free = try_lock(db).await?;
    }
    let result = work().await;
    let unlocked = db
        .execute_unprepared(&format!("SELECT pg_advisory_unlock({LOCK})"))
        .await;
    let result = result?;
    unlocked?;
    Ok(result)
}

/// Takes the lock, unless another process has it. A statement that waited for it would have a snapshot meanwhile, which
/// `CREATE INDEX CONCURRENTLY` of the other process would wait for.
async fn try_lock(db: &DatabaseConnection) -> Result<bool, DbErr> {
    let query = format!("SELECT pg_try_advisory_lock({LOCK}) AS locked");
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::Postgres, query))
        .await?;
    row.map_or(Ok(false), |row| row.try_get("", "locked"))
}

/// Sets the time that the statements of a transaction wait for a lock.
pub(super) async fn limit<C: ConnectionTrait>(
    transaction: &C,
    timeout: Duration,
) -> Result<(), DbErr> {
    if transaction.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let limit = format!("SET LOCAL lock_timeout = {}", timeout.as_millis().max(1));
    transaction.execute_unprepared(&limit).await.map(drop)
}

/// Runs `attempt`, a transaction, and repeats it when it did not get a lock in time. Others have as long in between.
pub(super) async fn with_retries<'a, T>(
    name: &str,
    timeout: Duration,
    attempt: impl Fn() -> BoxFuture<'a, Result<T, DbErr>>,
) -> Result<T, MigrationError> {
    for number in 1.. {
        let source = match attempt().await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        if !is_lock_timeout(&source) {
            return Err(MigrationError::Failed {
                name: name.to_owned(),
                source,
            });
        }
        if number >= ATTEMPTS {
            break;
        }
        tracing::warn!(
            migration = name,
            attempt = number,
            "another transaction uses the table; it is tried again after {}",
            duration::format(timeout)
        );
        sleep(timeout).await;
    }
    Err(MigrationError::Locked {
        name: name.to_owned(),
        timeout,
        attempts: ATTEMPTS,
    })
}

/// True for the PostgreSQL error `lock_not_available`.
fn is_lock_timeout(error: &DbErr) -> bool {
    db::code(error).as_deref() == Some("55P03")
}
