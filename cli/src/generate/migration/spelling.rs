//! The other ways to write the name of a migration, brought to the form that the manual has: `drop_table_posts` is `drop_posts`.

use super::{
    intent::{self, Intent},
    reading::splits,
};
use crate::{
    error::CliError,
    project::{Schema, Table},
};

/// The words between the names of columns and that of their table.
pub(super) const PREPOSITIONS: [&str; 5] = ["to", "from", "on", "in", "of"];

/// The kind of what a name says it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Table,
    Column,
    Reference,
}

impl Kind {
    /// The words that say it.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Table => &["table"],
            Self::Column => &["column", "columns"],
            Self::Reference => &["ref", "reference", "references", "foreign_key"],
        }
    }

    /// Returns whether a change is one of this kind.
    pub(super) fn is_of(self, intent: &Intent) -> bool {
        let kind = match intent {
            Intent::Create { .. }
            | Intent::Join { .. }
            | Intent::Drop { .. }
            | Intent::RenameTable { .. } => Self::Table,
            Intent::AddReference { .. } => Self::Reference,
            // A reference is a column as well.
            Intent::Remove { .. } => return self != Self::Table,
            _ => Self::Column,
        };
        kind == self
    }
}

/// Another form of a name.
pub(super) struct Form {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// True if the name has a word for the kind, so that it means this or nothing.
    pub(super) is_explicit: bool,
}

impl Form {
    fn explicit(name: String, kind: Kind) -> Self {
        Self {
            name,
            kind,
            is_explicit: true,
        }
    }
}

/// The other forms of a name.
pub(super) fn forms(name: &str) -> Vec<Form> {
    let Some((verb, rest)) = name.split_once('_') else {
        return Vec::new();
    };
    let mut forms = Vec::new();
    match verb {
        "create" | "add" => {
            let joined = rest
                .strip_prefix("join_table_")
                .or_else(|| rest.strip_suffix("_join_table"));
            if let Some(tables) = joined {
                let name = format!("create_join_table_{tables}");
                return vec![Form::explicit(name, Kind::Table)];
            }
            let table = rest
                .strip_prefix("table_")
                .or_else(|| rest.strip_suffix("_table").filter(|_| verb == "add"));
            if let Some(table) = table {
                forms.push(Form::explicit(format!("create_{table}"), Kind::Table));
            }
            for (kind, start) in [(Kind::Column, "add"), (Kind::Reference, "add_ref")] {
                // `column_types` and `reference_data` are tables, too.
                let plain = without(rest, kind).filter(|_| verb == "add" || has_table(rest));
                forms.extend(plain.map(|rest| match kind {
                    // The field says which reference.
                    Kind::Reference if rest.starts_with("to_") => {
                        Form::explicit(format!("add_{rest}"), Kind::Column)
                    }
                    kind => Form::explicit(format!("{start}_{rest}"), kind),
                }));
            }
        }
        "drop" | "remove" | "delete" => {
            if let Some(tables) = rest.strip_prefix("join_table_") {
                // The table is called after both, in alphabetical order.
                let swapped = splits(tables, "_").map(|(left, right)| format!("{right}_{left}"));
                let tables = swapped.chain([tables.to_owned()]);
                return tables
                    .map(|tables| Form::explicit(format!("drop_{tables}"), Kind::Table))
                    .collect();
            }
            let table = rest
                .strip_prefix("table_")
                .or_else(|| rest.strip_suffix("_table"));
            if let Some(table) = table {
                forms.push(Form::explicit(format!("drop_{table}"), Kind::Table));
            }
            if let Some(rest) = without(rest, Kind::Column) {
                forms.push(Form::explicit(format!("remove_{rest}"), Kind::Column));
            } else if let Some(rest) = without(rest, Kind::Reference).filter(|_| has_table(rest)) {
                forms.push(Form::explicit(format!("remove_{rest}"), Kind::Reference));
            } else if verb != "remove" && has_table(rest) {
                // Rows can be deleted from a table, too.
                forms.push(Form {
                    name: format!("remove_{rest}"),
                    kind: Kind::Column,
                    is_explicit: false,
                });
            }
        }
        "rename" => {
            let words = [("column", Kind::Column), ("table", Kind::Table)];
            for (word, kind) in words {
                let behind = format!("_{word}_to_");
                let plain = rest.strip_prefix(&format!("{word}_")).map(str::to_owned);
                let plain = plain.or_else(|| {
                    rest.contains(&behind)
                        .then(|| rest.replacen(&behind, "_to_", 1))
                });
                forms.extend(plain.map(|rest| Form::explicit(format!("rename_{rest}"), kind)));
            }
        }
        _ => {}
    }
    forms
}

