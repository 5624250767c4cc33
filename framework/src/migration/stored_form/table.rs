//! The tables of an SQLite database with columns that have a stored form, and the statements of their triggers and conversion.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::expression::Kind;

/// The prefix of the names of all our triggers.
pub(super) const PREFIX: &str = "fw_stored_form_";

/// A table with columns whose values have a stored form.
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// The columns that identify a row.
    key: Vec<String>,
    /// True if `key` is the row id, which a conversion does not change.
    has_row_id: bool,
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

    /// The column, for people.
    pub(super) fn name_in(&self, table: &Table) -> String {
        format!("{}.{}", table.name, self.name)
    }
}

/// All tables with columns that have a stored form.
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
        let row_id = row_id.filter(|_| !without_rowid);
        let has_row_id = row_id.is_some();
        let key = row_id.map_or_else(
            || {
                let key = columns.iter().filter(|column| column.key > 0);
                key.map(|column| column.name.clone()).collect()
            },
            |name| vec![name.to_owned()],
        );
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
            has_row_id,
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
    /// The triggers of the table: their names, and the statements that create them.
    ///
    /// The insert trigger converts a row by way of the update trigger: it updates the row. For each row SQLite sets up the registers
    /// of a whole trigger, even when its condition is false, and those of the conversion are many.
    pub(super) fn triggers(&self) -> [(String, String); 2] {
        let (table, key) = (quoted(&self.name), self.key_of_new());
        let insert = if self.has_row_id {
            let touch = self.each(", ", |_, name| format!("{name} = {name}"));
            let refuse = self.each(" ", |column, name| {
                let (refuse, is_other) =
                    (self.refusal(column), column.kind.is_not_stored_form(name));
                format!("SELECT {refuse} FROM {table} WHERE {key} AND {is_other};")
            });
            format!("UPDATE {table} SET {touch} WHERE {key}; {refuse}")
        } else {
            self.convert_new(|column, _| self.refusal(column))
        };
        // A value that was not in its stored form before the update stays as it is until it is changed.
        let update = self.convert_new(|column, name| {
            format!(
                "CASE WHEN new.{name} IS NOT old.{name} THEN {} ELSE new.{name} END",
                self.refusal(column)
            )
        });
        let columns = self.each(", ", |_, name| name.to_owned());
        [
            self.trigger("insert", "INSERT", &insert),
            self.trigger("update", &format!("UPDATE OF {columns}"), &update),
        ]
    }

    /// The statement that converts the row of a trigger; `otherwise` is the expression for values that cannot be read.
    fn convert_new(&self, otherwise: impl Fn(&Column, &str) -> String) -> String {
        let set = self.each(", ", |column, name| {
            let new = format!("new.{name}");
            format!(
                "{name} = CASE WHEN {} THEN coalesce({}, {}) ELSE {new} END",
                column.kind.is_not_stored_form(&new),
                column.kind.to_stored_form(&new),
                otherwise(column, name),
            )
        });
        format!(
            "UPDATE {} SET {set} WHERE {};",
            quoted(&self.name),
            self.key_of_new()
        )
    }

    fn trigger(&self, suffix: &str, event: &str, body: &str) -> (String, String) {
        let name = format!("{PREFIX}{suffix}_{}", self.name);
        let statement = format!(
            "CREATE TRIGGER {} AFTER {event} ON {} WHEN {} BEGIN {body} END",
            quoted(&name),
            quoted(&self.name),
            needs_conversion("new.", &self.columns.iter().collect::<Vec<_>>()),
        );
        (name, statement)
    }

    /// The condition that finds the row of a trigger.
    fn key_of_new(&self) -> String {
        let key = self.key.iter().map(|name| quoted(name));
        let key: Vec<_> = key.map(|name| format!("{name} = new.{name}")).collect();
        key.join(" AND ")
    }

    /// The expression that refuses a value of a column.
    fn refusal(&self, column: &Column) -> String {
        let expected = column.kind.description();
        let message = format!("`{}.{}` must be {expected}", self.name, column.name);
        format!("RAISE(ABORT, '{}')", message.replace('\'', "''"))
    }

    fn each(&self, separator: &str, sql: impl Fn(&Column, &str) -> String) -> String {
        let columns = self.columns.iter();
        let all = columns.map(|column| sql(column, &column.quoted()));
        all.collect::<Vec<_>>().join(separator)
    }

    /// The statement that puts the values of all rows into their stored form; `None` when no column has one. It leaves alone what cannot
    /// be read, and what would then be there twice where it must not.
    pub(super) fn conversion(&self) -> Option<String> {
        let columns = self.columns.iter();
        let columns: Vec<_> = columns
            .filter(|column| !matches!(column.kind, Kind::Float(_)))
            .collect();
        let set = columns.iter().map(|column| {
            let name = column.quoted();
            format!(
                "{name} = coalesce({}, {name})",
                column.kind.to_stored_form(&name)
            )
        });
        let set: Vec<_> = set.collect();
        (!columns.is_empty()).then(|| {
            format!(
                "UPDATE OR IGNORE {} SET {} WHERE {}",
                quoted(&self.name),
                set.join(", "),
                needs_conversion("", &columns)
            )
        })
    }

    /// The column of this name.
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        let mut columns = self.columns.iter();
        columns.find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// The query for the number of rows in which a column is not in its stored form, and one of these values as text.
    pub(super) fn count_not_stored_form(&self, column: &Column) -> String {
        let name = column.quoted();
        format!(
            "SELECT count(*) AS number, min(CASE typeof({name}) WHEN 'blob' THEN hex({name}) ELSE CAST({name} AS TEXT) END) AS example \
             FROM {} WHERE {}",
            quoted(&self.name),
            column.kind.is_not_stored_form(&name)
        )
    }
}

/// The condition that a value of a row is not in its stored form; `row` comes before the names of its columns.
///
/// A value that is in a column of the same kind as well (`updated_at` in a new row is `created_at`) is looked at once.
fn needs_conversion(row: &str, columns: &[&Column]) -> String {
    let mut conditions = Vec::with_capacity(columns.len());
    for (place, column) in columns.iter().enumerate() {
        let value = format!("{row}{}", column.quoted());
        let before = &columns[..place];
        let same = before.iter().rfind(|before| before.kind == column.kind);
        let is_not_stored_form = column.kind.is_not_stored_form(&value);
        conditions.push(match same {
            Some(same) => format!(
                "({value} IS NOT {row}{} AND {is_not_stored_form})",
                same.quoted()
            ),
            None => is_not_stored_form,
        });
    }
    conditions.join(" OR ")
}

/// A name as SQL.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
