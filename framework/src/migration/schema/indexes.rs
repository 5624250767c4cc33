//! Indexes as a database has them, under whatever name.
//!
//! An index is called after its table and its columns. When one of those gets another name, the index follows: else migrations would
//! name one that does not exist, and a new table of the former name could not have its indexes.

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::{Result, Schema, tables::index_name};
use crate::db::quote;

/// An index of a table.
#[derive(Debug)]
struct Present {
    name: String,
    /// The columns in their order; an empty name for an expression.
    columns: Vec<String>,
    /// The statement that has made it; only of SQLite.
    sql: String,
}

impl Schema<'_> {
    /// Gives the indexes of a table that are called after `former`, its former name, names after the present one.
    pub(super) async fn follow_table(&self, former: &str, table: &str) -> Result {
        for index in self.indexes(table).await? {
            if index.name == index_name(former, &index.columns) {
                self.rename_index(table, &index).await?;
            }
        }
        Ok(())
    }

    /// Gives the indexes of a table that are called after the former name of a column names after the present one.
    pub(super) async fn follow_column(&self, table: &str, former: &str, column: &str) -> Result {
        for index in self.indexes(table).await? {
            let names = index.columns.iter().map(String::as_str);
            let before: Vec<_> = names
                .map(|name| if name == column { former } else { name })
                .collect();
            if index.name == index_name(table, &before) {
                self.rename_index(table, &index).await?;
            }
        }
        Ok(())
    }

    /// The name of the index of these columns: the usual one, or a former one that it has kept.
    pub(super) async fn index_on(&self, table: &str, columns: &[&str]) -> Result<String> {
        let usual = index_name(table, columns);
        let mut present = self.indexes(table).await?;
        present.retain(|index| index.columns == columns && index.name.starts_with("index_"));
        let kept = match present.as_slice() {
            [only] => Some(only.name.clone()),
            several => several
                .iter()
                .find(|index| index.name == usual)
                .map(|index| index.name.clone()),
        };
        // If there is none, the database says so.
        Ok(kept.unwrap_or(usual))
    }

    /// Gives an index the usual name, unless something else has it.
    async fn rename_index(&self, table: &str, index: &Present) -> Result {
        let name = index_name(table, &index.columns);
        if name == index.name || self.has_relation(&name).await? {
            return Ok(());
        }
        let (from, to) = (quote(&index.name), quote(&name));
        let sql = match self.backend() {
            // It has no statement for that. The name comes first in what it keeps.
            DbBackend::Sqlite => {
                let create = index.sql.replacen(&index.name, &name, 1);
                format!("DROP INDEX {from}; {create}")
            }
            _ => format!("ALTER INDEX {from} RENAME TO {to}"),
        };
        self.connection.execute_unprepared(&sql).await.map(drop)
    }

    async fn has_relation(&self, name: &str) -> Result<bool> {
        self.finds(
            "SELECT 1 FROM sqlite_master WHERE name = ?",
            "SELECT 1 FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relname = $1",
            [name.to_owned()],
        )
        .await
    }

    /// The indexes of a table, without those that the database has made for its constraints on SQLite.
    async fn indexes(&self, table: &str) -> Result<Vec<Present>> {
        const SQLITE: &str = r"SELECT it.name AS index_name, it.sql AS definition, part.name AS column_name
            FROM sqlite_master AS it, pragma_index_info(it.name) AS part
            WHERE it.type = 'index' AND it.tbl_name = ? AND it.sql IS NOT NULL
            ORDER BY it.name, part.seqno";
        const POSTGRES: &str = r"SELECT own.relname::text AS index_name, '' AS definition, attribute.attname::text AS column_name
            FROM pg_index AS it
            JOIN pg_class AS own ON own.oid = it.indexrelid
            JOIN pg_class AS target ON target.oid = it.indrelid
            CROSS JOIN LATERAL unnest(it.indkey) WITH ORDINALITY AS part (number, position)
            LEFT JOIN pg_attribute AS attribute ON attribute.attrelid = target.oid AND attribute.attnum = part.number
            WHERE target.relnamespace = current_schema()::regnamespace AND target.relname = $1
                AND part.position <= it.indnkeyatts
            ORDER BY own.relname, part.position";
        let backend = self.backend();
        let query = match backend {
            DbBackend::Sqlite => SQLITE,
            _ => POSTGRES,
        };
        let query = Statement::from_sql_and_values(backend, query, [table.into()]);
        let mut all = Vec::<Present>::new();
        for row in self.connection.query_all_raw(query).await? {
            let name: String = row.try_get("", "index_name")?;
            let column: Option<String> = row.try_get("", "column_name")?;
            let column = column.unwrap_or_default();
            match all.last_mut() {
                Some(index) if index.name == name => index.columns.push(column),
                _ => all.push(Present {
                    name,
                    columns: vec![column],
                    sql: row.try_get("", "definition")?,
                }),
            }
        }
        Ok(all)
    }
}