/// Returns whether a name is one of another name for an index.
pub(super) fn renames_an_index(name: &str) -> bool {
    let rest = name.strip_prefix("rename_").unwrap_or_default();
    ["index_", "unique_index_"]
        .iter()
        .any(|start| rest.starts_with(start))
        || rest.contains("_index_to_")
}

/// Returns whether a name is one of a removal.
pub(super) fn removes(name: &str) -> bool {
    let verb = name.split('_').next().unwrap_or_default();
    ["remove", "drop", "delete"].contains(&verb)
}

/// The table of a name that removes columns and names none: `remove_columns_from_posts`, whose columns are the words after it.
pub(super) fn unnamed_removal(name: &str, schema: &Schema) -> Option<String> {
    const WORDS: [&str; 5] = ["column", "columns", "ref", "reference", "references"];
    let (_, rest) = name.split_once('_').filter(|_| removes(name))?;
    let word = WORDS.iter().find_map(|word| {
        let rest = rest.strip_prefix(word)?.strip_prefix("_from_")?;
        Some((*word, rest))
    });
    let (word, rest) = word.or_else(|| Some(("", rest.strip_prefix("from_")?)))?;
    let table = intent::known(rest, schema)?;
    let has_column = |table: &str| {
        let table = schema.table(table);
        table.is_some_and(|table| intent::column(table, word).is_some())
    };
    (!has_column(&table)).then_some(table)
}

/// The name without the word for a kind: `rating_to_posts` for `column_rating_to_posts` and `rating_column_to_posts`.
fn without(rest: &str, kind: Kind) -> Option<String> {
    let words = kind.words().iter();
    let before = words.clone().find_map(|word| {
        rest.strip_prefix(word)?
            .strip_prefix('_')
            .map(str::to_owned)
    });
    before.or_else(|| {
        words
            .flat_map(|word| PREPOSITIONS.map(|preposition| (word, preposition)))
            .find_map(|(word, preposition)| {
                let (name, table) = rest.rsplit_once(&format!("_{word}_{preposition}_"))?;
                Some(format!("{name}_{preposition}_{table}"))
            })
    })
}

/// Returns whether a table may be named behind a preposition.
fn has_table(rest: &str) -> bool {
    let mut words = rest.split('_');
    // The last word is a table, or a part of its name.
    words.next_back();
    words.any(|word| PREPOSITIONS.contains(&word))
}

/// Returns whether a name is that of an object of SQL, which no generator writes: `view_active_posts`, `extension_citext`.
pub(super) fn is_sql(rest: &str) -> bool {
    const OBJECTS: [&str; 9] = [
        "view",
        "materialized_view",
        "trigger",
        "function",
        "procedure",
        "extension",
        "sequence",
        "policy",
        "constraint",
    ];
    let named = |object: &str| {
        let rest = rest.strip_prefix(object);
        rest.is_some_and(|rest| rest.starts_with('_'))
    };
    rest.starts_with("or_replace_") || OBJECTS.iter().any(|object| named(object))
}

/// The words of operations and of what they are about.
const WORDS: [&str; 27] = [
    "create",
    "add",
    "remove",
    "drop",
    "delete",
    "rename",
    "change",
    "alter",
    "update",
    "join",
    "table",
    "tables",
    "column",
    "columns",
    "index",
    "indexes",
    "unique",
    "ref",
    "reference",
    "references",
    "foreign",
    "key",
    "to",
    "from",
    "on",
    "in",
    "of",
];

/// Returns whether a name says an operation and nothing that it is about: `drop`, `create_table`, `add_index_to`.
pub(super) fn is_bare(name: &str) -> bool {
    name.split('_').all(|word| WORDS.contains(&word))
}

