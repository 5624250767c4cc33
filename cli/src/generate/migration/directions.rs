//! The statements of a migration, for both directions, that carry out what its name says.

use super::{
    super::reference,
    index,
    intent::{self, Intent, is_called},
    join::join,
    spelling::example_table,
    statement::{Directions, Statement},
};
use crate::{
    error::CliError,
    field::{self, Field},
    inflection::{plural, singular},
    project::{Schema, Table, check_table},
};

impl Directions {
    /// The directions of an intent, which was read from `name`.
    pub(super) fn of(
        name: &str,
        intent: &Intent,
        fields: &[Field],
        schema: &Schema,
    ) -> Result<Self, CliError> {
        match intent {
            Intent::Create { table } => create_table(table, fields, schema),
            Intent::Add { columns, table } => add(columns, table, fields, schema),
            Intent::Remove { columns, table } => remove(columns, existing(schema, table)?, fields),
            Intent::Rename { from, to, table } => {
                no_fields(fields)?;
                rename(from, to, existing(schema, table)?)
            }
            Intent::RenameTable { from, to } => {
                no_fields(fields)?;
                rename_table(from, to, schema)
            }
            Intent::AddIndex {
                columns,
                table,
                unique,
            } => index::add(columns, existing(schema, table)?, *unique),
            Intent::RemoveIndex { columns, table } => {
                index::remove(columns, existing(schema, table)?)
            }
            Intent::AddReference { name, table } => {
                let reference = if fields.is_empty() {
                    reference_to(name, table, schema)?
                } else {
                    fields.to_vec()
                };
                add(std::slice::from_ref(name), table, &reference, schema)
            }
            Intent::Join { left, right } => join(left, right, fields, schema),
            Intent::Drop { table } => {
                no_fields(fields)?;
                drop_table(existing(schema, table)?, schema)
            }
            Intent::Empty => empty(name, fields, schema),
        }
    }
}

fn create_table(table: &str, fields: &[Field], schema: &Schema) -> Result<Directions, CliError> {
    if schema.table(table).is_some() {
        return Err(
            CliError::failed(format!("a migration makes the table `{table}` already")).hint(
                format!(
                    "to add columns: `cargo fw generate migration add_rating_to_{table} rating:int`"
                ),
            ),
        );
    }
    check_table(table)?;
    targets_exist(fields, schema, table)?;
    for field in fields {
        reference::check_own(field, table)?;
    }
    let mut directions = Directions::new(
        format!("Creates the `{table}` table."),
        Statement::create(table, fields),
        vec![Statement::drop(table)],
    );
    if fields.is_empty() {
        directions.notes.push(format!(
            "no fields were given: the table `{table}` has nothing but `id`, `created_at` and `updated_at`"
        ));
    }
    Ok(directions)
}

fn add(
    columns: &[String],
    table: &str,
    fields: &[Field],
    schema: &Schema,
) -> Result<Directions, CliError> {
    let existing = existing(schema, table)?;
    if fields.is_empty() {
        return Err(columns_missing(columns, existing, schema));
    }
    targets_exist(fields, schema, table)?;
    let mut up = Vec::new();
    let mut down = Vec::new();
    for field in fields {
        let column = field.column();
        if existing
            .columns
            .iter()
            .any(|present| present.name == column)
        {
            return Err(CliError::failed(format!(
                "the table `{table}` has a column `{column}` already"
            ))
            .hint("choose another name, or leave it out"));
        }
        up.push(Statement::add_column(table, &field.column_call()));
        down.push(Statement::drop_column(table, &column));
        if field.has_index() {
            up.push(Statement::create_index(&field.index_call(table)));
            down.push(Statement::drop_index(table, &[column]));
        }
    }
    down.reverse();
    let names: Vec<String> = fields
        .iter()
        .map(|field| format!("`{}`", field.column()))
        .collect();
    let mut directions = Directions::new(
        format!("Adds {} to the `{table}` table.", names.join(", ")),
        up,
        down,
    );
    directions.notes.extend(rows_refuse(fields));
    directions
        .notes
        .extend(fields.iter().filter_map(Field::note_on_default));
    Ok(directions)
}

