//! The reading of an intent from the name of a migration.

use super::{
    intent::{Intent, column, is_called, known, plain_list, table_called},
    place::{behind, is_known, removals_without_table, renamings_without_table},
    reading::{best, segments, splits},
    spelling::{self, Form, is_sql},
};
use crate::{error::CliError, field::Field, project::Schema};

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
        if !is_read && spelling::renames_an_index(name) {
            return Err(CliError::failed(
                "an index has no name of its own: it is that of its table and columns, and follows them when they are renamed; nothing was written",
            )
            .hint("rename the column or the table, or write the statement in a migration of another name"));
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

/// The columns of a name, where they are those of the fields.
fn named(fields: &[Field], text: &str) -> Option<Vec<String>> {
    let is_field = |word: &str| fields.iter().any(|field| is_called(field, word));
    let lists = segments(text, "_and_", &is_field);
    lists.into_iter().find(|list| list.len() == fields.len())
}

#[cfg(test)]
mod tests;
