//! The settings of the server on which it depends whether jobs are lost.

use std::collections::HashMap;

use redis::cmd;

use super::{codec::text, connection::Connection};
use crate::queue::store::{Result, StoreError};

/// Fails if the server accepts no changes.
pub(super) async fn check_role(connection: &Connection) -> Result {
    let facts = match facts(connection, "replication").await {
        Ok(facts) => facts,
        // The user may have no right to ask.
        Err(StoreError::Unreachable { reason, .. }) if reason.contains("NOPERM") => return Ok(()),
        Err(error) => return Err(error),
    };
    if facts.get("role").is_some_and(|role| role == "slave") {
        return Err(StoreError::Unreachable {
            address: connection.address(),
            reason: "it accepts no changes: it is a replica".to_owned(),
        });
    }
    Ok(())
}

/// The settings of the server with which jobs may be lost, each with a hint.
pub(super) async fn weaknesses(connection: &Connection) -> Result<Vec<String>> {
    let address = connection.address();
    let mut weaknesses = Vec::new();
    let memory = facts(connection, "memory").await?;
    if let Some(policy) = memory.get("maxmemory_policy")
        && policy != "noeviction"
    {
        weaknesses.push(format!(
            "Redis at `{address}` deletes jobs when its memory is full: its `maxmemory-policy` is `{policy}`\n\
             hint: set it to `noeviction`, and use another Redis as a cache"
        ));
    }
    let persistence = facts(connection, "persistence").await?;
    if persistence
        .get("aof_enabled")
        .is_some_and(|is_on| is_on == "0")
    {
        weaknesses.push(format!(
            "Redis at `{address}` loses the jobs since its last snapshot when it ends: it has no log of changes\n\
             hint: set `appendonly yes`; with `appendfsync everysec`, the default, a crash of the machine loses up to a second"
        ));
    }
    Ok(weaknesses)
}

/// The lines `name:value` of a section of `INFO`.
async fn facts(connection: &Connection, section: &str) -> Result<HashMap<String, String>> {
    let info = connection.command(cmd("INFO").arg(section)).await?;
    let info = text(info)?;
    let lines = info.lines().filter_map(|line| line.split_once(':'));
    Ok(lines
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect())
}
