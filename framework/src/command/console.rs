//! The command `db console`, which opens the database's own shell.

use std::process::Command;

use super::Outcome;
use crate::{
    config::DatabaseConfig,
    db::Target,
    error::{Error, Result},
};

/// Runs `sqlite3` or `psql` on the configured database; its exit code becomes ours.
pub(super) fn open(config: &DatabaseConfig) -> Result<Outcome> {
    let mut shell = match Target::parse(config.url.expose())? {
        #[cfg(feature = "sqlite")]
        Target::Sqlite { path: Some(path) } => {
            let mut shell = Command::new("sqlite3");
            shell.arg(path);
            shell
        }
        #[cfg(feature = "sqlite")]
        Target::Sqlite { path: None } => {
            return Err(Error::internal(
                "a database in memory belongs to the process that made it",
            ));
        }
        #[cfg(feature = "postgres")]
        Target::Postgres(pg) => {
            let mut shell = Command::new("psql");
            pg.set_env(&mut shell);
            shell
        }
    };
    let program = shell.get_program().to_string_lossy().into_owned();
    let status = shell.status().map_err(|error| {
        Error::internal(format!(
            "`{program}` cannot be started: {error}\nhint: install it (Debian: `sqlite3`, `postgresql-client`)"
        ))
    })?;
    Ok(Outcome::Exit(
        status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .unwrap_or(1),
    ))
}