/// A table for an example: one that a name has, or else any.
pub(super) fn example_table<'a>(name: &str, schema: &'a Schema) -> Option<&'a Table> {
    let padded = format!("_{name}_");
    let is_named = |table: &&Table| padded.contains(&format!("_{}_", table.name));
    let mut tables = schema.tables.iter();
    tables.clone().find(is_named).or_else(|| tables.next())
}

/// The error for a name that says an operation, but not what it is about, or nothing that is there. The hint has a name that works.
pub(super) fn unclear(name: &str, schema: &Schema) -> CliError {
    let table = example_table(name, schema);
    let (table, column) = table.map_or(("posts", "title"), |table| {
        let column = table.columns.first();
        (table.name.as_str(), column.map_or("title", |it| &it.name))
    });
    let verb = name.split('_').next().unwrap_or_default();
    let has = |word: &str| name.split('_').any(|part| part == word);
    let example = match verb {
        "add" | "create" if has("index") => format!("add_index_to_{table} {column}"),
        "remove" | "drop" | "delete" if has("index") => {
            format!("remove_index_from_{table} {column}")
        }
        "add" | "create" if has("ref") || has("reference") => format!("add_ref_user_to_{table}"),
        "create" if has("join") => "create_join_table_posts_tags".to_owned(),
        "create" => "create_tags name:string!".to_owned(),
        "add" => format!("add_rating_to_{table} rating:int"),
        "rename" if has("table") => format!("rename_{table}_to_articles"),
        "rename" => format!("rename_{column}_to_headline_on_{table}"),
        "drop" if !has("column") => format!("drop_{table}"),
        "drop" | "remove" | "delete" => format!("remove_{column}_from_{table}"),
        _ => format!("change_{column}_of_{table}"),
    };
    let problem = if is_bare(name) {
        "does not say what it changes"
    } else if verb == "rename" && !name.contains("_to_") {
        "has no new name"
    } else {
        "names no table with such a column"
    };
    CliError::usage(format!("`{name}` {problem}")).hint(format!(
        "write it as in `{example}`; `cargo fw generate migration --help` lists the forms"
    ))
}

#[cfg(test)]
mod tests {
    use super::{forms, is_bare};

    #[test]
    fn the_word_for_a_kind_is_taken_out() {
        for (name, expected) in [
            ("create_table_posts", "create_posts"),
            ("add_posts_table", "create_posts"),
            (
                "create_posts_tags_join_table",
                "create_join_table_posts_tags",
            ),
            ("delete_posts_table", "drop_posts"),
            ("add_columns_a_and_b_to_posts", "add_a_and_b_to_posts"),
            ("add_rating_column_to_posts", "add_rating_to_posts"),
            ("add_column_to_posts", "add_to_posts"),
            ("add_reference_user_to_posts", "add_ref_user_to_posts"),
            ("add_user_reference_to_posts", "add_ref_user_to_posts"),
            (
                "remove_foreign_key_user_from_posts",
                "remove_user_from_posts",
            ),
            ("drop_column_rating_from_posts", "remove_rating_from_posts"),
            ("drop_column_rating", "remove_rating"),
            ("drop_rating_from_posts", "remove_rating_from_posts"),
            ("rename_column_a_to_b_on_posts", "rename_a_to_b_on_posts"),
            ("rename_posts_table_to_articles", "rename_posts_to_articles"),
            ("add_reference_to_posts", "add_to_posts"),
        ] {
            let found: Vec<String> = forms(name).into_iter().map(|form| form.name).collect();
            assert_eq!(found, [expected], "{name}");
        }
        for name in [
            "create_posts",
            "create_column_types",
            "drop_reference_data",
            "backfill",
        ] {
            assert!(forms(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn an_operation_alone_is_bare() {
        for name in [
            "add",
            "drop_table",
            "create_index",
            "add_index_to",
            "create_join_table",
        ] {
            assert!(is_bare(name), "{name}");
        }
        for name in [
            "add_rating",
            "drop_posts",
            "backfill",
            "create_column_types",
        ] {
            assert!(!is_bare(name), "{name}");
        }
    }
}
