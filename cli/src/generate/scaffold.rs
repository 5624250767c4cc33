//! `cargo fw generate scaffold`: everything that a resource needs, from the table to its tests.

use std::io::IsTerminal;

use clap::Args;

use super::{
    dto, entity,
    handlers::Handlers,
    migration::{MigrationFile, add_migration, create, drop},
    request_tests,
    resource::{LOCK, Resource, check_unchanged, is_option},
    template::{capital, fill},
};
use crate::{
    error::CliError,
    field,
    plan::{Edit, Hook, Output, Plan, has_code},
    project::Project,
};

/// The words of `cargo fw generate scaffold` and `model`.
#[derive(Args, Clone, Debug)]
#[command(after_help = MANUAL)]
pub struct ScaffoldArgs {
    /// One of them, such as `post`; `posts` and `Post` mean the same
    pub name: String,
    /// The fields: `NAME:TYPE`, then modifiers and a default
    pub fields: Vec<String>,
    /// Nobody overwrites the change of another: `If-Match` on writes, `ETag` on answers
    #[arg(long)]
    pub lock: bool,
    /// How to show it and what to do about conflicts
    #[command(flatten)]
    pub output: Output,
}

const MANUAL: &str = "\
Makes the migration, the model, the DTOs, the controller, the routes and their tests, and lists them in `src/lib.rs`,
`src/app.rs` and `src/migrations/mod.rs`.

Types:
  string string(80) text int bigint smallint float double decimal(10,2) money bool date time datetime uuid json blob
  enum(draft,published) references references(users)
Modifiers, after the type:
  !        required          ^  unique and required
  ?        may be empty, as without any modifier          +  with an index
  =value   what a row gets when nothing is given
`author:references` makes `author_id`, which points at `authors`; it is required unless `?`.
`--lock` adds `lock_version`, which counts the changes of a row; whoever writes says which version he has seen.
The shell takes parentheses and `^` for its own: quote such fields.

Without fields it asks on a terminal; otherwise the resource gets `name:string!`. With the same words again nothing
changes; with other fields it is refused, and the migration to make instead is named.

Example:
  cargo fw generate scaffold post 'title:string!' 'status:enum(draft,published)=draft' 'author:references?'";

/// What a resource gets when nobody says more.
const DEFAULT_FIELD: &str = "name:string!";

impl ScaffoldArgs {
    /// The words of one line, such as `post title:string! content:text`.
    pub(super) fn parse(line: &str) -> Result<Self, CliError> {
        let (options, words): (Vec<String>, Vec<String>) = field::split(line)
            .into_iter()
            .partition(|word| is_option(word));
        if let Some(unknown) = options.iter().find(|option| *option != LOCK) {
            return Err(CliError::usage(format!("unknown option `{unknown}`"))
                .hint(format!("the only one is `{LOCK}`")));
        }
        let mut words = words.into_iter();
        let name = words.next().ok_or_else(|| {
            CliError::usage("the name of the resource is missing")
                .hint("write `post title:string! content:text`")
        })?;
        Ok(Self {
            name,
            fields: words.collect(),
            lock: !options.is_empty(),
            output: Output::default(),
        })
    }

    /// Asks for the fields when there are none and there is somebody to ask; says whether the default was taken.
    pub(super) fn complete(&mut self, project: &Project) -> Result<bool, CliError> {
        if !self.fields.is_empty() {
            return Ok(false);
        }
        // The same command again means the same fields.
        let names = crate::project::Names::resource(&self.name)?;
        if let Some(existing) = project.migration(&format!("create_{}", names.plural))
            && let Some(words) = super::record::read(&existing.source)
        {
            self.lock |= words.iter().any(|word| word == LOCK);
            let fields = words.into_iter().filter(|word| !is_option(word)).skip(2);
            self.fields.extend(fields);
            return Ok(false);
        }
        let can_ask =
            std::io::stdin().is_terminal() && std::io::stderr().is_terminal() && !self.output.json;
        if can_ask {
            let answer = inquire::Text::new("Which fields?")
                .with_default(DEFAULT_FIELD)
                .with_help_message(
                    "NAME:TYPE, for example: title:string! content:text author:references?",
                )
                .prompt()
                .map_err(|_| CliError::failed("nothing was changed"))?;
            self.fields = field::split(&answer);
        }
        self.fields_or_default();
        Ok(!can_ask)
    }

    pub(super) fn fields_or_default(&mut self) {
        if self.fields.is_empty() {
            self.fields.push(DEFAULT_FIELD.to_owned());
        }
    }

    /// What is going to be done.
    pub(crate) fn plan(&self, project: &Project) -> Result<Plan, CliError> {
        let resource = Resource::new(&self.name, &self.fields, self.lock, project)?;
        check_unchanged(project, &resource.names.plural, &resource.columns())?;
        self.plan_for(&resource, project)
    }

    /// What was done once, whatever later migrations did to the table.
    pub(crate) fn past_plan(&self, project: &Project) -> Result<Plan, CliError> {
        let resource = Resource::new(&self.name, &self.fields, self.lock, project)?;
        self.plan_for(&resource, project)
    }

