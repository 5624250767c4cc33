//! The generator `migration`: a change of the schema, read from its name.

mod directions;
mod index;
mod intent;
mod join;
mod name;
mod place;
mod reading;
mod spelling;
mod statement;

use clap::Args;
use heck::ToSnakeCase;

use serde::Serialize;

pub(super) use self::statement::Statement;
use self::{intent::Intent, spelling::unnamed_removal, statement::Directions};
use super::{Generator, origin, template::template, unchanged::check_unchanged};
use crate::{
    command_line,
    error::CliError,
    field::{self, Field},
    plan::{Edit, Plan},
    project::{self, Project, Schema, touched},
};

/// The arguments of `cargo fw generate migration`.
#[derive(Args, Clone, Debug)]
#[command(after_help = MANUAL)]
pub(super) struct Migration {
    /// The change in `snake_case`, such as `add_rating_to_posts`
    name: String,
    /// The columns, such as `rating:decimal(3,2)`
    fields: Vec<String>,
}

const MANUAL: &str = "\
The name says what `up` and `down` do:
  create_posts title:string!            makes a table
  add_a_and_b_to_posts a:int b:text     adds columns
  remove_a_from_posts                   drops a column; `down` adds it again as it was
  rename_a_to_b_on_posts                gives a column another name
  rename_posts_to_articles              gives a table another name
  add_index_to_posts a b                adds an index on columns; `add_unique_index_to_posts` one that allows values once
  remove_index_from_posts a b           drops an index; `down` makes it again
  add_ref_user_to_posts                 adds `user_id`, which may be empty, with its foreign key and index
  create_join_table_posts_tags          makes `posts_tags` with a reference to each
  drop_posts                            drops a table; `down` makes it again
A word for what changes may be added, as in `drop_table_posts` or `add_column_rating_to_posts`.
Any other name makes an empty migration to fill in. The model and the DTOs are not touched. The same command again
changes nothing, unless a later migration has taken the change back: then it makes the change once more.

Fields are those of `cargo fw generate scaffold --help`.

Example:
  cargo fw generate migration add_rating_to_posts 'rating:decimal(3,2)'";

/// The values of the template: a sentence, the command that generated it, and the statements of both directions.
#[derive(Serialize)]
pub(super) struct MigrationFile {
    pub(super) what: String,
    pub(super) command: String,
    pub(super) up: Vec<Statement>,
    pub(super) down: Vec<Statement>,
}

impl Generator for Migration {
    const NAME: &'static str = "migration";
    const ABOUT: &'static str = "Makes a migration, read from its name";
    const EXAMPLE: Option<&'static str> = Some("add_rating_to_posts");

    fn arguments(&self) -> Result<Vec<String>, CliError> {
        let mut args = vec![Self::NAME.to_owned(), Self::key(&self.name)?];
        args.extend(self.fields.iter().cloned());
        Ok(args)
    }

    fn key(name: &str) -> Result<String, CliError> {
        checked(name)
    }

    fn check(&self, project: &Project) -> Result<(), CliError> {
        let request = self.request(project)?;
        match &request.intent {
            Intent::Create { table } if request.name == format!("create_{table}") => {
                check_unchanged(project, table, &request.fields)
            }
            Intent::Add { table, .. } | Intent::AddReference { table, .. } => {
                request.check_columns(table)
            }
            _ => Ok(()),
        }
    }

    fn plan(&self, project: &Project) -> Result<Plan, CliError> {
        let Request {
            name,
            fields,
            existing,
            schema,
            intent,
        } = self.request(project)?;
        let directions = Directions::of(&name, &intent, &fields, &schema)?;
        let file = MigrationFile {
            what: directions.what,
            command: command_line::generate(&self.arguments()?),
            up: directions.up,
            down: directions.down,
        };
        let mut plan = Plan {
            notes: directions.notes,
            ..Plan::default()
        };
        add_migration(&mut plan, project, &name, existing, &file)?;
        plan.next
            .push(("cargo fw db migrate".to_owned(), "applies it".to_owned()));
        let is_of_the_model = !matches!(
            intent,
            Intent::Empty
                | Intent::Drop { .. }
                | Intent::AddIndex { .. }
                | Intent::RemoveIndex { .. }
        );
        if is_of_the_model {
            plan.notes
                .push("the models and DTOs of the table are yours to change".to_owned());
        }
        Ok(plan)
    }

    fn origin(project: &Project, name: &str) -> Result<Vec<String>, CliError> {
        let name = checked(name)?;
        let migration = project.migration(&name).ok_or_else(|| {
            let known: Vec<&str> = project
                .migrations
                .iter()
                .map(project::Migration::name)
                .collect();
            let error = CliError::failed(format!("there is no migration `{name}`"));
            if known.is_empty() {
                error
            } else {
                error.hint(format!("the migrations are `{}`", known.join("`, `")))
            }
        })?;
        let file = format!("src/migrations/{}.rs", migration.module);
        let args = origin::read(&migration.source).ok_or_else(|| origin::nothing_known(&file))?;
        match args.as_slice() {
            [generator, resource, ..] if generator != Self::NAME => Err(CliError::failed(format!(
                "`{name}` was made by `generate {generator}`"
            ))
            .hint(format!("cargo fw destroy {generator} {resource}"))),
            _ => Ok(args),
        }
    }

    fn adjust_removal(project: &Project, name: &str, plan: &mut Plan) -> Result<(), CliError> {
        let name = checked(name)?;
        if let Some(newest) = built_on(project, &name).last() {
            return Err(CliError::failed(format!("`{newest}` builds on `{name}`"))
                .hint("destroy the newer migration first, or write one that undoes this one"));
        }
        plan.notes.push(origin::still_applied(&name));
        Ok(())
    }
}

