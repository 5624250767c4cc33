//! The common parts of scaffolds and models: the words of a resource, its migration, and the other ends of its relations.

use std::io::IsTerminal;

use clap::Args;

use super::{
    migration::{MigrationFile, Statement, add_migration, built_on},
    origin,
    relations::parent_edits,
    resource::{LOCK, Resource, is_option},
};
use crate::{
    command_line,
    error::CliError,
    field::{self, Field, index_call},
    inflection::singular,
    plan::{Edit, OutputOptions, Plan, has_code},
    project::{Migration, Names, Project, Schema},
};

/// A resource and its fields on the command line.
#[derive(Args, Clone, Debug)]
pub(super) struct ResourceArgs {
    /// One of them, such as `post`; `posts` and `Post` mean the same
    pub(super) name: String,
    /// The fields: `NAME:TYPE`, then modifiers and a default
    pub(super) fields: Vec<String>,
}

/// The field of a resource for which none is given.
const DEFAULT_FIELD: &str = "name:string!";

impl ResourceArgs {
    /// Asks for the fields when there are none and there is somebody to ask. Gives what to tell about it.
    pub(super) fn complete(
        &mut self,
        lock: &mut bool,
        project: &Project,
        output: &OutputOptions,
    ) -> Result<Option<String>, CliError> {
        if !self.fields.is_empty() {
            return Ok(None);
        }
        // The same command again means the same fields, as long as the table is there.
        let names = Names::resource(&self.name)?;
        if let Some(existing) = first_creation(project, &names)?
            && let Some(words) = origin::read(&existing.source)
        {
            let note = changed_since(project, existing, &names.plural, &words);
            *lock |= words.iter().any(|word| word == LOCK);
            let fields = words.into_iter().filter(|word| !is_option(word)).skip(2);
            self.fields.extend(fields);
            return Ok(note);
        }
        let can_ask =
            std::io::stdin().is_terminal() && std::io::stderr().is_terminal() && !output.json;
        if can_ask {
            let answer = inquire::Text::new("Which fields?")
                .with_default(DEFAULT_FIELD)
                .with_help_message(
                    "NAME:TYPE, for example: title:string! content:text author:references?",
                )
                .prompt()
                .map_err(|_| CliError::failed("nothing was changed"))?;
            self.fields = field::split(&answer)?;
        }
        Ok(self.fields_or_default())
    }

    pub(super) fn arguments(&self, generator: &str, lock: bool) -> Result<Vec<String>, CliError> {
        let name = Names::resource(&self.name)?.singular;
        let options = lock.then(|| LOCK.to_owned());
        Ok([generator.to_owned(), name]
            .into_iter()
            .chain(self.fields.iter().cloned())
            .chain(options)
            .collect())
    }

    /// Gives a resource without fields one, and the note about it.
    pub(super) fn fields_or_default(&mut self) -> Option<String> {
        if !self.fields.is_empty() {
            return None;
        }
        self.fields.push(DEFAULT_FIELD.to_owned());
        Some(format!("no fields were given, so it got `{DEFAULT_FIELD}`"))
    }
}

/// The migration that made a table, also one that was dropped since, as long as its files are there.
fn first_creation<'a>(
    project: &'a Project,
    names: &Names,
) -> Result<Option<&'a Migration>, CliError> {
    let table = &names.plural;
    if let Some(creation) = project.creation_of(table) {
        return Ok(Some(creation));
    }
    let has_files = project.text(&format!("src/{table}/model.rs"))?.is_some();
    Ok(project
        .migration(&migration_of(names))
        .filter(|_| has_files && project.schema().table(table).is_none()))
}

/// The note that the first command does not tell of later changes of the table.
fn changed_since(
    project: &Project,
    creation: &Migration,
    table: &str,
    words: &[String],
) -> Option<String> {
    let mut first = project.schema_before(creation);
    first.apply(&creation.source);
    let now = project.schema();
    if now.table(table).is_none() && first.table(table).is_some() {
        return Some(format!(
            "a later migration has dropped `{table}`: it is made again with the fields of `{}`",
            command_line::generate(words)
        ));
    }
    let columns = |schema: &Schema| {
        let table = schema.table(table)?;
        let names = table.columns.iter().map(|column| column.name.clone());
        Some(names.collect::<Vec<_>>())
    };
    (columns(&first) != columns(&now)).then(|| {
        format!(
            "the fields are those of `{}`: later migrations have changed `{table}`, and what they mean for its files is yours to write",
            command_line::generate(words)
        )
    })
}

fn migration_of(names: &Names) -> String {
    format!("create_{}", names.plural)
}

