//! The tables of an SQLite database that have such columns, and the statements that keep them in order.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::expression::Kind;

/// What the names of all triggers of ours begin with.
pub(super) const PREFIX: &str = "fw_stored_form_";

/// A table with columns whose values have a stored form.
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// The columns that tell rows apart.
    key: Vec<String>,
}

pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
}

impl Column {
    /// The column, as SQL.
    pub(super) fn quoted(&self) -> String {
        quoted(&self.name)
    }
}

/// All such tables.
pub(super) async fn tables<C: ConnectionTrait>(db: &C) -> Result<Vec<Table>, DbErr> {
    // Hidden columns are generated ones, but for those of virtual tables.
    const COLUMNS: &str = "SELECT t.name AS 'table', t.wr AS without_rowid, c.name AS name, c.type AS type, c.pk AS pk, \
        c.hidden AS hidden FROM pragma_table_list t JOIN pragma_table_xinfo(t.name) c \
        WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite^_%' ESCAPE '^' ORDER BY t.name, c.cid";
    let mut found: BTreeMap<String, (bool, Vec<ColumnRow>)> = BTreeMap::new();
    for row in db
        .query_all_raw(Statement::from_string(DbBackend::Sqlite, COLUMNS))
        .await?
    {
        let (_, columns) = found
            .entry(row.try_get("", "table")?)
            .or_insert((row.try_get("", "without_rowid")?, Vec::new()));
        columns.push(ColumnRow {
            name: row.try_get("", "name")?,
            declared: row.try_get("", "type")?,
            key: row.try_get("", "pk")?,
            is_hidden: row.try_get::<i32>("", "hidden")? != 0,
        });
    }
    let tables = found.into_iter().map(|(name, (without_rowid, columns))| {
        let has = |name: &str| {
            columns
                .iter()
                .any(|column| column.name.eq_ignore_ascii_case(name))
        };
        let row_id = ["rowid", "_rowid_", "oid"]
            .into_iter()
            .find(|name| !has(name));
        let key = match row_id {
            Some(name) if !without_rowid => vec![name.to_owned()],
            _ => {
                let key = columns.iter().filter(|column| column.key > 0);
                key.map(|column| column.name.clone()).collect()
            }
        };
        let columns = columns.into_iter().filter(|column| !column.is_hidden);
        let columns = columns.filter_map(|column| {
            let kind = Kind::of(&column.declared)?;
            Some(Column {
                name: column.name,
                kind,
            })
        });
        Table {
            name,
            columns: columns.collect(),
            key,
        }
    });
    Ok(tables.filter(|table| !table.columns.is_empty()).collect())
}

/// A column as SQLite lists it.
struct ColumnRow {
    name: String,
    declared: String,
    /// Its place in the primary key, from 1; 0 for none.
    key: i32,
    is_hidden: bool,
}

impl Table {
    /// The triggers of the table: their names, and the statements that make them.
    pub(super) fn triggers(&self) -> [(String, String); 2] {
        let columns: Vec<_> = self.columns.iter().map(Column::quoted).collect();
        let update = format!("UPDATE OF {}", columns.join(", "));
        [
            self.trigger("insert", "INSERT", |_| String::new()),
            // What was odd before stays so until it is changed.
            self.trigger("update", &update, |column| {
                format!("new.{column} IS NOT old.{column} AND ")
            }),
        ]
    }

    fn trigger(
        &self,
        suffix: &str,
        event: &str,
        changed: impl Fn(&str) -> String,
    ) -> (String, String) {
        let name = format!("{PREFIX}{suffix}_{}", self.name);
        let table = quoted(&self.name);
        let each = |make: &dyn Fn(&Column, &str) -> String, separator: &str| {
            let made = self
                .columns
                .iter()
                .map(|column| make(column, &column.quoted()));
            made.collect::<Vec<_>>().join(separator)
        };
        let is_odd = |column: &Column, name: &str| {
            format!(
                "({}{})",
                changed(name),
                column.kind.is_odd(&format!("new.{name}"))
            )
        };
        let set = |column: &Column, name: &str| {
            let message = format!(
                "`{}.{}` must be {}",
                self.name,
                column.name,
                column.kind.wanted()
            );
            format!(
                "{name} = CASE WHEN {} THEN coalesce({}, RAISE(ABORT, '{}')) ELSE new.{name} END",
                is_odd(column, name),
                column.kind.stored(&format!("new.{name}")),
                message.replace('\'', "''"),
            )
        };
        let key = self.key.iter().map(|name| quoted(name));
        let key: Vec<_> = key.map(|name| format!("{name} = new.{name}")).collect();
        let statement = format!(
            "CREATE TRIGGER {} AFTER {event} ON {table} WHEN {} BEGIN UPDATE {table} SET {} WHERE {}; END",
            quoted(&name),
            each(&is_odd, " OR "),
            each(&set, ", "),
            key.join(" AND "),
        );
        (name, statement)
    }

    /// The statement that puts the values of all rows into their stored form. It leaves alone what cannot be read, and what would then
    /// be there twice where it must not.
    pub(super) fn conversion(&self) -> String {
        let set = |column: &Column| {
            let name = column.quoted();
            format!("{name} = coalesce({}, {name})", column.kind.stored(&name))
        };
        let is_odd = |column: &Column| column.kind.is_odd(&column.quoted());
        format!(
            "UPDATE OR IGNORE {} SET {} WHERE {}",
            quoted(&self.name),
            self.columns.iter().map(set).collect::<Vec<_>>().join(", "),
            self.columns
                .iter()
                .map(is_odd)
                .collect::<Vec<_>>()
                .join(" OR "),
        )
    }

    /// The query for the number of rows in which a column is not in its stored form, and one of these values as text.
    pub(super) fn count_of_odd(&self, column: &Column) -> String {
        let name = column.quoted();
        format!(
            "SELECT count(*) AS number, min(CASE typeof({name}) WHEN 'blob' THEN hex({name}) ELSE CAST({name} AS TEXT) END) AS example \
             FROM {} WHERE {}",
            quoted(&self.name),
            column.kind.is_odd(&name)
        )
    }
}

/// A name as SQL.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
