//! The generator `scaffold`: everything that a resource needs, from the table to its tests.

use std::path::Path;

use clap::{Args, ValueEnum};

use super::{
    Generator,
    controller::ROUTES,
    resource::{LOCK, Resource, is_option},
    table::{self, ResourceArgs},
    template::template,
    unchanged::check_unchanged,
    view::{Actions, ResourceView},
};
use crate::{
    error::CliError,
    field,
    plan::{Edit, OutputOptions, Plan, Verbosity, execute},
    project::{Names, Project},
};

/// The arguments of `cargo fw generate scaffold`.
#[derive(Args, Clone, Debug)]
#[command(after_help = MANUAL)]
pub(super) struct Scaffold {
    #[command(flatten)]
    resource: ResourceArgs,
    /// Nobody overwrites the change of another: `If-Match` on writes, `ETag` on responses
    #[arg(long)]
    lock: bool,
    /// The handlers to make, separated by commas [default: all]
    #[arg(long, value_enum, value_delimiter = ',', value_name = "HANDLERS")]
    only: Vec<Action>,
}

/// A handler of a scaffold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Action {
    /// `GET /`
    List,
    /// `GET /{id}`
    Show,
    /// `POST /`
    Create,
    /// `PUT /{id}`
    Replace,
    /// `PATCH /{id}`
    Update,
    /// `DELETE /{id}`
    Delete,
}

/// The option that chooses handlers, in the form in which it is recorded.
const ONLY: &str = "--only=";

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
`--lock` adds `lock_version`, which counts the changes of a row; each write says which version it is based on.
The shell takes parentheses and `^` for its own: quote such fields.

Without fields it asks on a terminal; otherwise the resource gets `name:string!`. With the same arguments again nothing
changes; with other fields it is refused, and the migration to make instead is named.

Example:
  cargo fw generate scaffold post 'title:string!' 'status:enum(draft,published)=draft' 'author:references?'";

impl Generator for Scaffold {
    const NAME: &'static str = "scaffold";
    const ABOUT: &'static str =
        "Makes a resource: migration, model, DTOs, controller, routes and tests";
    const EXAMPLE: Option<&'static str> = Some("post");

    fn complete(
        &mut self,
        project: &Project,
        output: &OutputOptions,
    ) -> Result<Option<String>, CliError> {
        let is_specified = !self.resource.fields.is_empty() || !self.only.is_empty();
        let note = self.resource.complete(&mut self.lock, project, output)?;
        if !is_specified && let Ok(args) = Self::origin(project, &self.resource.name) {
            let only = args.iter().find_map(|arg| arg.strip_prefix(ONLY));
            self.only = only.and_then(parse_actions).unwrap_or_default();
        }
        Ok(note)
    }

    fn arguments(&self) -> Result<Vec<String>, CliError> {
        let mut args = self.resource.arguments(Self::NAME, self.lock)?;
        args.extend(self.recorded_only());
        Ok(args)
    }

    fn key(name: &str) -> Result<String, CliError> {
        Ok(Names::resource(name)?.singular)
    }

    fn check(&self, project: &Project) -> Result<(), CliError> {
        let resource = self.resource(project)?;
        check_unchanged(project, &resource.names.plural, &resource.columns())
    }

    fn plan(&self, project: &Project) -> Result<Plan, CliError> {
        let resource = &self.resource(project)?;
        let table = &resource.names.plural;
        let view = &ResourceView::new(resource, self.actions(), project);
        let files = [
            ("mod", template!("scaffold/mod.rs").render(view)?),
            ("model", template!("model/model.rs").render(view)?),
            ("factory", template!("model/factory.rs").render(view)?),
            ("dto", template!("scaffold/dto.rs").render(view)?),
            (
                "controller",
                template!("scaffold/controller.rs").render(view)?,
            ),
            ("tests", template!("tests/scaffold.rs").render(view)?),
        ];
        let mut plan = table::plan(project, resource, &self.arguments()?, true, files)?;
        plan.insert(
            "src/app.rs",
            Edit::HookCall {
                hook: ROUTES,
                call: format!(".merge(crate::{table}::routes())"),
            },
        );
        note_includes(&mut plan, resource);
        if self.actions().list {
            note_hidden_filters(&mut plan, resource);
        }
        plan.next.push((
            "cargo fw start".to_owned(),
            format!("serves /api/v1/{table}"),
        ));
        Ok(plan)
    }