/// The error for a name without the columns that it adds. The hint has fields that can be added.
fn columns_missing(columns: &[String], table: &Table, schema: &Schema) -> CliError {
    let names = [
        "id",
        "created_at",
        "updated_at",
        "timestamps",
        "primary_key",
    ];
    if let Some(name) = columns.iter().find(|name| names.contains(&name.as_str())) {
        return CliError::failed(format!(
            "`{name}` cannot be added to `{}`: every table has `id`, `created_at` and `updated_at`",
            table.name
        ))
        .hint("leave it out");
    }
    let is_other = |column: &String| field::parse(&format!("{column}:string")).is_ok();
    let mut names: Vec<&str> = columns
        .iter()
        .filter(|column| is_other(column))
        .map(String::as_str)
        .collect();
    if names.is_empty() {
        names.push("rating");
    }
    let fields: Vec<String> = names
        .iter()
        .map(|name| {
            let reference = name.strip_suffix("_id").unwrap_or(name);
            if intent::known(reference, schema).is_some_and(|it| it == plural(reference)) {
                format!("{reference}:references?")
            } else {
                format!("{name}:{}", likely_type(name))
            }
        })
        .collect();
    CliError::usage("the columns to add are missing").hint(format!(
        "cargo fw generate migration add_{}_to_{} {}",
        names.join("_and_"),
        table.name,
        fields.join(" ")
    ))
}

/// The type that a column of a name usually has, for a hint.
fn likely_type(name: &str) -> &'static str {
    const TYPES: [(&str, &[&str]); 5] = [
        ("datetime", &["at"]),
        ("date", &["on", "date", "day", "birthday"]),
        (
            "decimal(12,2)",
            &["price", "amount", "total", "cost", "fee"],
        ),
        (
            "int",
            &[
                "age", "attempts", "count", "level", "number", "points", "position", "quantity",
                "rank", "rating", "score", "size", "stock", "version", "votes", "year",
            ],
        ),
        ("text", &["body", "content", "description", "notes"]),
    ];
    if ["is_", "has_", "can_"]
        .iter()
        .any(|start| name.starts_with(start))
    {
        return "bool=false";
    }
    let last = name.rsplit('_').next().unwrap_or(name);
    let fits = |(_, ends): &&(&str, &[&str])| ends.contains(&last);
    TYPES.iter().find(fits).map_or("string", |(kind, _)| kind)
}

/// Notes on required columns without a value for the rows that are there, with what each can be given.
fn rows_refuse(fields: &[Field]) -> impl Iterator<Item = String> {
    let (with_default, without): (Vec<&Field>, Vec<&Field>) = fields
        .iter()
        .filter(|field| field.required && field.default.is_none())
        .partition(|field| field.kind.takes_default() && !field.unique);
    let remedies = [
        (
            with_default,
            "give it a default (`=…`), or let it be empty (`?`) at first",
        ),
        (without, "let it be empty (`?`) at first"),
    ];
    let notes = remedies
        .into_iter()
        .filter(|(fields, _)| !fields.is_empty());
    notes.map(|(fields, remedy)| {
        let names: Vec<String> = fields
            .iter()
            .map(|field| format!("`{}`", field.column()))
            .collect();
        let names = names.join(", ");
        format!("a table with rows refuses {names}, which is required: {remedy}")
    })
}

