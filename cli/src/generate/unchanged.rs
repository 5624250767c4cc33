//! The refusal to generate a table again with other fields than its migration has: the database has it already.

use super::{origin, resource::LOCK};
use crate::{
    command_line,
    error::CliError,
    field::{self, Field, Kind},
    project::{Project, Schema, Table},
};

/// Refuses to generate a table again with other fields than its migration has, and names the migration to run instead.
pub(super) fn check_unchanged(
    project: &Project,
    table: &str,
    fields: &[Field],
) -> Result<(), CliError> {
    let Some(existing) = project.creation_of(table) else {
        return Ok(());
    };
    let mut created = Schema::default();
    created.apply(&existing.source);
    let now = project.schema();
    let (Some(created), Some(now)) = (created.table(table), now.table(table)) else {
        return Ok(());
    };
    let difference = Difference::between(created, now, fields);
    let values = other_values(fields, &existing.source);
    let refusal = difference
        .own(table)
        .or_else(|| difference.by_later_migrations(table, &existing.source))
        .or_else(|| values.map(|field| other_enum(table, field)))
        .or_else(|| difference.in_a_column(table));
    match refusal {
        None => Ok(()),
        Some((what, hint)) => Err(CliError::failed(format!(
            "`src/migrations/{}.rs` makes `{table}` {what}; nothing was written",
            existing.module
        ))
        .hint(hint)),
    }
}

/// The difference of fields from a table: as its migration has made it, and as later ones have left it.
struct Difference<'a> {
    /// The fields that the table has never had.
    added: Vec<&'a Field>,
    /// The columns that are missing.
    removed: Vec<&'a str>,
    /// The fields that later migrations have given the table.
    given: Vec<String>,
    /// The columns that later migrations have taken from it.
    taken: Vec<&'a str>,
    /// The field whose column is another one.
    changed: Option<&'a Field>,
}

/// A difference in words, and what to do about it.
type Refusal = (String, String);

impl<'a> Difference<'a> {
    fn between(created: &'a Table, now: &Table, fields: &'a [Field]) -> Self {
        let has = |table: &Table, name: &str| table.columns.iter().any(|it| it.name == name);
        let is_new = |field: &&Field| !has(created, &field.column());
        let (given, added): (Vec<&Field>, Vec<&Field>) = fields
            .iter()
            .filter(is_new)
            .partition(|field| has(now, &field.column()));
        let missing = created.columns.iter().map(|column| column.name.as_str());
        let missing = missing.filter(|name| !fields.iter().any(|field| field.column() == *name));
        let (removed, taken) = missing.partition(|name| has(now, name));
        Self {
            added,
            removed,
            given: given.into_iter().map(Field::column).collect(),
            taken,
            changed: fields.iter().find(|field| is_changed(field, created)),
        }
    }

    /// Fields that the command has, or lacks.
    fn own(&self, table: &str) -> Option<Refusal> {
        let Self { added, removed, .. } = self;
        if !added.is_empty() {
            let names: Vec<String> = added.iter().map(|field| field.column()).collect();
            let words: Vec<String> = added
                .iter()
                .map(|field| command_line::quoted(&field.input))
                .collect();
            return Some((
                format!("without `{}`", names.join("`, `")),
                format!(
                    "change the table with a migration: cargo fw generate migration add_{}_to_{table} {}",
                    names.join("_and_"),
                    words.join(" ")
                ),
            ));
        }
        if *removed == ["lock_version"] {
            return Some(("with `lock_version`".to_owned(), format!("add `{LOCK}`")));
        }
        (!removed.is_empty()).then(|| {
            (
                format!("with `{}`", removed.join("`, `")),
                format!(
                    "change the table with a migration, which loses the values of the column: cargo fw generate migration remove_{}_from_{table}",
                    removed.join("_and_")
                ),
            )
        })
    }

    /// Fields that are as later migrations have left the table: the one that makes it has been applied as it is.
    fn by_later_migrations(&self, table: &str, creation: &str) -> Option<Refusal> {
        let what = match (self.taken.as_slice(), self.given.as_slice()) {
            ([], []) => return None,
            ([], given) => format!(
                "without `{}`, which a later migration has added",
                given.join("`, `")
            ),
            (taken, _) => format!(
                "with `{}`, which a later migration has renamed or removed",
                taken.join("`, `")
            ),
        };
        let again = origin::read(creation).map_or_else(String::new, |words| {
            let command = command_line::generate(&words);
            format!("; the command as it was at first changes nothing: {command}")
        });
        let hint = format!("the files in `src/{table}/` are yours to change now{again}");
        Some((what, hint))
    }

    fn in_a_column(&self, table: &str) -> Option<Refusal> {
        let field = self.changed?;
        let column = field.column();
        Some((
            format!("with another `{column}` than `{}`", field.input),
            format!(
                "change the table with a migration: cargo fw generate migration change_{column}_of_{table}"
            ),
        ))
    }
}

/// Returns whether a table has the column of a field, but another one, or with another index.
fn is_changed(field: &Field, created: &Table) -> bool {
    let plain = |text: &str| text.replace(char::is_whitespace, "");
    let name = field.column();
    let column = created.columns.iter().find(|column| column.name == name);
    let mut indexes = created.indexes.iter();
    let index = indexes.find(|index| index.columns == [name.as_str()]);
    column.is_some_and(|column| {
        let index = index.map(|index| plain(&index.call));
        let expected = field
            .has_index()
            .then(|| plain(&field.index_call(&created.name)));
        !column.is(&field.column_call()) || index != expected
    })
}

fn other_enum(table: &str, field: &Field) -> Refusal {
    (
        format!("with other values of `{}`", field.column()),
        format!(
            "change the enum in `src/{table}/model.rs` instead; its column takes any value, so that no migration is needed"
        ),
    )
}

/// The enum that had other values when the migration was generated. The column is the same for all of them.
fn other_values<'a>(fields: &'a [Field], migration: &str) -> Option<&'a Field> {
    let words = origin::read(migration)?;
    let before: Vec<Field> = words
        .iter()
        .filter_map(|word| field::parse(word).ok())
        .collect();
    let differs = |field: &&Field| match &field.kind {
        Kind::Enum { values } => before.iter().any(|before| {
            before.name == field.name
                && matches!(&before.kind, Kind::Enum { values: old } if old != values)
        }),
        _ => false,
    };
    fields.iter().find(differs)
}
