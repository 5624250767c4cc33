//! The place of the table in a name: behind a preposition, beside a column, or nowhere.

use super::{
    intent::{Intent, column, known},
    reading::{segments, splits},
    spelling::PREPOSITIONS,
};
use crate::{
    inflection::{plural, singular},
    project::Schema,
};

/// The parts before and after a preposition, the usual one last: others count where a table is behind them.
pub(super) fn behind<'a>(
    text: &'a str,
    usual: &str,
    schema: &Schema,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let usual = splits(text, &format!("_{usual}_")).collect::<Vec<_>>();
    let others = behind_any(text, schema).collect::<Vec<_>>();
    let others = others.into_iter().filter({
        let usual = usual.clone();
        move |split| !usual.contains(split)
    });
    others.chain(usual)
}

/// The parts before and after any preposition that a table is behind.
fn behind_any<'a>(text: &'a str, schema: &Schema) -> impl Iterator<Item = (&'a str, &'a str)> {
    let places = PREPOSITIONS
        .iter()
        .flat_map(move |preposition| splits(text, &format!("_{preposition}_")).collect::<Vec<_>>());
    places.filter(|(_, table)| known(table, schema).is_some())
}

/// Returns whether a name that is to be renamed is there: a table, or a column of one.
pub(super) fn is_known(name: &str, schema: &Schema) -> bool {
    let is_column = |name: &str| {
        schema
            .tables
            .iter()
            .any(|table| column(table, name).is_some())
    };
    let mut columns = behind_any(name, schema);
    known(name, schema).is_some() || is_column(name) || columns.any(|(name, _)| is_column(name))
}

/// The readings of `title` after `remove_` or `drop_`: that column of each table that has it.
pub(super) fn removals_without_table<'a>(
    columns: &'a str,
    schema: &'a Schema,
) -> impl Iterator<Item = Intent> + 'a {
    schema.tables.iter().flat_map(move |table| {
        let is_column = |word: &str| column(table, word).is_some();
        let lists = segments(columns, "_and_", &is_column);
        lists.into_iter().map(move |columns| Intent::Remove {
            columns,
            table: table.name.clone(),
        })
    })
}

/// The readings of `writer_to_author` after `rename_`: that table, and that column of each table that has it. The table of a
/// column may stand beside it: `posts_writer_to_author`, `writer_on_posts_to_author`.
pub(super) fn renamings_without_table(names: &str, schema: &Schema) -> Vec<Intent> {
    let mut readings = Vec::new();
    for (from, to) in splits(names, "_to_") {
        if let Some(from) = known(from, schema) {
            readings.push(Intent::RenameTable {
                from,
                to: plural(&singular(to)),
            });
        }
        let beside = splits(from, "_").map(|(table, column)| (column, table));
        let beside = beside.chain(behind_any(from, schema));
        let beside = beside.filter_map(|(column, table)| Some((column, known(table, schema)?)));
        let everywhere = schema.tables.iter().map(|table| (from, table.name.clone()));
        for (from, table) in beside.chain(everywhere) {
            let has_column = schema
                .table(&table)
                .is_some_and(|table| column(table, from).is_some());
            if has_column {
                readings.push(Intent::Rename {
                    from: from.to_owned(),
                    to: to.to_owned(),
                    table,
                });
            }
        }
    }
    readings
}
