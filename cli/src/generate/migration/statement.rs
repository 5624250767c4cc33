//! The statements of a migration: calls of the schema manager for its template.

use serde::Serialize;

use crate::{field::Field, project::Table};

/// A call of the schema manager. Columns and indexes are the expressions that build them, as fields and earlier
/// migrations have them.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(in crate::generate) enum Statement {
    /// Creates a table.
    CreateTable {
        /// The expression for an empty table: `table("posts")`.
        head: String,
        columns: Vec<String>,
        /// Calls other than those that add columns.
        extras: Vec<String>,
    },
    /// Drops a table.
    DropTable { table: String },
    /// Adds a column.
    AddColumn { table: String, column: String },
    /// Drops a column.
    DropColumn { table: String, column: String },
    /// Renames a column.
    RenameColumn {
        table: String,
        from: String,
        to: String,
    },
    /// Renames a table.
    RenameTable { from: String, to: String },
    /// Creates an index.
    CreateIndex { index: String },
    /// Drops the index on some columns.
    DropIndex { table: String, columns: Vec<String> },
}

impl Statement {
    /// Creates a table of fields, with its indexes.
    pub(in crate::generate) fn create(table: &str, fields: &[Field]) -> Vec<Self> {
        let create = Self::CreateTable {
            head: format!("table(\"{table}\")"),
            columns: fields.iter().map(Field::column_call).collect(),
            extras: Vec::new(),
        };
        let indexes = fields
            .iter()
            .filter(|field| field.has_index())
            .map(|field| Self::create_index(&field.index_call(table)));
        std::iter::once(create).chain(indexes).collect()
    }

    /// Creates a table again as migrations left it.
    pub(super) fn recreate(table: &Table) -> Vec<Self> {
        let create = Self::CreateTable {
            head: table.head.clone(),
            columns: table
                .columns
                .iter()
                .map(|column| column.call.clone())
                .collect(),
            extras: table.extras.clone(),
        };
        let indexes = table
            .indexes
            .iter()
            .map(|index| Self::create_index(&index.call));
        std::iter::once(create).chain(indexes).collect()
    }

    pub(in crate::generate) fn drop(table: &str) -> Self {
        Self::DropTable {
            table: table.to_owned(),
        }
    }

    pub(super) fn add_column(table: &str, call: &str) -> Self {
        Self::AddColumn {
            table: table.to_owned(),
            column: call.to_owned(),
        }
    }

    pub(super) fn drop_column(table: &str, column: &str) -> Self {
        Self::DropColumn {
            table: table.to_owned(),
            column: column.to_owned(),
        }
    }

    pub(super) fn rename_column(table: &str, from: &str, to: &str) -> Self {
        Self::RenameColumn {
            table: table.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
        }
    }

    pub(super) fn rename_table(from: &str, to: &str) -> Self {
        Self::RenameTable {
            from: from.to_owned(),
            to: to.to_owned(),
        }
    }

    pub(in crate::generate) fn create_index(call: &str) -> Self {
        Self::CreateIndex {
            index: call.to_owned(),
        }
    }

    pub(super) fn drop_index(table: &str, columns: &[String]) -> Self {
        Self::DropIndex {
            table: table.to_owned(),
            columns: columns.to_vec(),
        }
    }
}

/// Both directions of a migration.
pub(super) struct Directions {
    /// The first line of the file.
    pub(super) what: String,
    pub(super) up: Vec<Statement>,
    pub(super) down: Vec<Statement>,
    /// Notes for the user.
    pub(super) notes: Vec<String>,
}

impl Directions {
    pub(super) fn new(what: String, up: Vec<Statement>, down: Vec<Statement>) -> Self {
        Self {
            what,
            up,
            down,
            notes: Vec::new(),
        }
    }
}
