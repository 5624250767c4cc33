//! The intent of a migration: the change of the schema that its name asks for.

use crate::{
    field::{self, Field},
    inflection::{plural, singular},
    project::{Index, Schema, Table},
};

/// The change of the schema that a name asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Intent {
    /// `create_posts`
    Create { table: String },
    /// `add_rating_and_slug_to_posts`
    Add { columns: Vec<String>, table: String },
    /// `remove_rating_from_posts`
    Remove { columns: Vec<String>, table: String },
    /// `rename_title_to_headline_on_posts`
    Rename {
        from: String,
        to: String,
        table: String,
    },
    /// `rename_posts_to_articles`
    RenameTable { from: String, to: String },
    /// `add_index_to_posts title`
    AddIndex {
        columns: Vec<String>,
        table: String,
        unique: bool,
    },
    /// `remove_index_from_posts title`
    RemoveIndex { columns: Vec<String>, table: String },
    /// `add_ref_user_to_posts`
    AddReference { name: String, table: String },
    /// `create_join_table_posts_tags`
    Join { left: String, right: String },
    /// `drop_posts`
    Drop { table: String },
    /// Anything else: `backfill_slugs`
    Empty,
}

impl Intent {
    /// The degree to which a reading fits what is there: 0 for not at all.
    pub(super) fn fit(&self, fields: &[Field], schema: &Schema) -> u8 {
        let degree = |table: &str, fits: &dyn Fn(&Table) -> bool| {
            schema
                .table(table)
                .map_or(0, |table| 1 + u8::from(fits(table)))
        };
        match self {
            Self::Create { .. } | Self::Empty => 1,
            Self::Drop { table } => degree(table, &|_| true),
            Self::Join { left, right } => degree(left, &|_| true).min(degree(right, &|_| true)),
            Self::Add { columns, table } => degree(table, &|_| {
                columns.len() == fields.len()
                    && columns
                        .iter()
                        .all(|name| fields.iter().any(|field| is_called(field, name)))
            }),
            Self::AddReference { table, .. } => degree(table, &|_| true),
            Self::Remove { columns, table } => degree(table, &|table| {
                let is_given = |name: &String| fields.iter().any(|field| is_called(field, name));
                let is_there = |name: &String| column(table, name).is_some() || is_given(name);
                columns.iter().all(is_there) && (fields.is_empty() || columns.iter().all(is_given))
            }),
            Self::Rename { from, to, table } => degree(table, &|table| {
                let (from, to) = renamed(table, from, to);
                column_named(table, &from) && !column_named(table, &to)
            }),
            Self::RenameTable { from, to } => degree(from, &|_| schema.table(to).is_none()),
            Self::AddIndex { table, .. } | Self::RemoveIndex { table, .. } => {
                degree(table, &|_| true)
            }
        }
    }

    /// Returns whether the fields say what changes, and not the name alone.
    pub(super) fn is_told_by_fields(&self) -> bool {
        matches!(self, Self::Add { .. } | Self::AddReference { .. })
    }

    /// Returns whether a schema is as this change leaves it.
    pub(super) fn is_done(&self, fields: &[Field], schema: &Schema) -> bool {
        let has = |table: &str, name: &str| {
            schema
                .table(table)
                .is_some_and(|table| column(table, name).is_some())
        };
        match self {
            Self::Create { table } => schema.table(table).is_some(),
            Self::Join { left, right } => schema.table(&joined(left, right)).is_some(),
            Self::Drop { table } => schema.table(table).is_none(),
            Self::AddReference { name, table } if fields.is_empty() => has(table, name),
            Self::Add { table, .. } | Self::AddReference { table, .. } => {
                fields.iter().all(|field| has(table, &field.column()))
            }
            Self::Remove { columns, table } => columns.iter().all(|name| !has(table, name)),
            Self::Rename { from, to, table } => has(table, to) && !has(table, from),
            Self::RenameTable { from, to } => {
                schema.table(to).is_some() && schema.table(from).is_none()
            }
            Self::AddIndex { columns, table, .. } | Self::RemoveIndex { columns, table } => {
                let table = schema.table(table);
                let is_there = table.is_some_and(|table| index_on(table, columns).is_some());
                is_there == matches!(self, Self::AddIndex { .. })
            }
            Self::Empty => true,
        }
    }

