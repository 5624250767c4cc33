//! The intent of a migration, read from its name.

use super::{
    place::{behind, is_known, removals_without_table, renamings_without_table},
    reading::{best, segments, splits},
    spelling::{self, Form, is_sql},
};
use crate::{
    error::CliError,
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
    /// Reads a name in `snake_case`. A table may be given in the singular. Names of tables and columns may contain the words
    /// between them, so that there are several readings; the one that fits the schema and the fields is meant. A word for the
    /// kind, as in `drop_table_posts`, may be part of a name, too, if there is one.
    ///
    /// # Errors
    ///
    /// When several fit, or when the name says an operation, and nothing that is there.
    pub(super) fn of(name: &str, fields: &[Field], schema: &Schema) -> Result<Self, CliError> {
        names_a_table(name)?;
        let fit = |intent: &Self| intent.fit(fields, schema);
        let fits = |readings: &[Self]| readings.iter().any(|intent| fit(intent) == 2);
        let own = Self::readings(name, fields, schema);
        let forms = spelling::forms(name);
        let is_explicit = forms.iter().any(|form| form.is_explicit);
        let others: Vec<Self> = forms
            .iter()
            .flat_map(|form: &Form| {
                let readings = Self::readings(&form.name, fields, schema);
                readings.into_iter().filter(|it| form.kind.is_of(it))
            })
            .collect();
        // The plural is a table, such as `columns`; with fields it is one to make.
        let is_table = matches!(own.as_slice(), [Self::Create { .. }])
            && !fields.is_empty()
            && name.ends_with('s');
        let readings = if fits(&own) {
            own
        } else if spelling::is_bare(name) && !is_table && !fits(&others) {
            return Err(spelling::unclear(name, schema));
        } else if fits(&others) || is_explicit {
            others
        } else {
            own
        };
        let is_read = !readings.is_empty();
        let mut chosen = best(readings, fit);
        if chosen.len() > 1 {
            return Err(Self::ambiguity(name, &chosen));
        }
        let misses_new_name = name
            .strip_prefix("rename_")
            .is_some_and(|rest| is_known(rest, schema));
        if !is_read && (is_explicit || misses_new_name) {
            return Err(spelling::unclear(name, schema));
        }
        Ok(chosen.pop().unwrap_or(Self::Empty))
    }

    pub(super) fn ambiguity(name: &str, readings: &[Self]) -> CliError {
        let meanings: Vec<String> = readings.iter().map(Self::description).collect();
        let hint = match readings {
            [.., Self::Remove { columns, table }] if !name.contains("_from_") => {
                format!(
                    "name the table, as in `remove_{}_from_{table}`",
                    columns.join("_and_")
                )
            }
            [Self::RenameTable { .. }, .., Self::Rename { table, .. }] => {
                let rest = name.trim_start_matches("rename_");
                format!("write `rename_table_{rest}`, or `{name}_on_{table}`")
            }
            [Self::Add { .. } | Self::Remove { .. }, ..] => {
                "say which columns are meant by giving them as fields, such as `title:string`"
                    .to_owned()
            }
            [.., Self::Rename { table, .. }] if !name.contains("_on_") => {
                format!("name the table, as in `{name}_on_{table}`")
            }
            _ => {
                "use a name that can be read in one way only, and write `up` and `down` if there is none"
                    .to_owned()
            }
        };
        CliError::usage(format!(
            "`{name}` can be read in several ways: it {}",
            meanings.join(", or ")
        ))
        .hint(hint)
    }

    /// The readings of a name, the plainest one last.
    fn readings(name: &str, fields: &[Field], schema: &Schema) -> Vec<Self> {
        let table = |word: &str| table_called(word, schema);
        if let Some(rest) = name.strip_prefix("create_join_table_") {
            let mut joins: Vec<_> = splits(rest, "_")
                .map(|(left, right)| Self::Join {
                    left: known(left, schema).unwrap_or_else(|| left.to_owned()),
                    right: known(right, schema).unwrap_or_else(|| right.to_owned()),
                })
                .collect();
            if joins.is_empty() {
                return vec![Self::Join {
                    left: table(rest),
                    right: String::new(),
                }];
            }
            // The plainest: the first word, and the rest.
            joins.reverse();
            return joins;
        }
        if let Some(rest) = name.strip_prefix("create_") {
            if fields.is_empty() && is_sql(rest) {
                return Vec::new();
            }
            let rest = rest.strip_suffix("_table").unwrap_or(rest);
            return vec![Self::Create { table: table(rest) }];
        }
        if let Some(rest) = name.strip_prefix("drop_") {
            let words = [Some(rest), rest.strip_suffix("_table")];
            let drops = words
                .into_iter()
                .flatten()
                .map(|word| Self::Drop { table: table(word) });
            let is_table = drops.clone().any(|drop| drop.fit(fields, schema) == 2);
            return if is_table {
                drops.collect()
            } else if is_sql(rest) {
                Vec::new()
            } else {
                removals_without_table(rest, schema).chain(drops).collect()
            };
        }
        if let Some(rest) = name.strip_prefix("add_ref_") {
            let references: Vec<_> = behind(rest, "to", schema)
                .map(|(reference, to)| Self::AddReference {
                    name: reference.to_owned(),
                    table: table(to),
                })
                .collect();
            if !references.is_empty() {
                return references;
            }
        }
        if let Some(rest) = name.strip_prefix("add_") {
            // The fields alone say what is added.
            let unnamed = rest.strip_prefix("to_").map(|to| Self::Add {
                columns: fields.iter().map(|field| field.name.clone()).collect(),
                table: table(to),
            });
            let adds = behind(rest, "to", schema).map(|(columns, to)| Self::Add {
                columns: named(fields, columns).unwrap_or_else(|| plain_list(columns)),
                table: table(to),
            });
            return unnamed.into_iter().chain(adds).collect();
        }
        if let Some(rest) = name.strip_prefix("remove_") {
            return Self::removals(name, rest, fields, schema);
        }
        if let Some(rest) = name.strip_prefix("rename_") {
            let renamings = behind(rest, "on", schema).flat_map(|(names, on)| {
                let table = table(on);
                splits(names, "_to_").map(move |(from, to)| Self::Rename {
                    from: from.to_owned(),
                    to: to.to_owned(),
                    table: table.clone(),
                })
            });
            let mut renamings: Vec<_> = renamings.collect();
            if renamings.is_empty() {
                renamings = renamings_without_table(rest, schema);
            }
            return renamings;
        }
        Vec::new()
    }

    /// The readings of a name that removes something: `rest` is what stands behind `remove_`.
    fn removals(name: &str, rest: &str, fields: &[Field], schema: &Schema) -> Vec<Self> {
        let table = |word: &str| table_called(word, schema);
        if let Some(table) = spelling::unnamed_removal(name, schema) {
            return vec![Self::Remove {
                columns: fields.iter().map(|field| field.name.clone()).collect(),
                table,
            }];
        }
        let removals = behind(rest, "from", schema).flat_map(|(columns, from)| {
            let table = table(from);
            let present = schema.table(&table);
            let is_column = |word: &str| {
                present.is_some_and(|table| column(table, word).is_some())
                    || fields.iter().any(|field| is_called(field, word))
            };
            let mut lists = segments(columns, "_and_", &is_column);
            if lists.is_empty() {
                lists.push(plain_list(columns));
            }
            lists.into_iter().map(move |columns| Self::Remove {
                columns,
                table: table.clone(),
            })
        });
        let removals: Vec<_> = removals.collect();
        if !removals.is_empty() {
            return removals;
        }
        let dropped = known(rest, schema).map(|table| Self::Drop { table });
        removals_without_table(rest, schema)
            .chain(dropped)
            .collect()
    }

    /// The degree to which a reading fits what is there: 0 for not at all.
    fn fit(&self, fields: &[Field], schema: &Schema) -> u8 {
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
    fn description(&self) -> String {
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

/// Refuses a name that ends before its table: `add_rating_to`.
fn names_a_table(name: &str) -> Result<(), CliError> {
    const ENDS: [(&str, &str); 5] = [
        ("add_", "_to"),
        ("remove_", "_from"),
        ("rename_", "_on"),
        ("", "index_on"),
        ("", "index_from"),
    ];
    let is_cut_off = |(verb, end): &(&str, &str)| {
        let rest = name.strip_prefix(verb);
        rest.is_some_and(|rest| rest.len() > end.len() && rest.ends_with(end))
    };
    if ENDS.iter().any(is_cut_off) {
        return Err(CliError::usage(format!("`{name}` names no table"))
            .hint(format!("put it at the end, as in `{name}_posts`")));
    }
    Ok(())
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

/// The columns of a name, where they are those of the fields.
fn named(fields: &[Field], text: &str) -> Option<Vec<String>> {
    let is_field = |word: &str| fields.iter().any(|field| is_called(field, word));
    let lists = segments(text, "_and_", &is_field);
    lists.into_iter().find(|list| list.len() == fields.len())
}

pub(super) fn plain_list(columns: &str) -> Vec<String> {
    columns.split("_and_").map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