impl Migration {
    /// Reads the request. The same again means the migration that is there, unless a later one has taken its change back: then
    /// it means a new one.
    fn request<'a>(&self, project: &'a Project) -> Result<Request<'a>, CliError> {
        let name = checked(&self.name)?;
        let named = project.migrations.iter().rev();
        for existing in named.filter(|migration| migration.name() == name) {
            let schema = project.schema_before(existing);
            let (intent, fields) = self.read(&name, &schema)?;
            // A name without the columns may be that of several changes. One that nobody can read, such as SQL, is this one.
            let is_generic = index::is_meant(&name)
                || intent.is_told_by_fields()
                || unnamed_removal(&name, &schema).is_some();
            let is_other = is_generic && {
                let mut after = schema.clone();
                after.apply(&existing.source);
                after.tables != schema.tables
                    && (intent.is_done(&fields, &schema) || !intent.is_done(&fields, &after))
            };
            if !is_other && project.still_holds(existing, |schema| intent.is_done(&fields, schema))
            {
                return Ok(Request {
                    name,
                    fields,
                    existing: Some(existing),
                    schema,
                    intent,
                });
            }
            if !is_generic {
                break;
            }
        }
        let schema = project.schema();
        let (intent, fields) = self.read(&name, &schema)?;
        Ok(Request {
            name,
            fields,
            existing: None,
            schema,
            intent,
        })
    }

    /// The intent among the tables of a schema, and the fields that the words after the name are.
    fn read(&self, name: &str, schema: &Schema) -> Result<(Intent, Vec<Field>), CliError> {
        if let Some(intent) = index::read(name, &self.fields, schema)? {
            return Ok((intent, Vec::new()));
        }
        let fields = if let Some(table) = unnamed_removal(name, schema) {
            // The columns are named by the words, which need no type.
            let (typed, plain): (Vec<&String>, Vec<&String>) =
                self.fields.iter().partition(|word| word.contains(':'));
            let fields = field::parse_all(&typed)?;
            if !plain.is_empty() {
                let columns = fields.iter().map(|field| field.name.clone());
                let columns = plain.into_iter().cloned().chain(columns).collect();
                return Ok((Intent::Remove { columns, table }, fields));
            }
            fields
        } else {
            // The columns of a removal may be named once more.
            let padded = format!("_{name}_");
            let is_named =
                |word: &&String| !word.contains(':') && padded.contains(&format!("_{word}_"));
            let is_removal = spelling::removes(name);
            let words = self.fields.iter();
            let words: Vec<&String> = words
                .filter(|word| !(is_removal && is_named(word)))
                .collect();
            field::parse_all(&words)?
        };
        Ok((Intent::of(name, &fields, schema)?, fields))
    }
}

/// The request for a migration: its intent among the tables that are there before it.
struct Request<'a> {
    name: String,
    fields: Vec<Field>,
    /// The migration that carries it out already.
    existing: Option<&'a project::Migration>,
    schema: Schema,
    intent: Intent,
}

impl Request<'_> {
    /// Refuses another column of the same name than the migration has, which may be applied already.
    fn check_columns(&self, table: &str) -> Result<(), CliError> {
        let Some(existing) = self.existing else {
            return Ok(());
        };
        let mut schema = self.schema.clone();
        schema.apply(&existing.source);
        let columns = schema.table(table).map(|table| table.columns.as_slice());
        let columns = columns.unwrap_or_default();
        let is_other = |field: &&Field| {
            let name = field.column();
            let mut columns = columns.iter();
            columns.any(|column| column.name == name && !column.is(&field.column_call()))
        };
        self.fields.iter().find(is_other).map_or(Ok(()), |field| {
            let column = field.column();
            Err(CliError::failed(format!(
                "`src/migrations/{}.rs` adds another `{column}` than `{}`; nothing was written",
                existing.module, field.input
            ))
            .hint(format!(
                "change the column with a migration: cargo fw generate migration change_{column}_of_{table}"
            )))
        })
    }
}

/// Adds the file of a migration, a new one or the one that is there, and its two lines in `src/migrations/mod.rs`.
pub(super) fn add_migration(
    plan: &mut Plan,
    project: &Project,
    name: &str,
    existing: Option<&project::Migration>,
    file: &MigrationFile,
) -> Result<(), CliError> {
    let module = match existing {
        Some(migration) => migration.module.clone(),
        None => project.new_migration(name)?,
    };
    let text = template!("migration.rs").render(file)?;
    plan.create(format!("src/migrations/{module}.rs"), text);
    plan.insert(
        "src/migrations/mod.rs",
        Edit::Module {
            public: false,
            name: module.clone(),
        },
    );
    plan.insert("src/migrations/mod.rs", Edit::Migration { module });
    Ok(())
}

/// The later migrations that change one of the tables that the migration called `name` changes.
pub(super) fn built_on(project: &Project, name: &str) -> Vec<String> {
    let Some(position) = project
        .migrations
        .iter()
        .rposition(|migration| migration.name() == name)
    else {
        return Vec::new();
    };
    let tables = touched(&project.migrations[position].source);
    let later = project.migrations[position + 1..].iter();
    later
        .filter(|migration| {
            touched(&migration.source)
                .iter()
                .any(|table| tables.contains(table))
        })
        .map(|migration| migration.module.clone())
        .collect()
}

/// The name of a migration in `snake_case`.
fn checked(input: &str) -> Result<String, CliError> {
    let name = input.to_snake_case();
    let good = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if !good || name.len() > 120 {
        return Err(
            CliError::usage(format!("`{input}` cannot be the name of a migration"))
                .hint("use a name such as `add_rating_to_posts`"),
        );
    }
    Ok(name)
}