    /// The change in words, to tell two readings apart.
    pub(super) fn description(&self) -> String {
        let list = |names: &[String]| format!("`{}`", names.join("`, `"));
        match self {
            Self::Create { table } => format!("makes `{table}`"),
            Self::Add { columns, table } => format!("adds {} to `{table}`", list(columns)),
            Self::Remove { columns, table } => format!("removes {} from `{table}`", list(columns)),
            Self::Rename { from, to, table } => {
                format!("renames `{from}` to `{to}` in `{table}`")
            }
            Self::RenameTable { from, to } => format!("renames the table `{from}` to `{to}`"),
            Self::AddIndex { columns, table, .. } => {
                format!("adds an index on {} to `{table}`", list(columns))
            }
            Self::RemoveIndex { columns, table } => {
                format!("removes the index on {} from `{table}`", list(columns))
            }
            Self::AddReference { name, table } => {
                format!("adds the reference `{name}` to `{table}`")
            }
            Self::Join { left, right } => format!("joins `{left}` and `{right}`"),
            Self::Drop { table } => format!("drops `{table}`"),
            Self::Empty => "does nothing".to_owned(),
        }
    }
}

/// The name of the table that joins two others.
pub(super) fn joined(left: &str, right: &str) -> String {
    let mut tables = [left, right];
    tables.sort_unstable();
    tables.join("_")
}

/// The column that a word names: `author` names `author_id`, too.
pub(super) fn column<'a>(table: &'a Table, word: &str) -> Option<&'a crate::project::Column> {
    let named = |name: &str| table.columns.iter().find(|column| column.name == name);
    named(word).or_else(|| named(&format!("{word}_id")))
}

/// The column that a word names, also one that every table has.
pub(super) fn any_column(table: &Table, word: &str) -> Option<String> {
    let own = column(table, word).map(|column| column.name.clone());
    own.or_else(|| field::is_built_in(word).then(|| word.to_owned()))
}

/// The index of a table that a change is about, if it has it.
fn index_on<'a>(table: &'a Table, words: &[String]) -> Option<&'a Index> {
    let columns: Option<Vec<String>> = words.iter().map(|word| any_column(table, word)).collect();
    let columns = columns?;
    table.indexes.iter().find(|index| index.columns == columns)
}

/// Returns whether a field is meant by a word: by its name or that of its column.
pub(super) fn is_called(field: &Field, word: &str) -> bool {
    field.name == word || field.column() == word
}

/// The columns of a renaming: that of a reference has `_id` after its name.
pub(super) fn renamed(table: &Table, from: &str, to: &str) -> (String, String) {
    match column(table, from) {
        Some(column) if column.name != from && !to.ends_with("_id") => {
            (column.name.clone(), format!("{to}_id"))
        }
        Some(column) => (column.name.clone(), to.to_owned()),
        None => (from.to_owned(), to.to_owned()),
    }
}

fn column_named(table: &Table, name: &str) -> bool {
    table.columns.iter().any(|column| column.name == name)
}

pub(super) fn table_called(word: &str, schema: &Schema) -> String {
    known(word, schema).unwrap_or_else(|| plural(&singular(word)))
}

/// The table that a word names, in the plural or the singular.
pub(super) fn known(word: &str, schema: &Schema) -> Option<String> {
    let plural = plural(&singular(word));
    [word, &plural]
        .into_iter()
        .find(|name| schema.table(name).is_some())
        .map(str::to_owned)
}

pub(super) fn plain_list(columns: &str) -> Vec<String> {
    columns.split("_and_").map(str::to_owned).collect()
}
