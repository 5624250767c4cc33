//! Triggers that keep each value of an SQLite database in its stored form, whatever program writes it.
//!
//! SQLite compares times as text, and the same time can be written in many ways: with an offset, with a `T`, with zeros at the end of
//! the fraction. It has no exact decimals, so they are integers or texts in a form of their own; sea-query declares a float for them,
//! which becomes a type of ours at the end of the migration that makes the column. Statements of [`Db`](crate::db::Db) write one form. Two triggers of each table with such columns turn everything else
//! into it: SQL with literals, imports, other programs. They are taken away while a migration runs, because a column that a trigger
//! names cannot be dropped, and made anew at its end, when rows that the migration has written are converted as well.
//!
//! On PostgreSQL there is nothing to do.

mod create_table;
mod decimal;
mod exact;
mod expression;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Statement};

use crate::count::counted;

pub use self::exact::exact_decimals;
use self::{
    exact::{floats, make_exact},
    expression::Kind,
    table::{PREFIX, Table, quoted, tables},
};

/// The triggers that were dropped for a migration.
pub(super) struct DroppedTriggers {
    triggers: BTreeMap<String, String>,
    /// The decimal columns that are floats: a migration of the application makes them exact.
    floats: BTreeSet<String>,
    /// The number of rows that this connection had changed by then.
    changes: i64,
}

/// Drops the triggers for the time of a migration.
pub(super) async fn drop_triggers(
    db: &DatabaseTransaction,
) -> Result<Option<DroppedTriggers>, DbErr> {
    if db.get_database_backend() != DbBackend::Sqlite {
        return Ok(None);
    }
    let triggers = existing_triggers(db).await?;
    drop_all(db, triggers.keys()).await?;
    Ok(Some(DroppedTriggers {
        triggers,
        floats: names_of_floats(&tables(db).await?).collect(),
        changes: changes(db).await?,
    }))
}

/// Makes new decimal columns exact and the triggers that the tables now need, and converts the rows of tables that have new ones; of all tables, when rows were
/// changed meanwhile.
pub(super) async fn restore_triggers(
    db: &DatabaseTransaction,
    dropped: Option<DroppedTriggers>,
) -> Result<(), DbErr> {
    let Some(dropped) = dropped else {
        return Ok(());
    };
    let is_changed = changes(db).await? != dropped.changes;
    let mut all = tables(db).await?;
    for (table, column) in floats(&all) {
        if !dropped.floats.contains(&column.name_in(table)) {
            make_exact(db, table, column).await?;
        }
    }
    if floats(&all).next().is_some() {
        all = tables(db).await?;
    }
    for table in all {
        for (_, statement) in table.triggers() {
            db.execute_unprepared(&statement).await?;
        }
        if is_changed || !has_triggers(&table, &dropped.triggers) {
            convert(db, &table).await?;
        }
    }
    Ok(())
}

/// Creates the missing triggers of an SQLite database, and converts all rows.
pub(super) async fn repair(db: &DatabaseTransaction) -> Result<(), DbErr> {
    let mut existing = existing_triggers(db).await?;
    let tables = tables(db).await?;
    let mut missing = Vec::new();
    for (name, statement) in tables.iter().flat_map(Table::triggers) {
        if existing.get(&name) == Some(&statement) {
            existing.remove(&name);
        } else {
            missing.push(statement);
        }
    }
    drop_all(db, existing.keys()).await?;
    for statement in missing {
        db.execute_unprepared(&statement).await?;
    }
    for table in &tables {
        convert(db, table).await?;
    }
    Ok(())
}

/// The faults of an SQLite database in the stored forms of its tables.
///
/// ```
/// use fw::{migration::{stored_form_faults, stored_form_violations}, prelude::*};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let config = fw::config::DatabaseConfig { url: "sqlite::memory:".into(), ..Default::default() };
/// # let db = fw::db::Db::connect(&config).await?;
/// // As SeaORM declares decimals, outside of the migrations of Framewright.
/// db.execute_unprepared("CREATE TABLE orders (id INTEGER PRIMARY KEY, amount real_decimal)").await?;
/// let faults = stored_form_faults(&db).await?;
/// assert_eq!(faults.float_decimals, ["orders.amount"]);
///
/// let violations = stored_form_violations(&db).await?;
/// assert!(violations.iter().any(|one| one.starts_with("`orders.amount` keeps its decimals as floats")));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredFormFaults {
    /// The tables whose triggers are missing or of another version of the framework, as in a database that is older than the
    /// triggers. [`Migrator::up`](super::Migrator::up) creates them and converts the rows.
    pub without_triggers: Vec<String>,
    /// The decimal columns, as `orders.amount`, that are kept as floats since they are older than Framewright's exact decimals.
    /// [`exact_decimals`] makes them exact; until then their values can be read, but not compared with others or changed.
    pub float_decimals: Vec<String>,
}

