//! Backups of SQLite: a copy of the database file.

mod restore;
mod save;
mod swap;

use std::path::Path;

use rusqlite::Connection;

pub(super) use restore::{rehearse, replace, unpack};
pub(super) use save::save;

use super::{BackupError, job::Job, manifest::Contents};

/// Reads the contents of a database.
fn contents(connection: &Connection, path: &Path, job: &Job) -> Result<Contents, BackupError> {
    let names = |sql: &str| -> rusqlite::Result<Vec<String>> {
        connection
            .prepare(sql)?
            .query_map([], |row| row.get(0))?
            .collect()
    };
    // Virtual tables are represented by the tables behind them.
    let tables = names(
        "SELECT name FROM pragma_table_list \
         WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )
    .map_err(BackupError::sqlite(path))?;
    let mut contents = Contents::default();
    for table in tables {
        job.check()?;
        let sql = format!("SELECT count(*) FROM \"{}\"", table.replace('"', "\"\""));
        let rows: i64 = connection
            .query_row(&sql, [], |row| row.get(0))
            .map_err(BackupError::sqlite(path))?;
        contents.tables.insert(table, rows.unsigned_abs());
    }
    if contents.tables.contains_key("seaql_migrations") {
        contents.migrations = names("SELECT version FROM seaql_migrations ORDER BY version")
            .map_err(BackupError::sqlite(path))?;
        // Databases of earlier versions do not have the column.
        let columns = names("SELECT name FROM pragma_table_info('seaql_migrations')")
            .map_err(BackupError::sqlite(path))?;
        if columns.iter().any(|name| name == "additive") {
            contents.additive =
                names("SELECT version FROM seaql_migrations WHERE additive ORDER BY version")
                    .map_err(BackupError::sqlite(path))?;
        }
    }
    Ok(contents)
}
