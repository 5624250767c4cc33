//! The built-in room of the database: a server whose database cannot be reached, or accepts no changes, is not ready.

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::Db;
use crate::{
    error::BoxError,
    room::{NotReady, Room},
};

pub(crate) const ROOM: Room = Room {
    name: "database",
    health: |ctx| Box::pin(health(&ctx.db)),
    ..Room::NONE
};

async fn health(db: &Db) -> Result<(), BoxError> {
    if db.backend() != DbBackend::Postgres {
        return Ok(db.ping().await?);
    }
    let query = Statement::from_string(
        DbBackend::Postgres,
        "SELECT current_setting('transaction_read_only') AS read_only",
    );
    let row = db.query_one_raw(query).await?;
    let read_only: Option<String> = row.map(|row| row.try_get("", "read_only")).transpose()?;
    if read_only.as_deref() != Some("on") {
        return Ok(());
    }
    let cause = cause(db).await?;
    Err(NotReady(format!("the database accepts no changes: {cause}")).into())
}

/// The cause for which a server of PostgreSQL accepts no changes.
async fn cause(db: &Db) -> Result<String, BoxError> {
    let query = Statement::from_string(
        DbBackend::Postgres,
        "SELECT pg_is_in_recovery() AS is_standby, source FROM pg_settings WHERE name = 'default_transaction_read_only'",
    );
    let Some(row) = db.query_one_raw(query).await? else {
        return Ok("it is read-only".to_owned());
    };
    if row.try_get("", "is_standby")? {
        return Ok("it is a standby, which is in recovery".to_owned());
    }
    // Such as `database`, `user`, `configuration file`.
    let source: String = row.try_get("", "source")?;
    Ok(format!(
        "`default_transaction_read_only` is on (set by: {source})"
    ))
}