/// The faults of a database in the stored forms of its tables, found without a look at its rows; none on PostgreSQL. See
/// [`StoredFormFaults`] for an example.
///
/// # Errors
///
/// Those of the database.
pub async fn stored_form_faults<C: ConnectionTrait>(db: &C) -> Result<StoredFormFaults, DbErr> {
    if db.get_database_backend() != DbBackend::Sqlite {
        return Ok(StoredFormFaults::default());
    }
    let existing = existing_triggers(db).await?;
    let tables = tables(db).await?;
    let without = tables
        .iter()
        .filter(|table| !has_triggers(table, &existing));
    Ok(StoredFormFaults {
        without_triggers: without.map(|table| table.name.clone()).collect(),
        float_decimals: names_of_floats(&tables).collect(),
    })
}

fn has_triggers(table: &Table, triggers: &BTreeMap<String, String>) -> bool {
    let exists = |(name, statement): &(String, String)| triggers.get(name) == Some(statement);
    table.triggers().iter().all(exists)
}

fn names_of_floats(tables: &[Table]) -> impl Iterator<Item = String> {
    floats(tables).map(|(table, column)| column.name_in(table))
}

/// The violations of the stored form in an SQLite database, a sentence for each table or column. It reads every row. See
/// [`StoredFormFaults`] for an example.
///
/// # Errors
///
/// Those of the database.
pub async fn stored_form_violations<C: ConnectionTrait>(db: &C) -> Result<Vec<String>, DbErr> {
    if db.get_database_backend() != DbBackend::Sqlite {
        return Ok(Vec::new());
    }
    let existing = existing_triggers(db).await?;
    let mut found = Vec::new();
    for table in tables(db).await? {
        if !has_triggers(&table, &existing) {
            found.push(format!(
                "`{}` has no triggers that keep its times, UUIDs and decimals in one form",
                table.name
            ));
        }
        for column in &table.columns {
            if matches!(column.kind, Kind::Float(_)) {
                found.push(format!(
                    "`{}.{}` keeps its decimals as floats: make it exact in a migration, with `exact_decimals(schema, \"{0}\", [\"{1}\"])`",
                    table.name, column.name
                ));
                continue;
            }
            let (number, example) = count_not_stored_form(db, &table, column).await?;
            if number > 0 {
                found.push(format!(
                    "`{}.{}` has {} in another form, such as `{example}`: each must be {}",
                    table.name,
                    column.name,
                    counted(number, "value", "values"),
                    column.kind.description()
                ));
            }
        }
    }
    Ok(found)
}

/// The number of values of a column that are not in their stored form, and one of them.
async fn count_not_stored_form<C: ConnectionTrait>(
    db: &C,
    table: &Table,
    column: &table::Column,
) -> Result<(i64, String), DbErr> {
    let query = Statement::from_string(DbBackend::Sqlite, table.count_not_stored_form(column));
    let Some(row) = db.query_one_raw(query).await? else {
        return Ok((0, String::new()));
    };
    let example: Option<String> = row.try_get("", "example")?;
    Ok((row.try_get("", "number")?, example.unwrap_or_default()))
}

async fn convert(db: &DatabaseTransaction, table: &Table) -> Result<(), DbErr> {
    // A key and the foreign keys that refer to it are converted one after the other.
    db.execute_unprepared("PRAGMA defer_foreign_keys = on")
        .await?;
    let Some(conversion) = table.conversion() else {
        return Ok(());
    };
    let converted = db.execute_unprepared(&conversion).await?;
    if converted.rows_affected() == 0 {
        return Ok(());
    }
    tracing::info!(
        table = table.name,
        rows = converted.rows_affected(),
        "times, UUIDs and decimals written in their stored form"
    );
    for column in &table.columns {
        let (rows, example) = count_not_stored_form(db, table, column).await?;
        if rows > 0 && !matches!(column.kind, Kind::Float(_)) {
            tracing::warn!(
                table = table.name,
                column = column.name,
                rows,
                example,
                "values that cannot be read are left as they are"
            );
        }
    }
    Ok(())
}

/// Our triggers in the database, by name, with their statements.
async fn existing_triggers<C: ConnectionTrait>(db: &C) -> Result<BTreeMap<String, String>, DbErr> {
    let query = format!(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name GLOB '{PREFIX}*'"
    );
    let rows = db
        .query_all_raw(Statement::from_string(DbBackend::Sqlite, query))
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get("", "name")?, row.try_get("", "sql")?)))
        .collect()
}

async fn drop_all(
    db: &DatabaseTransaction,
    names: impl Iterator<Item = &String>,
) -> Result<(), DbErr> {
    for name in names {
        db.execute_unprepared(&format!("DROP TRIGGER {}", quoted(name)))
            .await?;
    }
    Ok(())
}

async fn changes(db: &DatabaseTransaction) -> Result<i64, DbErr> {
    let query = Statement::from_string(DbBackend::Sqlite, "SELECT total_changes() AS number");
    match db.query_one_raw(query).await? {
        Some(row) => row.try_get("", "number"),
        None => Ok(0),
    }
}