    fn plan_for(&self, resource: &Resource, project: &Project) -> Result<Plan, CliError> {
        let mut plan = Plan::default();
        let names = &resource.names;
        let table = &names.plural;
        add_table(&mut plan, project, resource, "scaffold", self)?;
        let handlers = Handlers::of(resource);
        let entity = &names.entity;
        let (begin, find, include) = if resource.includes().is_empty() {
            ("find", format!("{entity}::find_by_id(id)"), String::new())
        } else {
            (
                "load",
                format!("include.with({entity}::load().filter_by_id(id))"),
                format!("    include: Include<{entity}>,\n"),
            )
        };
        let values = [
            ("posts", table.as_str()),
            ("post", &names.singular),
            ("Posts", &names.entity),
            ("PostBody", &format!("{}Body", names.class)),
            ("PostPatch", &format!("{}Patch", names.class)),
            ("PostView", &format!("{}View", names.class)),
            ("human_posts", &names.humans),
            ("human_post", &names.human),
            ("Human_posts", &capital(&names.humans)),
            ("a_post", &names.a()),
            ("Shown", &handlers.shown_type),
            ("shown", &handlers.shown),
            ("Made", &handlers.made_type),
            ("made", &handlers.made),
            ("if_match", handlers.if_match),
            ("saved", &handlers.saved),
            ("deleted", &handlers.deleted),
            ("begin", begin),
            ("find", &find),
            ("include", &include),
        ];
        let file = |name: &str| format!("src/{table}/{name}.rs");
        plan.create(
            file("mod"),
            fill(include_str!("templates/resource_mod.txt"), &values),
        );
        plan.create(
            file("model"),
            entity::render_with_relations(resource, true, project),
        );
        plan.create(file("dto"), dto::render(resource, project));
        plan.create(
            file("controller"),
            fill(include_str!("templates/controller.txt"), &values),
        );
        plan.create(file("tests"), request_tests::render(resource));
        add_relations(&mut plan, project, resource)?;
        plan.insert(
            "src/lib.rs",
            Edit::Module {
                public: true,
                name: table.clone(),
            },
        );
        plan.insert(
            "src/app.rs",
            Edit::HookCall {
                hook: Hook::Routes,
                call: format!(".merge(crate::{table}::routes())"),
            },
        );
        add_notes(&mut plan, project, resource)?;
        note_includes(&mut plan, resource);
        plan.next = [
            (
                "cargo fw db migrate".to_owned(),
                format!("makes the table `{table}`"),
            ),
            (
                format!("cargo test {table}::"),
                "runs the tests that were made".to_owned(),
            ),
            (
                "cargo fw start".to_owned(),
                format!("serves /api/v1/{table}"),
            ),
        ]
        .into();
        Ok(plan)
    }
}

/// The migration that makes the table of a resource.
pub(super) fn add_table(
    plan: &mut Plan,
    project: &Project,
    resource: &Resource,
    generator: &str,
    args: &ScaffoldArgs,
) -> Result<(), CliError> {
    let table = &resource.names.plural;
    let mut words = vec![generator, &resource.names.singular];
    words.extend(args.fields.iter().map(String::as_str));
    words.extend(args.lock.then_some(LOCK));
    let file = MigrationFile {
        what: format!("Creates the `{table}` table."),
        words,
        up: create(table, &resource.columns()),
        down: vec![drop(table)],
    };
    add_migration(plan, project, &format!("create_{table}"), file.render())
}

/// The other ends of the relations, in the models that the fields refer to.
pub(super) fn add_relations(
    plan: &mut Plan,
    project: &Project,
    resource: &Resource,
) -> Result<(), CliError> {
    for (path, edit) in entity::parent_edits(resource) {
        if let Edit::Relation(relation) = &edit
            && let Some(text) = project.file(&path)?
            && let Edit::Relation(settled) = edit.settled(&text)
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

/// References whose rows clients cannot get together with a row, and why.
fn note_includes(plan: &mut Plan, resource: &Resource) {
    let included: Vec<_> = resource.includes();
    for reference in resource.references() {
        let name = &reference.field.name;
        if !reference.is_self && included.iter().all(|other| other.field.name != *name) {
            plan.notes.push(format!(
                "`include={name}` is left out: it takes an `impl From<Model> for {}` in `src/{}/dto.rs`",
                reference.view(),
                reference.parent.plural
            ));
        }
    }
}

/// What people should know about what they asked for.
pub(super) fn add_notes(
    plan: &mut Plan,
    project: &Project,
    resource: &Resource,
) -> Result<(), CliError> {
    for reference in resource
        .references()
        .iter()
        .filter(|reference| !reference.is_self)
    {
        let table = &reference.parent.plural;
        let tests = project
            .text(&format!("src/{table}/tests.rs"))?
            .unwrap_or_default();
        if !has_code(&tests, "fn create") {
            plan.notes.push(format!(
                "the tests need `pub(crate) async fn create(app: &TestApp) -> i64` in `src/{table}/tests.rs`: it makes a row and gives its id"
            ));
        }
    }
    Ok(())
}
