//! Migrations that add or remove an index: `add_index_to_posts title`, `create_index_on_posts_title`, `remove_index_from_posts title`.

use super::{
    intent::{self, Intent},
    reading::{segments, splits},
    statement::{Directions, Statement},
};
use crate::{
    error::CliError,
    project::{Schema, Table},
};

/// Reads a name that adds or removes an index; `None` if it does not. The words are columns, also where they have a type.
///
/// # Errors
///
/// When several tables fit.
pub(super) fn read(
    name: &str,
    words: &[String],
    schema: &Schema,
) -> Result<Option<Intent>, CliError> {
    let Some(change) = Change::of(name) else {
        return Ok(None);
    };
    let columns: Vec<String> = words.iter().map(|word| column_word(word)).collect();
    // A column may be called `index`, as well; one to add has a type.
    let table = intent::table_called(change.rest, schema);
    let is_column = if change.adds {
        let mut typed = words.iter().filter_map(|word| word.split_once(':'));
        typed.any(|(column, _)| column == change.subject)
    } else {
        let table = schema.table(&table).filter(|_| columns.is_empty());
        table.is_some_and(|table| intent::column(table, change.subject).is_some())
    };
    if is_column {
        return Ok(None);
    }
    if !columns.is_empty() || schema.table(&table).is_some() {
        return Ok(Some(change.intent(columns, table)));
    }
    let mut readings = change.readings(schema);
    if readings.len() > 1 {
        return Err(Intent::ambiguity(name, &readings));
    }
    let reading = readings.pop();
    Ok(reading.or_else(|| Some(change.intent(columns, table))))
}

/// Returns whether a name is one of an index.
pub(super) fn is_meant(name: &str) -> bool {
    Change::of(name).is_some()
}

/// A name of such a migration.
struct Change<'a> {
    /// False if it removes an index.
    adds: bool,
    /// `index` or `unique_index`.
    subject: &'a str,
    /// The table, and perhaps its columns.
    rest: &'a str,
}

impl<'a> Change<'a> {
    fn of(name: &'a str) -> Option<Self> {
        let (verb, rest) = name.split_once('_')?;
        let adds = match verb {
            "add" | "create" => true,
            "remove" | "drop" => false,
            _ => return None,
        };
        let subject = ["unique_index", "index"]
            .into_iter()
            .find(|subject| rest.starts_with(&format!("{subject}_")))?;
        let (subject, rest) = rest.split_at(subject.len());
        let rest = ["_to_", "_on_", "_from_"]
            .into_iter()
            .find_map(|word| rest.strip_prefix(word))?;
        Some(Self {
            adds,
            subject,
            rest,
        })
    }

    fn intent(&self, columns: Vec<String>, table: String) -> Intent {
        if self.adds {
            Intent::AddIndex {
                columns,
                table,
                unique: self.subject == "unique_index",
            }
        } else {
            Intent::RemoveIndex { columns, table }
        }
    }

    /// The readings of a table with its columns behind it: `posts_title`. Those whose columns exist, or else the longest name of a table.
    fn readings(&self, schema: &Schema) -> Vec<Intent> {
        let mut readings = Vec::new();
        let mut longest = None;
        for (word, columns) in splits(self.rest, "_") {
            let Some(name) = intent::known(word, schema) else {
                continue;
            };
            let has_column = |word: &str| {
                let table = schema.table(&name);
                table.is_some_and(|table| intent::any_column(table, word).is_some())
            };
            let lists = segments(columns, "_and_", &has_column);
            readings.extend(
                lists
                    .into_iter()
                    .map(|list| self.intent(list, name.clone())),
            );
            longest = Some(self.intent(intent::plain_list(columns), name));
        }
        if readings.is_empty() {
            readings.extend(longest);
        }
        readings
    }
}

/// The name in a word such as `title` or `title:string!`.
fn column_word(word: &str) -> String {
    word.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// The columns that words name. `input` is the beginning of the command, for the hint.
fn columns_of(words: &[String], table: &Table, input: &str) -> Result<Vec<String>, CliError> {
    if words.is_empty() {
        let example = table.columns.first().map_or("created_at", |it| &it.name);
        return Err(
            CliError::usage("the columns of the index are missing").hint(format!(
                "cargo fw generate migration {input}_{} {example}",
                table.name
            )),
        );
    }
    let known = |word: &String| {
        intent::any_column(table, word).ok_or_else(|| {
            let columns = table.columns.iter().map(|column| column.name.as_str());
            let columns: Vec<&str> = columns.chain(["created_at", "updated_at"]).collect();
            CliError::failed(format!(
                "no migration gives the table `{}` a column `{word}`",
                table.name
            ))
            .hint(format!("its columns are `{}`", columns.join("`, `")))
        })
    };
    words.iter().map(known).collect()
}

pub(super) fn add(words: &[String], table: &Table, unique: bool) -> Result<Directions, CliError> {
    let call = if unique { "unique_index" } else { "index" };
    let columns = columns_of(words, table, &format!("add_{call}_to"))?;
    let name = &table.name;
    if let Some(present) = table.indexes.iter().find(|index| index.columns == columns) {
        let error = CliError::failed(format!(
            "the table `{name}` has an index on `{}` already",
            columns.join("`, `")
        ));
        return Err(if unique && !present.call.starts_with(call) {
            error.hint(format!(
                "remove it first: cargo fw generate migration remove_index_from_{name} {}",
                columns.join(" ")
            ))
        } else {
            error
        });
    }
    let listed: Vec<String> = columns.iter().map(|column| format!("{column:?}")).collect();
    let mut directions = Directions::new(
        format!(
            "Adds {} on `{}` to the `{name}` table.",
            if unique { "a unique index" } else { "an index" },
            columns.join("`, `")
        ),
        vec![Statement::create_index(&format!(
            "{call}({name:?}, [{}])",
            listed.join(", ")
        ))],
        vec![Statement::drop_index(name, &columns)],
    );
    if unique {
        directions.notes.push(format!(
            "it fails while two rows of `{name}` have the same values; `#[sea_orm(unique)]` in the model is yours to add"
        ));
    }
    Ok(directions)
}

pub(super) fn remove(words: &[String], table: &Table) -> Result<Directions, CliError> {
    let columns = columns_of(words, table, "remove_index_from")?;
    let name = &table.name;
    let Some(index) = table.indexes.iter().find(|index| index.columns == columns) else {
        let error = CliError::failed(format!(
            "no migration gives the table `{name}` an index on `{}`",
            columns.join("`, `")
        ));
        let known = table.indexes.iter();
        let known: Vec<String> = known
            .map(|index| format!("`{}`", index.columns.join(" ")))
            .collect();
        return Err(if known.is_empty() {
            error
        } else {
            error.hint(format!("it has indexes on {}", known.join(", ")))
        });
    };
    Ok(Directions::new(
        format!(
            "Removes the index on `{}` from the `{name}` table.",
            columns.join("`, `")
        ),
        vec![Statement::drop_index(name, &columns)],
        vec![Statement::create_index(&index.call)],
    ))
}