    fn origin(project: &Project, name: &str) -> Result<Vec<String>, CliError> {
        table::origin(project, Self::NAME, name)
    }

    fn adjust_removal(project: &Project, name: &str, plan: &mut Plan) -> Result<(), CliError> {
        table::adjust_removal(project, name, plan)
    }
}

impl Scaffold {
    /// Parses the arguments in one line, such as `post title:string! content:text`.
    fn parse(line: &str) -> Result<Self, CliError> {
        let (options, args): (Vec<String>, Vec<String>) = field::split(line)?
            .into_iter()
            .partition(|arg| is_option(arg));
        let mut only = Vec::new();
        for option in options.iter().filter(|option| *option != LOCK) {
            let actions = option.strip_prefix(ONLY).and_then(parse_actions);
            only = actions.ok_or_else(|| {
                CliError::usage(format!("unknown option `{option}`"))
                    .hint(format!("there are `{LOCK}` and `{ONLY}list,show,…`"))
            })?;
        }
        let mut args = args.into_iter();
        let name = args.next().ok_or_else(|| {
            CliError::usage("the name of the resource is missing")
                .hint("write `post title:string! content:text`")
        })?;
        Ok(Self {
            resource: ResourceArgs {
                name,
                fields: args.collect(),
            },
            lock: options.iter().any(|option| option == LOCK),
            only,
        })
    }

    fn actions(&self) -> Actions {
        let has = |action| self.only.is_empty() || self.only.contains(&action);
        Actions {
            list: has(Action::List),
            show: has(Action::Show),
            create: has(Action::Create),
            replace: has(Action::Replace),
            update: has(Action::Update),
            delete: has(Action::Delete),
        }
    }

    /// The choice of handlers as one argument, if there is one.
    fn recorded_only(&self) -> Option<String> {
        let names: Vec<String> = self
            .only
            .iter()
            .filter_map(|action| Some(action.to_possible_value()?.get_name().to_owned()))
            .collect();
        (!names.is_empty()).then(|| format!("{ONLY}{}", names.join(",")))
    }

    fn resource(&self, project: &Project) -> Result<Resource, CliError> {
        Resource::new(
            &self.resource.name,
            &self.resource.fields,
            self.lock,
            project,
        )
    }
}

fn parse_actions(names: &str) -> Option<Vec<Action>> {
    let actions = names.split(',').map(|name| Action::from_str(name, false));
    actions.collect::<Result<_, _>>().ok()
}

/// Generates a scaffold from one line, such as `post title:string! content:text`, into the app at `root`, which is
/// locked by the caller. Prints nothing; returns a note for the user.
pub fn scaffold_in(root: &Path, line: &str) -> Result<Option<String>, CliError> {
    let project = Project::find(root)?;
    let mut scaffold = Scaffold::parse(line)?;
    let note = scaffold.resource.fields_or_default();
    let plan = scaffold.plan_recorded(&project)?;
    execute(&project, plan, &OutputOptions::default(), Verbosity::Quiet)?;
    Ok(note)
}

/// Adds notes about references that clients cannot include, with the reason.
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

/// Adds notes about columns that cannot be filters, because lists have parameters of their names.
fn note_hidden_filters(plan: &mut Plan, resource: &Resource) {
    let hidden = resource
        .fields
        .iter()
        .filter(|field| field.is_hidden_filter());
    plan.notes.extend(hidden.map(|field| {
        format!(
            "the list has no filter `{0}`, which is a parameter of every list; a column of another name, such as `{1}_{0}`, can be one",
            field.column(),
            resource.names.singular
        )
    }));
}