fn remove(columns: &[String], table: &Table, fields: &[Field]) -> Result<Directions, CliError> {
    if columns.is_empty() {
        let example = table.columns.first().map_or("title", |column| &column.name);
        return Err(
            CliError::usage("the columns to remove are missing").hint(format!(
                "cargo fw generate migration remove_{example}_from_{}",
                table.name
            )),
        );
    }
    index::once(columns, table)?;
    let mut up = Vec::new();
    let mut down = Vec::new();
    let mut notes = Vec::new();
    if let Some(other) = fields
        .iter()
        .find(|field| !columns.iter().any(|name| is_called(field, name)))
    {
        let mut columns = columns.to_vec();
        columns.push(other.name.clone());
        return Err(CliError::usage(format!(
            "`{}` is not in the name of the migration, which says what is removed",
            other.input
        ))
        .hint(format!(
            "leave it out, or name it: `remove_{}_from_{}`",
            columns.join("_and_"),
            table.name
        )));
    }
    for name in columns {
        let present = intent::column(table, name);
        let typed = fields.iter().find(|field| is_called(field, name));
        if let (Some(column), Some(field)) = (present, typed)
            && !column.is(&field.column_call())
        {
            notes.push(format!(
                "`down` makes `{}` as it was made before, which is not `{}`",
                column.name, field.input
            ));
        }
        let (column, call) = match (present, typed) {
            (Some(column), _) => (column.name.clone(), column.call.clone()),
            (None, Some(field)) => (field.column(), field.column_call()),
            (None, None) => {
                not_built_in(name, table)?;
                return Err(CliError::failed(format!(
                    "no migration gives the table `{}` a column `{name}`",
                    table.name
                ))
                .hint(format!(
                    "if it has one all the same, say of which type, for `down`: `{name}:string`"
                )));
            }
        };
        if call.contains("_uniq(") || call.contains(".unique_key()") {
            notes.push(format!(
                "SQLite cannot drop `{column}`, which is unique by the table's own definition; make the table anew instead"
            ));
        }
        for index in table
            .indexes
            .iter()
            .filter(|index| index.columns.contains(&column))
        {
            up.push(Statement::drop_index(&table.name, &index.columns));
            down.push(Statement::create_index(&index.call));
        }
        up.push(Statement::drop_column(&table.name, &column));
        down.push(Statement::add_column(&table.name, &call));
        let required = !call.contains("_null(") && !call.contains(".default(");
        if required {
            notes.push(format!(
                "`down` adds `{column}`, which is required, so it only works while the table is empty"
            ));
        }
    }
    down.reverse();
    let names: Vec<String> = columns.iter().map(|column| format!("`{column}`")).collect();
    let mut directions = Directions::new(
        format!(
            "Removes {} from the `{}` table.",
            names.join(", "),
            table.name
        ),
        up,
        down,
    );
    notes.push("the values of a dropped column are lost".to_owned());
    directions.notes = notes;
    Ok(directions)
}

fn rename(from: &str, to: &str, table: &Table) -> Result<Directions, CliError> {
    let (from, to) = intent::renamed(table, from, to);
    let (from, to) = (from.as_str(), to.as_str());
    let has = |name: &str| table.columns.iter().any(|column| column.name == name);
    if !has(from) {
        not_built_in(from, table)?;
        let columns: Vec<&str> = table
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        let error = CliError::failed(format!(
            "no migration gives the table `{}` a column `{from}`",
            table.name
        ));
        return Err(if columns.is_empty() {
            error
        } else {
            error.hint(format!("its columns are `{}`", columns.join("`, `")))
        });
    }
    if has(to) {
        return Err(CliError::failed(format!(
            "the table `{}` has a column `{to}` already",
            table.name
        ))
        .hint("choose another name"));
    }
    // The name of the new column follows the rules for columns.
    field::parse(&format!("{to}:string"))?;
    // The indexes follow by themselves.
    Ok(Directions::new(
        format!("Renames `{from}` to `{to}` in the `{}` table.", table.name),
        vec![Statement::rename_column(&table.name, from, to)],
        vec![Statement::rename_column(&table.name, to, from)],
    ))
}

fn rename_table(from: &str, to: &str, schema: &Schema) -> Result<Directions, CliError> {
    existing(schema, from)?;
    if schema.table(to).is_some() {
        return Err(
            CliError::failed(format!("a migration makes the table `{to}` already"))
                .hint("choose another name"),
        );
    }
    check_table(to)?;
    let mut directions = Directions::new(
        format!("Renames the `{from}` table to `{to}`."),
        vec![Statement::rename_table(from, to)],
        vec![Statement::rename_table(to, from)],
    );
    directions.notes.push(format!(
        "the model names its table: write `table_name = \"{to}\"` in `src/{from}/model.rs`"
    ));
    Ok(directions)
}

