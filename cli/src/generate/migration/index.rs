//! Migrations that add or remove an index: `add_index_to_posts title`, `create_index_on_posts_title`, `add_title_index_to_posts`,
//! `index_posts_on_title`, `remove_index_from_posts title`, `unindex_posts_on_title`.

use super::{
    intent::{self, Intent},
    reading::{segments, splits},
    spelling::{self, PREPOSITIONS},
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
/// When several tables fit, or when the name says nothing but that it is about an index.
pub(super) fn read(
    name: &str,
    words: &[String],
    schema: &Schema,
) -> Result<Option<Intent>, CliError> {
    let Some(change) = Change::of(name) else {
        return Ok(None);
    };
    if change.is_about_a_column(words, schema) {
        return Ok(None);
    }
    let columns: Vec<String> = words.iter().map(|word| column_word(word)).collect();
    if let Some(rest) = change.rest {
        let table = intent::table_called(rest, schema);
        if !columns.is_empty() || schema.table(&table).is_some() {
            return Ok(Some(change.intent(columns, table)));
        }
        let mut readings = change.readings(rest, schema);
        if readings.len() > 1 {
            return Err(Intent::ambiguity(name, &readings));
        }
        let reading = readings.pop();
        return Ok(reading.or_else(|| Some(change.intent(columns, table))));
    }
    let mut readings = change.looser_readings(&columns, schema);
    if readings.len() > 1 {
        return Err(Intent::ambiguity(name, &readings));
    }
    let has_types = words.iter().any(|word| word.contains(':'));
    match readings.pop() {
        Some(reading) => Ok(Some(reading)),
        // A table may be called `index_funds`, and a column `search_index`.
        None if !change.is_certain || (has_types && change.tail.is_some()) => Ok(None),
        None => Err(spelling::unclear(name, schema)),
    }
}

/// Returns whether a name is one of an index.
pub(super) fn is_meant(name: &str) -> bool {
    Change::of(name).is_some()
}

/// A name of such a migration.
struct Change<'a> {
    /// False if it removes an index.
    adds: bool,
    /// True if it is to be unique.
    unique: bool,
    /// The whole name after the verb.
    phrase: &'a str,
    /// The table, and perhaps its columns, behind `index_to_` and the like.
    rest: Option<&'a str>,
    /// The columns before `index`: `title` in `add_title_index_to_posts`.
    before: Option<&'a str>,
    /// The names behind `index`.
    tail: Option<&'a str>,
    /// True if the name begins with the word, so that it is about an index or about a name with that word.
    is_certain: bool,
}

impl<'a> Change<'a> {
    fn of(name: &'a str) -> Option<Self> {
        let (verb, phrase) = name.split_once('_')?;
        let adds = match verb {
            "add" | "create" | "index" => true,
            "remove" | "drop" | "delete" | "unindex" => false,
            _ => return None,
        };
        let own = |unique| Self {
            adds,
            unique,
            phrase,
            rest: None,
            before: None,
            tail: None,
            is_certain: true,
        };
        // The verb says all: `index_posts_on_title`.
        if matches!(verb, "index" | "unindex") {
            let has_columns = splits(phrase, "_on_").next().is_some();
            return has_columns.then(|| Self {
                rest: Some(phrase),
                tail: Some(phrase),
                ..own(false)
            });
        }
        for (subject, unique) in [("unique_index", true), ("index", false), ("unique", true)] {
            let Some(behind) = phrase.strip_prefix(subject) else {
                continue;
            };
            let Some(tail) = behind.strip_prefix('_') else {
                // `create_indexes` makes a table.
                return behind.is_empty().then(|| own(unique));
            };
            let rest = PREPOSITIONS.iter().find_map(|preposition| {
                tail.strip_prefix(preposition)?
                    .strip_prefix('_')
                    .filter(|rest| !rest.is_empty())
            });
            // `unique` alone begins names of columns: `add_unique_id_to_posts`.
            if subject == "unique" && rest.is_none() {
                return None;
            }
            return Some(Self {
                rest: rest.filter(|_| !is_split(tail)),
                tail: Some(rest.unwrap_or(tail)),
                ..own(unique)
            });
        }
        let (before, tail) = splits(phrase, "_index_").next()?;
        let (_, table) = tail
            .split_once('_')
            .filter(|(word, _)| PREPOSITIONS.contains(word))?;
        let (before, unique) = match before.strip_suffix("_unique") {
            Some(before) => (before, true),
            None => (before, false),
        };
        Some(Self {
            before: Some(before),
            tail: Some(table),
            is_certain: false,
            ..own(unique)
        })
    }

