//! Options of connections to an SQLite database.

use std::path::Path;

use sqlx::{
    ConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use crate::config::DatabaseConfig;

/// The options of every connection to an SQLite database; without a path the database is in memory.
pub(in crate::db) fn options(path: Option<&Path>, config: &DatabaseConfig) -> SqliteConnectOptions {
    let options = match path {
        Some(path) => SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal),
        // Each has a name of its own, by which other connections of this process find it.
        None => memory(),
    };
    options
        .foreign_keys(true)
        .busy_timeout(config.busy_timeout)
        .create_if_missing(true)
        .optimize_on_close(true, 400)
        .log_statements(log::LevelFilter::Trace)
        .log_slow_statements(log::LevelFilter::Warn, config.slow_query)
}

fn memory() -> SqliteConnectOptions {
    "sqlite::memory:"
        .parse()
        .expect("the driver knows this address")
}
