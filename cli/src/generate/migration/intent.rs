//! The intent of a migration, read from its name.

use super::reading::{best, segments, splits};
use crate::{
    error::CliError,
    field::Field,
    inflection::{plural, singular},
    project::{Schema, Table},
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
    /// between them, so that there are several readings; the one that fits the schema and the fields is meant.
    ///
    /// # Errors
    ///
    /// When several fit.
    pub(super) fn of(name: &str, fields: &[Field], schema: &Schema) -> Result<Self, CliError> {
        let readings = Self::readings(name, fields, schema);
        let mut chosen = best(readings, |intent| intent.fit(fields, schema));
        if chosen.len() > 1 {
            return Err(Self::ambiguity(name, &chosen));
        }
        Ok(chosen.pop().unwrap_or(Self::Empty))
    }

    fn ambiguity(name: &str, readings: &[Self]) -> CliError {
        let meanings: Vec<String> = readings.iter().map(Self::description).collect();
        let hint = match readings.first() {
            Some(Self::Add { .. } | Self::Remove { .. }) => {
                "say which columns are meant by giving them as fields, such as `title:string`"
            }
            _ => {
                "use a name that can be read in one way only, and write `up` and `down` if there is none"
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
            let rest = rest.strip_suffix("_table").unwrap_or(rest);
            return vec![Self::Create { table: table(rest) }];
        }
        if let Some(rest) = name.strip_prefix("drop_") {
            let words = [Some(rest), rest.strip_suffix("_table")];
            let words = words.into_iter().flatten();
            return words
                .map(|word| Self::Drop { table: table(word) })
                .collect();
        }
        if let Some(rest) = name.strip_prefix("add_ref_") {
            let references: Vec<_> = splits(rest, "_to_")
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
            return splits(rest, "_to_")
                .map(|(columns, to)| Self::Add {
                    columns: named(fields, columns).unwrap_or_else(|| plain_list(columns)),
                    table: table(to),
                })
                .collect();
        }
        if let Some(rest) = name.strip_prefix("remove_") {
            let removals = splits(rest, "_from_").flat_map(|(columns, from)| {
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
            return removals.collect();
        }
        if let Some(rest) = name.strip_prefix("rename_") {
            let renamings = splits(rest, "_on_").flat_map(|(names, on)| {
                let table = table(on);
                splits(names, "_to_").map(move |(from, to)| Self::Rename {
                    from: from.to_owned(),
                    to: to.to_owned(),
                    table: table.clone(),
                })
            });
            return renamings.collect();
        }
        Vec::new()
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
                column_named(table, from) && !column_named(table, to)
            }),
        }
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

/// Returns whether a field is meant by a word: by its name or that of its column.
pub(super) fn is_called(field: &Field, word: &str) -> bool {
    field.name == word || field.column() == word
}

fn column_named(table: &Table, name: &str) -> bool {
    table.columns.iter().any(|column| column.name == name)
}

fn table_called(word: &str, schema: &Schema) -> String {
    known(word, schema).unwrap_or_else(|| plural(&singular(word)))
}

/// The table that a word names, in the plural or the singular.
fn known(word: &str, schema: &Schema) -> Option<String> {
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

fn plain_list(columns: &str) -> Vec<String> {
    columns.split("_and_").map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::Intent;
    use crate::{field, project::Schema};

    /// A schema with some tables, each with its columns.
    fn schema(tables: &[(&str, &[&str])]) -> Schema {
        let mut schema = Schema::default();
        for (table, columns) in tables {
            let columns = columns.iter();
            let columns: Vec<_> = columns
                .map(|column| format!(".col(integer(\"{column}\"))"))
                .collect();
            let columns = columns.concat();
            schema.apply(&format!(
                "pub async fn up(schema: &Schema<'_>) -> Result {{ schema.create_table(table(\"{table}\"){columns}).await }}"
            ));
        }
        schema
    }

    fn read(words: &str, schema: &Schema) -> String {
        let mut words = words.split(' ');
        let name = words.next().unwrap();
        let fields = field::parse_all(&words.collect::<Vec<_>>()).unwrap();
        match Intent::of(name, &fields, schema) {
            Ok(intent) => intent.description(),
            Err(error) => error.report(),
        }
    }

    #[test]
    fn the_reading_that_fits_the_schema_is_meant() {
        let schema = schema(&[
            ("posts", &["reply_to", "terms", "author_id"]),
            ("prices", &["valid_from", "valid"]),
            ("orders", &["terms_and_conditions", "sold_on_day"]),
            ("line_items", &[]),
            ("lines", &[]),
            ("time_tables", &[]),
            ("people", &[]),
        ]);
        for (words, meaning) in [
            (
                "add_reply_to_to_posts reply_to:int",
                "adds `reply_to` to `posts`",
            ),
            (
                "add_reply_to_to_post reply_to:int",
                "adds `reply_to` to `posts`",
            ),
            ("add_a_to_b_to_posts", "adds `a_to_b` to `posts`"),
            (
                "add_terms_and_conditions_and_b_to_posts terms_and_conditions:text b:int",
                "adds `terms_and_conditions`, `b` to `posts`",
            ),
            ("add_age_to_person age:int", "adds `age` to `people`"),
            (
                "remove_valid_from_from_prices",
                "removes `valid_from` from `prices`",
            ),
            ("remove_valid_from_prices", "removes `valid` from `prices`"),
            (
                "remove_terms_and_conditions_from_orders",
                "removes `terms_and_conditions` from `orders`",
            ),
            (
                "remove_terms_and_author_from_posts",
                "removes `terms`, `author` from `posts`",
            ),
            (
                "remove_x_and_y_from_z_from_posts y_from_z:int x:int",
                "removes `x`, `y_from_z` from `posts`",
            ),
            (
                "rename_reply_to_to_answer_to_on_posts",
                "renames `reply_to` to `answer_to` in `posts`",
            ),
            (
                "rename_sold_on_day_to_day_on_orders",
                "renames `sold_on_day` to `day` in `orders`",
            ),
            (
                "create_join_table_line_items_people",
                "joins `line_items` and `people`",
            ),
            (
                "create_join_table_person_line",
                "joins `people` and `lines`",
            ),
            ("drop_time_table", "drops `time_tables`"),
            ("drop_posts_table", "drops `posts`"),
            (
                "add_ref_reply_to_to_posts",
                "adds the reference `reply_to` to `posts`",
            ),
            ("backfill", "does nothing"),
            // Nothing fits: the plainest reading, whose error says what is missing.
            ("remove_a_and_b_from_posts", "removes `a`, `b` from `posts`"),
            ("add_a_to_nowhere", "adds `a` to `nowheres`"),
        ] {
            assert_eq!(read(words, &schema), meaning, "{words}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_shown() {
        let schema = schema(&[
            ("orders", &["terms", "conditions", "terms_and_conditions"]),
            ("times", &[]),
            ("time_tables", &[]),
            ("a", &[]),
            ("a_b", &[]),
            ("b_c", &[]),
            ("c", &[]),
        ]);
        let reports: Vec<String> = [
            "remove_terms_and_conditions_from_orders",
            "drop_time_table",
            "create_join_table_a_b_c",
        ]
        .into_iter()
        .map(|words| read(words, &schema))
        .collect();
        insta::assert_snapshot!(reports.join("\n\n"));
        assert_eq!(
            read(
                "remove_terms_and_conditions_from_orders terms_and_conditions:int",
                &schema
            ),
            "removes `terms_and_conditions` from `orders`"
        );
    }
}
