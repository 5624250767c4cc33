//! Renders the migrations: `up`, `down` and what they do.

use super::super::{record, template::fill};
use crate::{field::Field, project::Table};

/// A migration file: its first line, the command that made it, and the statements of both directions.
pub(in crate::generate) struct MigrationFile<'a> {
    pub(in crate::generate) what: String,
    pub(in crate::generate) words: Vec<&'a str>,
    pub(in crate::generate) up: Vec<String>,
    pub(in crate::generate) down: Vec<String>,
}

impl MigrationFile<'_> {
    pub(in crate::generate) fn render(&self) -> String {
        let manager = |statements: &[String]| {
            if statements.is_empty() {
                "_manager"
            } else {
                "manager"
            }
        };
        fill(
            include_str!("../templates/migration.txt"),
            &[
                ("what", &self.what),
                ("command", &record::command(&self.words)),
                ("up_manager", manager(&self.up)),
                ("down_manager", manager(&self.down)),
                ("up", &body(&self.up)),
                ("down", &body(&self.down)),
            ],
        )
    }
}

/// Statements on the schema manager, each awaited; the last one is what the function returns.
fn body(statements: &[String]) -> String {
    let Some((last, others)) = statements.split_last() else {
        return "        Ok(())\n".to_owned();
    };
    let others: String = others
        .iter()
        .map(|statement| format!("        manager.{statement}.await?;\n"))
        .collect();
    format!("{others}        manager.{last}.await\n")
}

/// The statements that make a table with its indexes.
pub(in crate::generate) fn create(table: &str, fields: &[Field]) -> Vec<String> {
    let columns: Vec<String> = fields.iter().map(Field::column_call).collect();
    let mut statements = vec![create_from(&format!("table(\"{table}\")"), &columns, &[])];
    let indexed = fields.iter().filter(|field| field.has_index());
    statements.extend(indexed.map(|field| format!("create_index({})", field.index_call(table))));
    statements
}

/// The statements that make a table again as migrations left it.
pub(in crate::generate) fn recreate(table: &Table) -> Vec<String> {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| column.call.clone())
        .collect();
    let mut statements = vec![create_from(&table.head, &columns, &table.extras)];
    statements.extend(
        table
            .indexes
            .iter()
            .map(|index| format!("create_index({})", index.call)),
    );
    statements
}

/// The statement that drops a table.
pub(in crate::generate) fn drop(table: &str) -> String {
    format!("drop_table(drop_table(\"{table}\"))")
}

/// The statement that adds a column, from the call that makes it.
pub(in crate::generate) fn add_column(table: &str, call: &str) -> String {
    format!("alter_table(Table::alter().table(\"{table}\").add_column({call}).to_owned())")
}

/// The statement that drops a column.
pub(in crate::generate) fn drop_column(table: &str, column: &str) -> String {
    format!("alter_table(Table::alter().table(\"{table}\").drop_column(\"{column}\").to_owned())")
}

/// The statement that gives a column another name.
pub(in crate::generate) fn rename_column(table: &str, from: &str, to: &str) -> String {
    format!(
        "alter_table(Table::alter().table(\"{table}\").rename_column(\"{from}\", \"{to}\").to_owned())"
    )
}

/// The statement that drops the index on some columns.
pub(in crate::generate) fn drop_index(table: &str, columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|column| format!("{column:?}")).collect();
    format!(
        "drop_index(drop_index(\"{table}\", [{}]))",
        columns.join(", ")
    )
}

fn create_from(head: &str, columns: &[String], extras: &[String]) -> String {
    let columns: String = columns.iter().map(|call| format!(".col({call})")).collect();
    if columns.is_empty() && extras.is_empty() {
        return format!("create_table({head})");
    }
    format!(
        "create_table({head}{columns}{}.to_owned())",
        extras.concat()
    )
}
