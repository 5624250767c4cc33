//! `cargo fw generate migration`: a change of the schema, read from its name.

mod file;
mod intent;
mod statements;

use clap::Args;
use heck::ToSnakeCase;

pub(super) use self::file::{MigrationFile, create, drop};
use self::{intent::Intent, statements::Change};
use super::resource::check_unchanged;
use crate::{
    error::CliError,
    field,
    plan::{Edit, Output, Plan},
    project::{Project, touched},
};

/// The words of `cargo fw generate migration`.
#[derive(Args, Clone, Debug)]
#[command(after_help = MANUAL)]
pub struct MigrationArgs {
    /// What it does, in `snake_case`, such as `add_rating_to_posts`
    pub name: String,
    /// The columns, such as `rating:decimal(3,2)`
    pub fields: Vec<String>,
    /// How to show it and what to do about conflicts
    #[command(flatten)]
    pub output: Output,
}

const MANUAL: &str = "\
The name says what `up` and `down` do:
  create_posts title:string!            makes a table
  add_a_and_b_to_posts a:int b:text     adds columns
  remove_a_from_posts                   drops a column; `down` adds it again as it was
  rename_a_to_b_on_posts                gives a column another name
  add_ref_user_to_posts                 adds `user_id`, which may be empty, with its foreign key and index
  create_join_table_posts_tags          makes `posts_tags` with a reference to each
  drop_posts                            drops a table; `down` makes it again
Any other name makes an empty migration to fill in. The model and the DTOs are not touched.

Fields are those of `cargo fw generate scaffold --help`.

Example:
  cargo fw generate migration add_rating_to_posts 'rating:decimal(3,2)'";

impl MigrationArgs {
    /// What is going to be done.
    pub(crate) fn plan(&self, project: &Project) -> Result<Plan, CliError> {
        let name = checked(&self.name)?;
        let schema = project.schema_before(Some(&name));
        let intent = Intent::of(&name, &schema);
        if let Intent::Create { table } = &intent
            && name == format!("create_{table}")
        {
            check_unchanged(project, table, &field::parse_all(&self.fields)?)?;
        }
        let change = Change::of(&intent, &self.fields, &schema)?;
        let mut words = vec!["migration", self.name.as_str()];
        words.extend(self.fields.iter().map(String::as_str));
        let file = MigrationFile {
            what: change.what,
            words,
            up: change.up,
            down: change.down,
        };
        let mut plan = Plan {
            notes: change.notes,
            ..Plan::default()
        };
        add_migration(&mut plan, project, &name, file.render())?;
        plan.next
            .push(("cargo fw db migrate".to_owned(), "applies it".to_owned()));
        if !matches!(intent, Intent::Empty | Intent::Drop { .. }) {
            plan.notes
                .push("the models and DTOs of the table are yours to change".to_owned());
        }
        Ok(plan)
    }
}

/// Adds the file of a migration and its two lines in `src/migrations/mod.rs`.
pub(super) fn add_migration(
    plan: &mut Plan,
    project: &Project,
    name: &str,
    text: String,
) -> Result<(), CliError> {
    let module = project.migration_module(name)?;
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
pub(crate) fn built_on(project: &Project, name: &str) -> Vec<String> {
    let Some(position) = project
        .migrations
        .iter()
        .position(|migration| migration.name() == name)
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
pub(crate) fn checked(input: &str) -> Result<String, CliError> {
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
