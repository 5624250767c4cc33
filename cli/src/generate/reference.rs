//! References on the command line: the tables that they point at must be there.

use crate::{
    command_line,
    error::CliError,
    field::Field,
    inflection::{plural, singular},
    project::{Names, Schema},
};

/// Checks a reference of a field of the table `own`: its table exists, and its name is not already that of the column.
pub(super) fn check(field: &Field, own: &str, schema: &Schema) -> Result<(), CliError> {
    let Some(table) = field.target() else {
        return Ok(());
    };
    let is_known = table == own || schema.table(table).is_some();
    let one = singular(table);
    if field.name == table && one != table && !field.input.contains("references(") {
        let meant = field.input.replacen(&field.name, &one, 1);
        return Err(would_make(field).hint(format!(
            "a reference is called after the one row that it points at: did you mean `{meant}`?"
        )));
    }
    if let Some(name) = field.name.strip_suffix("_id")
        && !(is_known && singular(table) == field.name)
    {
        let meant = field.input.replacen(&field.name, name, 1);
        return Err(would_make(field).hint(format!(
            "a reference is called without `_id`: did you mean `{meant}`?"
        )));
    }
    if is_known {
        return Ok(());
    }
    require(schema, Some(own), table, &field.input)
}

fn would_make(field: &Field) -> CliError {
    CliError::usage(format!(
        "`{}` would make a column `{}`",
        field.input,
        field.column()
    ))
}

/// Checks that a row which refers to a row of its own table `own` can be the first.
pub(super) fn check_own(field: &Field, own: &str) -> Result<(), CliError> {
    if field.target() != Some(own) || !field.required {
        return Ok(());
    }
    Err(CliError::usage(format!(
        "`{}` would need a row before the first row",
        field.input
    ))
    .hint(format!(
        "let the first one refer to nothing: `{}:references({own})?`",
        field.name
    )))
}

/// Checks that a migration creates a table; the error says what to do about it.
pub(super) fn require_table(schema: &Schema, table: &str, input: &str) -> Result<(), CliError> {
    require(schema, None, table, input)
}

fn require(schema: &Schema, own: Option<&str>, table: &str, input: &str) -> Result<(), CliError> {
    if schema.table(table).is_some() {
        return Ok(());
    }
    let mut known: Vec<&str> = schema
        .tables
        .iter()
        .map(|table| table.name.as_str())
        .collect();
    known.extend(own);
    let hint = match nearest(table, &known) {
        _ if schema.present_name(table).is_some() => {
            let present = schema.present_name(table).unwrap_or_default();
            let name = input.split(':').next().unwrap_or_default();
            format!(
                "it is called `{present}` now: {}",
                command_line::quoted(&format!("{name}:references({present})"))
            )
        }
        Some(known) if Some(known) == own => {
            let name = input.split(':').next().unwrap_or_default();
            format!(
                "for a row of the same table: {}",
                command_line::quoted(&format!("{name}:references({known})?"))
            )
        }
        Some(known) => format!("did you mean `{known}`?"),
        None if Names::resource(table).is_err() => {
            format!("no table of an application can be called `{table}`; name another one")
        }
        None => format!(
            "make it first: `cargo fw generate scaffold {} name:string!`",
            singular(table)
        ),
    };
    Err(CliError::failed(format!("`{input}`: no migration makes the table `{table}`")).hint(hint))
}

/// The table that was meant: its singular was typed, or a letter is wrong; two in a long name.
fn nearest<'a>(table: &str, known: &[&'a str]) -> Option<&'a str> {
    let other_form = plural(&singular(table));
    let allowed = if table.len() < 8 { 1 } else { 2 };
    let distance = |known: &str| {
        if known == other_form {
            0
        } else {
            strsim::damerau_levenshtein(known, table)
        }
    };
    let distances = known
        .iter()
        .map(|known| (distance(known), *known))
        .filter(|(distance, _)| *distance <= allowed);
    distances.min().map(|(_, known)| known)
}