    /// A column may be called `index`, as well. One to add has a type; one to remove is there.
    fn is_about_a_column(&self, words: &[String], schema: &Schema) -> bool {
        let mut places = PREPOSITIONS.iter().flat_map(|preposition| {
            splits(self.phrase, &format!("_{preposition}_")).collect::<Vec<_>>()
        });
        if self.adds {
            let mut typed = words.iter().filter_map(|word| word.split_once(':'));
            return typed.any(|(column, _)| places.clone().any(|(subject, _)| subject == column));
        }
        words.is_empty()
            && places.any(|(subject, table)| {
                let table = intent::known(table, schema);
                let table = table.and_then(|table| schema.table(&table));
                table.is_some_and(|table| intent::column(table, subject).is_some())
            })
    }

    fn intent(&self, columns: Vec<String>, table: String) -> Intent {
        if self.adds {
            Intent::AddIndex {
                columns,
                table,
                unique: self.unique,
            }
        } else {
            Intent::RemoveIndex { columns, table }
        }
    }

    /// The readings of a table with its columns behind it: `posts_title`. Those whose columns exist, or else the longest name of a table.
    fn readings(&self, rest: &str, schema: &Schema) -> Vec<Intent> {
        let mut readings = Vec::new();
        let mut longest = None;
        for (word, columns) in splits(rest, "_") {
            let Some(name) = intent::known(word, schema) else {
                continue;
            };
            let columns = columns.strip_prefix("on_").unwrap_or(columns);
            readings.extend(self.readings_of(columns, &name, schema));
            longest = Some(self.intent(intent::plain_list(columns), name));
        }
        if readings.is_empty() {
            readings.extend(longest);
        }
        readings
    }

    /// The readings without a preposition behind `index`, or with columns before it; each of columns that exist.
    fn looser_readings(&self, words: &[String], schema: &Schema) -> Vec<Intent> {
        let Some(tail) = self.tail else {
            return Vec::new();
        };
        if let Some(before) = self.before {
            let table = intent::known(tail, schema);
            let of_table = |table: String| match words {
                [] => self.readings_of(before, &table, schema),
                // The name says what the index is for: `add_search_index_to_posts title body`.
                words => vec![self.intent(words.to_vec(), table)],
            };
            return table.map(of_table).unwrap_or_default();
        }
        let mut readings = Vec::new();
        for (word, columns) in splits(tail, "_") {
            if let Some(table) = intent::known(word, schema) {
                let columns = columns.strip_prefix("on_").unwrap_or(columns);
                readings.extend(self.readings_of(columns, &table, schema));
            }
        }
        for preposition in PREPOSITIONS {
            for (columns, table) in splits(tail, &format!("_{preposition}_")) {
                if let Some(table) = intent::known(table, schema) {
                    readings.extend(self.readings_of(columns, &table, schema));
                }
            }
        }
        if let (false, Some(table)) = (words.is_empty(), intent::known(tail, schema)) {
            readings.push(self.intent(words.to_vec(), table));
        }
        readings
    }

    /// The readings of columns that a table has.
    fn readings_of(&self, columns: &str, name: &str, schema: &Schema) -> Vec<Intent> {
        let has_column = |word: &str| {
            let table = schema.table(name);
            table.is_some_and(|table| intent::any_column(table, word).is_some())
        };
        let lists = segments(columns, "_and_", &has_column);
        lists
            .into_iter()
            .map(|list| self.intent(list, name.to_owned()))
            .collect()
    }
}

/// Returns whether a preposition stands behind the columns, too: `on_title_to_posts`.
fn is_split(tail: &str) -> bool {
    let words: Vec<&str> = tail.split('_').collect();
    words
        .iter()
        .filter(|word| PREPOSITIONS.contains(word))
        .count()
        > 1
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
    let columns: Vec<String> = words.iter().map(known).collect::<Result<_, _>>()?;
    once(&columns, table)?;
    Ok(columns)
}

/// Refuses columns of which one is named twice.
pub(super) fn once(columns: &[String], table: &Table) -> Result<(), CliError> {
    let mut all = columns.iter().enumerate();
    match all.find(|(position, column)| columns[..*position].contains(column)) {
        Some((_, column)) => Err(CliError::usage(format!(
            "the column `{column}` of the table `{}` is named twice",
            table.name
        ))
        .hint("name it once")),
        None => Ok(()),
    }
}

pub(super) fn add(words: &[String], table: &Table, unique: bool) -> Result<Directions, CliError> {
    let call = if unique { "unique_index" } else { "index" };
    let columns = columns_of(words, table, &format!("add_{call}_to"))?;
    let name = &table.name;
    if columns == ["id"] {
        return Err(CliError::failed(format!(
            "`id` is the primary key of the table `{name}`, which has an index that is unique already"
        ))
        .hint("leave it out, or name further columns"));
    }
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
            error.hint("leave it out: one index is enough")
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
    let is_long = |column: &&String| {
        let call = intent::column(table, column).map(|column| column.call.as_str());
        call.is_some_and(|call| call.starts_with("text") || call.starts_with("json"))
    };
    if let Some(column) = columns.iter().find(is_long) {
        directions.notes.push(format!(
            "PostgreSQL refuses rows whose `{column}` is longer than about 2,700 bytes, once it has this index"
        ));
    }
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
