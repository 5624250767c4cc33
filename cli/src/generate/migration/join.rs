//! The statements of a migration that makes a table which joins two others.

use super::{
    super::reference::{self, require_table},
    intent,
    statement::{Directions, Statement},
};
use crate::{
    command_line,
    error::CliError,
    field::{self, Field},
    inflection::singular,
    project::{Schema, check_table},
};

pub(super) fn join(
    left: &str,
    right: &str,
    extra: &[Field],
    schema: &Schema,
) -> Result<Directions, CliError> {
    let mut tables = [left, right];
    tables.sort_unstable();
    if right.is_empty() {
        return Err(
            CliError::usage(format!("only one table to join is named: `{left}`"))
                .hint("name both, as in `create_join_table_posts_tags`"),
        );
    }
    if left == right {
        let one = singular(left);
        return Err(CliError::usage(format!(
            "a row that joins two rows of `{left}` needs another name for each of them"
        ))
        .hint(format!(
            "make a table of two references, and call them what they are: `cargo fw generate migration create_{one}_links {} {}`",
            command_line::quoted(&format!("{one}:references")),
            command_line::quoted(&format!("other_{one}:references({left})")),
        )));
    }
    let mut fields = Vec::new();
    for table in tables {
        require_table(schema, table, &format!("create_join_table_{left}_{right}"))?;
        fields.push(field::parse(&format!(
            "{}:references({table})",
            singular(table)
        ))?);
    }
    let table = intent::joined(left, right);
    check_table(&table)?;
    for field in extra {
        reference::check(field, &table, schema)?;
    }
    if schema.table(&table).is_some() {
        return Err(
            CliError::failed(format!("a migration makes the table `{table}` already")).hint(
                format!(
                    "to add columns: `cargo fw generate migration add_role_to_{table} role:string`"
                ),
            ),
        );
    }
    if let Some(field) = extra
        .iter()
        .find(|extra| fields.iter().any(|field| field.column() == extra.column()))
    {
        return Err(CliError::usage(format!(
            "`{}` is one of the two references that the table has anyway",
            field.input
        ))
        .hint("leave it out"));
    }
    let pair: Vec<String> = fields
        .iter()
        .map(|field| format!("{:?}", field.column()))
        .collect();
    fields.extend(extra.iter().cloned());
    let mut up = Statement::create(&table, &fields);
    // A row goes with either of the two that it joins.
    if let Some(Statement::CreateTable { columns, .. }) = up.first_mut() {
        for column in columns {
            *column = column.replace("OnDelete::Restrict", "OnDelete::Cascade");
        }
    }
    up.push(Statement::create_index(&format!(
        "unique_index(\"{table}\", [{}])",
        pair.join(", ")
    )));
    Ok(Directions::new(
        format!(
            "Creates the `{table}` table, which joins `{}` and `{}`.",
            tables[0], tables[1]
        ),
        up,
        vec![Statement::drop(&table)],
    ))
}
