//! The refusal to generate a table again with other fields than its migration has: the database has it already.

use super::{origin, resource::LOCK};
use crate::{
    command_line,
    error::CliError,
    field::{self, Field, Kind},
    project::{Project, Schema},
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
    let Some(created) = created.table(table) else {
        return Ok(());
    };
    let plain = |text: &str| {
        text.chars()
            .filter(|c| !c.is_whitespace())
            .collect::<String>()
    };
    let now = project.schema();
    let has = |name: &str| {
        now.table(table)
            .is_some_and(|table| table.columns.iter().any(|column| column.name == name))
    };
    let added: Vec<&Field> = fields
        .iter()
        .filter(|field| !has(&field.column()))
        .collect();
    let removed: Vec<&str> = created
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .filter(|name| has(name) && !fields.iter().any(|field| field.column() == *name))
        .collect();
    let changed = fields.iter().find(|field| {
        let column = created
            .columns
            .iter()
            .find(|column| column.name == field.column());
        let indexes = created
            .indexes
            .iter()
            .filter(|index| index.columns == [field.column()]);
        let index = indexes.map(|index| plain(&index.call)).next();
        column.is_some_and(|column| {
            !column.is(&field.column_call())
                || index != field.has_index().then(|| plain(&field.index_call(table)))
        })
    });
    let refuse = |what: &str, hint: String| {
        let file = format!("src/migrations/{}.rs", existing.module);
        Err(CliError::failed(format!(
            "`{file}` makes `{table}` {what}; nothing was written"
        ))
        .hint(hint))
    };
    if !added.is_empty() {
        let names: Vec<String> = added.iter().map(|field| field.column()).collect();
        let words: Vec<String> = added
            .iter()
            .map(|field| command_line::quoted(&field.input))
            .collect();
        let names = names.join("_and_");
        return refuse(
            &format!("without `{}`", names.replace("_and_", "`, `")),
            format!(
                "change the table with a migration: cargo fw generate migration add_{names}_to_{table} {}",
                words.join(" ")
            ),
        );
    }
    if removed == ["lock_version"] {
        return refuse("with `lock_version`", format!("add `{LOCK}`"));
    }
    if !removed.is_empty() {
        return refuse(
            &format!("with `{}`", removed.join("`, `")),
            format!(
                "change the table with a migration, which loses the values of the column: cargo fw generate migration remove_{}_from_{table}",
                removed.join("_and_")
            ),
        );
    }
    if let Some(field) = other_values(fields, &existing.source) {
        return refuse(
            &format!("with other values of `{}`", field.column()),
            format!(
                "change the enum in `src/{table}/model.rs` instead; its column takes any value, so that no migration is needed"
            ),
        );
    }
    if let Some(field) = changed {
        return refuse(
            &format!("with another `{}` than `{}`", field.column(), field.input),
            format!(
                "change the table with a migration: cargo fw generate migration change_{}_of_{table}",
                field.column()
            ),
        );
    }
    Ok(())
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
