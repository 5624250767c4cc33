//! The intent of a migration, read from its name.

use crate::project::{Schema, plural};

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
    /// Reads a name in `snake_case`. A table may be given in the singular.
    pub(super) fn of(name: &str, schema: &Schema) -> Self {
        let table = |word: &str| {
            known(word, schema).unwrap_or_else(|| plural(&crate::project::singular(word)))
        };
        if let Some(rest) = name.strip_prefix("create_join_table_") {
            return join(rest, schema);
        }
        if let Some(rest) = name.strip_prefix("create_") {
            return Self::Create {
                table: table(rest.strip_suffix("_table").unwrap_or(rest)),
            };
        }
        if let Some((reference, to)) = name
            .strip_prefix("add_ref_")
            .and_then(|rest| split(rest, "_to_", schema))
        {
            return Self::AddReference {
                name: reference.to_owned(),
                table: table(to),
            };
        }
        if let Some((columns, to)) = name
            .strip_prefix("add_")
            .and_then(|rest| split(rest, "_to_", schema))
        {
            return Self::Add {
                columns: list(columns),
                table: table(to),
            };
        }
        if let Some((columns, from)) = name
            .strip_prefix("remove_")
            .and_then(|rest| split(rest, "_from_", schema))
        {
            return Self::Remove {
                columns: list(columns),
                table: table(from),
            };
        }
        if let Some((names, on)) = name
            .strip_prefix("rename_")
            .and_then(|rest| split(rest, "_on_", schema))
            && let Some((from, to)) = names.split_once("_to_")
        {
            return Self::Rename {
                from: from.to_owned(),
                to: to.to_owned(),
                table: table(on),
            };
        }
        if let Some(rest) = name.strip_prefix("drop_") {
            return Self::Drop {
                table: table(rest.strip_suffix("_table").unwrap_or(rest)),
            };
        }
        Self::Empty
    }
}

/// Splits a name at the separator that leaves a table on its right, or at the last one.
fn split<'a>(text: &'a str, separator: &str, schema: &Schema) -> Option<(&'a str, &'a str)> {
    let all = text
        .match_indices(separator)
        .map(|(at, _)| (&text[..at], &text[at + separator.len()..]));
    let good: Vec<_> = all
        .filter(|(left, right)| !left.is_empty() && !right.is_empty())
        .collect();
    good.iter()
        .find(|(_, right)| known(right, schema).is_some())
        .or(good.last())
        .copied()
}

/// The table that a word names, in the plural or the singular.
fn known(word: &str, schema: &Schema) -> Option<String> {
    let plural = plural(&crate::project::singular(word));
    [word, &plural]
        .into_iter()
        .find(|name| schema.table(name).is_some())
        .map(str::to_owned)
}

fn list(columns: &str) -> Vec<String> {
    columns.split("_and_").map(str::to_owned).collect()
}

/// Splits a name where both sides are tables; `_` alone does not tell.
fn join(rest: &str, schema: &Schema) -> Intent {
    let halves = rest
        .match_indices('_')
        .map(|(at, _)| (&rest[..at], &rest[at + 1..]));
    for (left, right) in halves.clone() {
        if let (Some(left), Some(right)) = (known(left, schema), known(right, schema)) {
            return Intent::Join { left, right };
        }
    }
    let (left, right) = halves.clone().next().unwrap_or((rest, ""));
    Intent::Join {
        left: left.to_owned(),
        right: right.to_owned(),
    }
}
