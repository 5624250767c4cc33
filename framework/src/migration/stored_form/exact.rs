//! Makes decimal columns exact that are declared as floats, as SeaORM declares them.

use rust_decimal::Decimal;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::{
    super::Schema,
    create_table::redeclare,
    decimal::Size,
    expression::Kind,
    table::{Column, Table, quoted, tables},
};

use crate::count::counted;

/// Makes decimal columns exact in an SQLite database of before Framewright did so in every new table. Their values become what their
/// floats show, with the digits of the column. Nothing is done where they are exact already, as on PostgreSQL.
///
/// ```no_run
/// # use fw::migration::prelude::*;
/// # async fn up(schema: &Schema<'_>) -> Result {
/// exact_decimals(schema, "orders", ["amount", "discount"]).await
/// # }
/// ```
///
/// # Errors
///
/// When there is no such column of type `decimal`, when a value has more digits before the point than the column, when two values of a
/// unique column show the same number, and when the table has a `CHECK` that compares the column with a plain number.
pub async fn exact_decimals<const N: usize>(
    schema: &Schema<'_>,
    table: &str,
    columns: [&str; N],
) -> Result<(), DbErr> {
    let db = schema.connection();
    if db.get_database_backend() != DbBackend::Sqlite {
        return Ok(());
    }
    let tables = tables(db).await?;
    let found = tables
        .iter()
        .find(|found| found.name.eq_ignore_ascii_case(table));
    for name in columns {
        let column = found.and_then(|table| table.column(name));
        match (found, column) {
            (Some(table), Some(column)) if matches!(column.kind, Kind::Float(_)) => {
                make_exact(db, table, column).await?;
            }
            (_, Some(column)) if matches!(column.kind, Kind::Decimal(_)) => {}
            _ => {
                return Err(DbErr::Migration(format!(
                    "`{table}.{name}` is no column of the type `decimal`"
                )));
            }
        }
    }
    Ok(())
}

/// The decimal columns whose values are floats.
pub(super) fn floats(tables: &[Table]) -> impl Iterator<Item = (&Table, &Column)> {
    tables.iter().flat_map(|table| {
        let columns = table.columns.iter();
        let floats = columns.filter(|column| matches!(column.kind, Kind::Float(_)));
        floats.map(move |column| (table, column))
    })
}

/// Makes a column exact whose values are floats.
///
/// Its values wait as text behind an `x`: so they are neither rounded nor taken for each other while the type of the column changes.
pub(super) async fn make_exact<C: ConnectionTrait>(
    db: &C,
    table: &Table,
    column: &Column,
) -> Result<(), DbErr> {
    let failed = |why: String| {
        DbErr::Migration(format!(
            "`{}.{}` cannot be made exact: {why}",
            table.name, column.name
        ))
    };
    let size = match column.kind {
        Kind::Float(Some(size)) => size,
        Kind::Float(None) => {
            return Err(failed(
                "it is declared without the number of its digits\nhint: use `decimal_len`, as in `decimal_len(\"amount\", 10, 2)`".to_owned(),
            ));
        }
        _ => return Ok(()),
    };
    let (name, quoted_table) = (column.quoted(), quoted(&table.name));
    let stored = of_default(db, table, column, size).await?.map_or_else(
        || size.to_stored_form(&name),
        |(float, exact)| {
            let others = size.to_stored_form(&name);
            format!("CASE WHEN {name} = {float} THEN {exact} ELSE {others} END")
        },
    );
    let unreadable = format!(
        "SELECT count(*) AS number, min(CAST({name} AS TEXT)) AS example FROM {quoted_table} \
         WHERE {name} IS NOT NULL AND {stored} IS NULL"
    );
    if let Some(row) = one(db, unreadable).await?
        && row.try_get::<i64>("", "number")? > 0
    {
        let (number, example): (i64, String) =
            (row.try_get("", "number")?, row.try_get("", "example")?);
        let wanted = size.description();
        return Err(failed(format!(
            "the column has {} that must be {wanted}, such as `{example}`\nhint: change them before, with `UPDATE`",
            counted(number, "value", "values")
        )));
    }
    db.execute_unprepared(&format!(
        "UPDATE {quoted_table} SET {name} = 'x' || {stored} WHERE {name} IS NOT NULL"
    ))
    .await?;
    declare(db, table, column, size)
        .await
        .map_err(|error| match error {
            DbErr::Custom(why) => failed(why),
            error => error,
        })?;
    let waited = format!("substr({name}, 2)");
    let value = if size.is_integer() {
        format!("CAST({waited} AS INTEGER)")
    } else {
        waited
    };
    db.execute_unprepared(&format!(
        "UPDATE {quoted_table} SET {name} = {value} WHERE {name} IS NOT NULL"
    ))
    .await
    .map(drop)
}

/// The default of a column, as the float that it is now and in its stored form. The rows that were there before the column have it,
/// and a float may have lost digits of it.
async fn of_default<C: ConnectionTrait>(
    db: &C,
    table: &Table,
    column: &Column,
    size: Size,
) -> Result<Option<(String, String)>, DbErr> {
    let text = |name: &str| name.replace('\'', "''");
    let query = format!(
        "SELECT dflt_value AS value FROM pragma_table_xinfo('{}') WHERE name = '{}'",
        text(&table.name),
        text(&column.name)
    );
    let Some(row) = one(db, query).await? else {
        return Ok(None);
    };
    let given: Option<String> = row.try_get("", "value")?;
    let number = given.and_then(|given| given.trim_matches('\'').parse().ok());
    Ok(number.and_then(|number: Decimal| {
        let exact = size.literal(number)?;
        Some((format!("CAST('{number}' AS REAL)"), exact))
    }))
}

/// Changes the type of a column, and its default, in the schema itself: a table cannot be made anew in a transaction, since dropping
/// the old one would delete what refers to its rows. See "Making Other Kinds Of Table Schema Changes" of SQLite's documentation.
async fn declare<C: ConnectionTrait>(
    db: &C,
    table: &Table,
    column: &Column,
    size: Size,
) -> Result<(), DbErr> {
    let name = table.name.replace('\'', "''");
    let query = format!("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = '{name}'");
    let Some(row) = one(db, query).await? else {
        return Ok(());
    };
    let sql: String = row.try_get("", "sql")?;
    let default = |value: &str| size.literal(value.parse().ok()?);
    // 0 is 0 in all units, but no text.
    let may_compare = |number: &str| size.is_integer() && number.parse() == Ok(0.0);
    let sql = redeclare(&sql, &column.name, &size.declared(), default, may_compare)
        .map_err(|unchangeable| DbErr::Custom(unchangeable.0))?;
    let version: i64 = match one(db, "PRAGMA schema_version".to_owned()).await? {
        Some(row) => row.try_get("", "schema_version")?,
        None => 0,
    };
    let update = format!(
        "UPDATE sqlite_master SET sql = '{}' WHERE type = 'table' AND name = '{name}'",
        sql.replace('\'', "''")
    );
    db.execute_unprepared("PRAGMA writable_schema = on").await?;
    let updated = db.execute_unprepared(&update).await;
    // Every connection reads the schema again.
    db.execute_unprepared(&format!("PRAGMA schema_version = {}", version + 1))
        .await?;
    db.execute_unprepared("PRAGMA writable_schema = reset")
        .await?;
    updated.map(drop)
}

async fn one<C: ConnectionTrait>(
    db: &C,
    query: String,
) -> Result<Option<sea_orm::QueryResult>, DbErr> {
    let query = Statement::from_string(DbBackend::Sqlite, query);
    db.query_one_raw(query).await
}
