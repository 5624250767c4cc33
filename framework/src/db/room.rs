//! The built-in room of the database: a server whose database cannot be reached, or accepts no changes, is not ready.

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::Db;
use crate::{error::BoxError, room::Room};

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
    if read_only.as_deref() == Some("on") {
        return Err("the server accepts no changes: it is a standby, or read-only".into());
    }
    Ok(())
}