fn drop_table(table: &Table, schema: &Schema) -> Result<Directions, CliError> {
    if let Some(referring) = schema.referring_to(&table.name).first() {
        return Err(CliError::failed(format!(
            "the table `{referring}` refers to `{}`",
            table.name
        ))
        .hint(format!("drop `{referring}`, or its reference, first")));
    }
    let mut directions = Directions::new(
        format!("Drops the `{}` table.", table.name),
        vec![Statement::drop(&table.name)],
        Statement::recreate(table),
    );
    directions.notes.push(
        "the rows of a dropped table are lost: `cargo fw task db:backup` keeps a copy".to_owned(),
    );
    Ok(directions)
}

fn empty(name: &str, fields: &[Field], schema: &Schema) -> Result<Directions, CliError> {
    if let Some(field) = fields.first() {
        let table = example_table(name, schema).map_or("posts", |table| table.name.as_str());
        let error = CliError::usage("the name does not say what to do with the fields");
        let is_change = ["change_", "alter_", "modify_"]
            .iter()
            .any(|verb| name.starts_with(verb));
        return Err(if is_change {
            error.hint(format!(
                "another type of a column is yours to write: leave out `{}`, and `up` and `down` are empty",
                field.input
            ))
        } else {
            error.hint(format!(
                "use a name such as `add_{}_to_{table}` or `create_posts`; for an empty migration, leave out the fields",
                field.name
            ))
        });
    }
    let mut directions = Directions::new(
        "Its content is yours to write: `up` makes a change, `down` reverts it.".to_owned(),
        Vec::new(),
        Vec::new(),
    );
    directions.notes.push(
        "the name says nothing that can be generated: `up` and `down` are empty\n\
             hint: `cargo fw generate migration --help` lists the names that say something"
            .to_owned(),
    );
    Ok(directions)
}

/// The reference `user` to `users`, which may be empty: rows that exist have none.
fn reference_to(name: &str, own: &str, schema: &Schema) -> Result<Vec<Field>, CliError> {
    // The column may be named instead.
    let named = name
        .strip_suffix("_id")
        .filter(|name| schema.table(&plural(&singular(name))).is_some());
    let name = named.unwrap_or(name);
    let table = plural(&singular(name));
    let reference = field::parse(&format!("{}:references({table})?", singular(name)))?;
    reference::check(&reference, own, schema)?;
    Ok(vec![reference])
}

fn targets_exist(fields: &[Field], schema: &Schema, own: &str) -> Result<(), CliError> {
    fields
        .iter()
        .try_for_each(|field| reference::check(field, own, schema))
}

fn existing<'a>(schema: &'a Schema, name: &str) -> Result<&'a Table, CliError> {
    schema.table(name).ok_or_else(|| {
        let known: Vec<String> = schema
            .tables
            .iter()
            .map(|table| format!("`{}`", table.name))
            .collect();
        let error = CliError::failed(format!("no migration makes the table `{name}`"));
        if known.is_empty() {
            error
        } else {
            error.hint(format!("the tables are {}", known.join(", ")))
        }
    })
}

/// Refuses to change a column that every table has, and that the models count on.
fn not_built_in(column: &str, table: &Table) -> Result<(), CliError> {
    if !field::is_built_in(column) && column != "timestamps" {
        return Ok(());
    }
    Err(CliError::failed(format!(
        "`{column}` of the table `{}` belongs to every table: generated code counts on it",
        table.name
    ))
    .hint("a migration with another name is empty; write the change yourself, and take the column out of the model, too"))
}

fn no_fields(fields: &[Field]) -> Result<(), CliError> {
    match fields.first() {
        Some(field) => Err(CliError::usage(format!(
            "`{}` is one word too many: the name of the migration says it all",
            field.input
        ))
        .hint("leave it out")),
        None => Ok(()),
    }
}