/// The plan that scaffolds and models share: the migration, the files of the folder, the other ends of the relations, the module.
/// Clients of a listed table also ask for the rows of a period; its index is there for all handlers alike, since the migration is
/// made once and handlers can be added later.
pub(super) fn plan(
    project: &Project,
    resource: &Resource,
    arguments: &[String],
    is_listed: bool,
    files: impl IntoIterator<Item = (&'static str, String)>,
) -> Result<Plan, CliError> {
    let mut plan = Plan::default();
    let table = &resource.names.plural;
    add_table(&mut plan, project, resource, arguments, is_listed)?;
    for (file, text) in files {
        plan.create(format!("src/{table}/{file}"), text);
    }
    add_relations(&mut plan, project, resource)?;
    plan.insert(
        "src/lib.rs",
        Edit::Module {
            public: true,
            name: table.clone(),
        },
    );
    add_notes(&mut plan, project, resource)?;
    plan.next = [
        (
            "cargo fw db migrate".to_owned(),
            format!("makes the table `{table}`"),
        ),
        (
            format!("cargo test {table}::"),
            "runs the tests that were made".to_owned(),
        ),
    ]
    .into();
    Ok(plan)
}

/// The migration that makes the table of a resource.
fn add_table(
    plan: &mut Plan,
    project: &Project,
    resource: &Resource,
    words: &[String],
    is_listed: bool,
) -> Result<(), CliError> {
    let table = &resource.names.plural;
    let mut up = Statement::create(table, &resource.columns());
    if is_listed {
        up.push(Statement::create_index(&index_call(
            table,
            "created_at",
            false,
        )));
    }
    let file = MigrationFile {
        what: format!("Creates the `{table}` table."),
        command: command_line::generate(words),
        up,
        down: vec![Statement::drop(table)],
    };
    let existing = project.creation_of(table);
    add_migration(
        plan,
        project,
        &migration_of(&resource.names),
        existing,
        &file,
    )
}

/// The other ends of the relations, in the models that the fields refer to.
fn add_relations(plan: &mut Plan, project: &Project, resource: &Resource) -> Result<(), CliError> {
    for (path, edit) in parent_edits(resource) {
        if let Edit::Relation(relation) = &edit
            && let Some(text) = project.file(&path)?
            && let Edit::Relation(settled) = edit.resolved_in(&text)
            && let ([best, ..], [name]) = (relation.names.as_slice(), settled.names.as_slice())
            && best != name
        {
            plan.notes.push(format!(
                "the relation in `{path}` is called `{}`, because `{}` is taken",
                name.field, best.field
            ));
        }
        plan.insert(path, edit);
    }
    Ok(())
}

/// Adds notes about the consequences of the request.
fn add_notes(plan: &mut Plan, project: &Project, resource: &Resource) -> Result<(), CliError> {
    let Names {
        singular, plural, ..
    } = &resource.names;
    if !resource.names.has_form(&resource.typed) {
        plan.notes.push(format!(
            "`{}` is taken for a form of `{singular}`, whose table is `{plural}`",
            resource.typed
        ));
    }
    plan.notes
        .extend(resource.fields.iter().filter_map(Field::note_on_default));
    for reference in resource
        .references()
        .iter()
        .filter(|reference| !reference.is_self)
    {
        let (table, folder) = (&reference.parent.plural, reference.folder);
        let mut has_factory = false;
        for file in ["factory", "model"] {
            let text = project.text(&format!("src/{folder}/{file}.rs"))?;
            has_factory |= text.is_some_and(|text| has_code(&text, "impl Factory for ActiveModel"));
        }
        if !has_factory {
            plan.notes.push(format!(
                "the tests need an `impl Factory for ActiveModel` in `src/{folder}/factory.rs`, which makes rows of `{table}`"
            ));
        }
    }
    Ok(())
}

/// The words that made a resource, which its migration tells.
pub(super) fn origin(
    project: &Project,
    generator: &str,
    input: &str,
) -> Result<Vec<String>, CliError> {
    let names = Names::resource(input)?;
    let migration = project.migration(&migration_of(&names));
    let file = format!("src/{}/mod.rs", names.plural);
    if migration.is_none() && project.text(&file)?.is_none() {
        let made = project.schema().tables;
        let made: Vec<&str> = made.iter().map(|table| table.name.as_str()).collect();
        let error = CliError::failed(format!("there is no {generator} `{input}`: no `{file}`"));
        return Err(match made.as_slice() {
            [] => error.hint("no migration makes a table"),
            made => error.hint(format!("the tables are `{}`", made.join("`, `"))),
        });
    }
    let words = migration
        .and_then(|migration| origin::read(&migration.source))
        .ok_or_else(|| origin::nothing_known(&format!("src/{}", names.plural)))?;
    if words.first().is_none_or(|first| first != generator) {
        let origin = words.first().map_or("hand", String::as_str);
        return Err(CliError::failed(format!(
            "`{}` was made by `generate {origin}`",
            names.plural
        ))
        .hint(format!("cargo fw destroy {origin} {}", names.singular)));
    }
    Ok(words)
}

/// Refuses to take back a table that another one refers to, and leaves the migration that others build on.
pub(super) fn adjust_removal(
    project: &Project,
    input: &str,
    plan: &mut Plan,
) -> Result<(), CliError> {
    let names = Names::resource(input)?;
    let table = &names.plural;
    if let Some(other) = project.schema().referring_to(table).first() {
        return Err(
            CliError::failed(format!("the table `{other}` refers to `{table}`"))
                .hint(format!("cargo fw destroy scaffold {}", singular(other))),
        );
    }
    let migration = migration_of(&names);
    let later = built_on(project, &migration);
    if later.is_empty() {
        plan.notes.push(origin::still_applied(table));
    } else {
        plan.ops
            .retain(|op| !op.path().starts_with("src/migrations/"));
        let schema = project.schema();
        let present = schema.table(table).map(|table| table.name.as_str());
        let present = present.or_else(|| schema.present_name(table));
        let hint = present.map(|table| {
            format!("\nhint: to drop the table: cargo fw generate migration drop_{table}")
        });
        plan.notes.push(format!(
            "the migration `{migration}` stays, because `{}` builds on it{}",
            later.join("`, `"),
            hint.unwrap_or_default()
        ));
    }
    Ok(())
}
