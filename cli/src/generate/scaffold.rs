//! The generator `scaffold`: everything that a resource needs, from the table to its tests.

use std::path::Path;

use clap::{Args, ValueEnum};

use super::{
    Generator,
    access::{Access, AccessArgs, note_of_permissions},
    controller::ROUTES,
    pages::{PageActions, PagesView},
    resource::{LOCK, Resource, is_option},
    service::{Actions, Service},
    table::{self, ResourceArgs},
    template::template,
    unchanged::check_unchanged,
    view::ResourceView,
};
use crate::{
    error::CliError,
    field,
    plan::{Edit, OutputOptions, Plan, Verbosity, execute, has_navigation},
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
    #[command(flatten)]
    access: AccessArgs,
    /// Pages for browsers [default in apps with pages]
    #[arg(long)]
    html: bool,
    /// JSON for clients, besides the pages [default in apps without pages]
    #[arg(long)]
    api: bool,
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

/// The option for pages, as it is recorded: in an application that has them, it is the default.
const HTML: &str = "--html";

/// The option for JSON besides pages.
const API: &str = "--api";

/// The folders below `src` that an application with pages may have for other things.
const FOLDERS: [&str; 4] = ["assets", "components", "errors", "layouts"];

/// The layout, whose navigation gets a link.
pub(super) const LAYOUT: &str = "src/layouts/app.html";

const MANUAL: &str = "\
Makes the migration, the model, the DTOs, the controller, the routes and their tests, and lists them in `src/lib.rs`,
`src/app.rs` and `src/migrations/mod.rs`. With `--html`, which is the default in apps with the feature `views`, it makes pages
in place of the controller: a list with filters, a page for each row, forms, a question before deletion, their messages, and
a link in `src/layouts/app.html`; `--api` adds the controller, with the same model and DTOs.

Types:
  string string(80) text int bigint smallint float double decimal(10,2) money bool date time datetime uuid json blob
  enum(draft,published) references references(users)
Modifiers, after the type:
  !        required          ^  unique and required
  ?        may be empty, as without any modifier          +  with an index
  =value   what a row gets when nothing is given
`author:references` makes `author_id`, which points at `authors`; it is required unless `?`.
`--lock` adds `lock_version`, which counts the changes of a row; each write says which version it is based on.
`--access` needs `cargo fw generate auth`, unless it is `anyone`. With `own`, `user:references` is the account that a row
belongs to: clients do not send it, and each reaches only their own rows, whatever the handler.
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
        let origin = Self::origin(project, &self.resource.name).ok();
        self.settle(project, origin.as_deref())?;
        if !is_specified && let Some(args) = origin {
            self.api |= args.iter().any(|arg| arg == API);
            let only = args.iter().find_map(|arg| arg.strip_prefix(ONLY));
            self.only = only.and_then(parse_actions).unwrap_or_default();
        }
        Ok(note)
    }

    fn arguments(&self) -> Result<Vec<String>, CliError> {
        let mut args = self.resource.arguments(Self::NAME, self.lock)?;
        args.extend(self.recorded_only());
        args.extend(self.access.recorded());
        args.extend(self.html.then(|| HTML.to_owned()));
        args.extend((self.html && self.api).then(|| API.to_owned()));
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
        let view = &ResourceView::new(resource, project);
        let mut files = if self.html {
            self.pages(resource, view, project)?
        } else {
            vec![("mod.rs", template!("scaffold/mod.rs").render(view)?)]
        };
        files.extend([
            ("model.rs", template!("model/model.rs").render(view)?),
            ("factory.rs", template!("model/factory.rs").render(view)?),
            ("dto.rs", template!("scaffold/dto.rs").render(view)?),
        ]);
        if view.has_access() {
            files.push(("access.rs", template!("scaffold/access.rs").render(view)?));
        }
        if self.has_api() {
            files.push((
                "controller.rs",
                template!("scaffold/controller.rs").render(view)?,
            ));
            files.push(("tests.rs", template!("tests/scaffold.rs").render(view)?));
        }
        let mut plan = table::plan(project, resource, &self.arguments()?, true, files)?;
        plan.insert(
            "src/app.rs",
            Edit::HookCall {
                hook: ROUTES,
                call: format!(".merge(crate::{table}::routes())"),
            },
        );
        if self.html {
            add_link(&mut plan, table, table, project)?;
        }
        if let Some(permission) = view.first_permission() {
            plan.notes.push(note_of_permissions(table, permission));
        }
        note_includes(&mut plan, resource);
        if self.actions().list {
            note_hidden_filters(&mut plan, resource);
        }
        let served = match (self.html, self.has_api()) {
            (true, true) => format!("serves /{table} and /api/v1/{table}"),
            (true, false) => format!("serves /{table}"),
            (false, _) => format!("serves /api/v1/{table}"),
        };
        plan.next.push(("cargo fw start".to_owned(), served));
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
        let mut access = None;
        let flags = [LOCK, HTML, API];
        for option in options
            .iter()
            .filter(|option| !flags.contains(&option.as_str()))
        {
            if let Some(given) = Access::parse(option) {
                access = Some(given);
                continue;
            }
            let actions = option.strip_prefix(ONLY).and_then(parse_actions);
            only = actions.ok_or_else(|| {
                CliError::usage(format!("unknown option `{option}`")).hint(format!(
                    "there are `{LOCK}`, `{ONLY}list,show,…`, `--access=own`, `{HTML}` and `{API}`"
                ))
            })?;
        }
        let has = |flag: &str| options.iter().any(|option| option == flag);
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
            lock: has(LOCK),
            only,
            access: AccessArgs::of(access),
            html: has(HTML),
            api: has(API),
        })
    }

    /// Takes the defaults of the application, and what the same resource was generated with before.
    fn settle(&mut self, project: &Project, origin: Option<&[String]>) -> Result<(), CliError> {
        self.html |= has_views(project);
        let fields = &self.resource.fields;
        self.access
            .settle(origin, || Access::of_resource(fields), project)
    }

    /// Returns whether clients get JSON.
    fn has_api(&self) -> bool {
        self.api || !self.html
    }

    fn has(&self, action: Action) -> bool {
        self.only.is_empty() || self.only.contains(&action)
    }

    fn actions(&self) -> Actions {
        let edits = self.has(Action::Replace) || self.has(Action::Update);
        Actions {
            list: self.has(Action::List),
            show: self.has(Action::Show),
            create: self.has(Action::Create),
            // A form has every field.
            replace: if self.has_api() {
                self.has(Action::Replace)
            } else {
                edits
            },
            update: self.has_api() && self.has(Action::Update),
            delete: self.has(Action::Delete),
        }
    }

    /// The files of the pages.
    fn pages(
        &self,
        resource: &Resource,
        view: &ResourceView,
        project: &Project,
    ) -> Result<Vec<(&'static str, String)>, CliError> {
        let table = &resource.names.plural;
        check_views(project)?;
        check_folder(table)?;
        if !(self.has(Action::List) && self.has(Action::Show)) {
            return Err(
                CliError::usage("pages lead to the list and to the page of a row")
                    .hint("name `list` and `show` in `--only` as well"),
            );
        }
        let actions = PageActions {
            create: self.has(Action::Create),
            edit: self.has(Action::Replace) || self.has(Action::Update),
            delete: self.has(Action::Delete),
        };
        let view = &PagesView::new(resource, view, actions, self.has_api(), project);
        let mut files = vec![
            ("mod.rs", template!("pages/mod.rs").render(view)?),
            ("pages.rs", template!("pages/pages.rs").render(view)?),
            (
                if self.has_api() {
                    "page_tests.rs"
                } else {
                    "tests.rs"
                },
                template!("tests/pages.rs").render(view)?,
            ),
            ("en.ftl", template!("pages/en.ftl").render(view)?),
            (
                "pages/index.html",
                template!("pages/index.html").render(view)?,
            ),
            (
                "pages/show.html",
                template!("pages/show.html").render(view)?,
            ),
        ];
        if actions.create {
            files.push(("pages/new.html", template!("pages/new.html").render(view)?));
        }
        if actions.edit {
            files.push((
                "pages/edit.html",
                template!("pages/edit.html").render(view)?,
            ));
        }
        if actions.delete {
            files.push((
                "pages/delete.html",
                template!("pages/delete.html").render(view)?,
            ));
        }
        Ok(files)
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
        self.access.check(project)?;
        Resource::new(
            &self.resource.name,
            &self.resource.fields,
            self.lock,
            Service {
                actions: self.actions(),
                access: self.access.get(),
                has_pages: self.html,
            },
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
    scaffold.settle(&project, None)?;
    let plan = scaffold.plan_recorded(&project)?;
    execute(&project, plan, &OutputOptions::default(), Verbosity::Quiet)?;
    Ok(note)
}

/// Refuses pages in an application that cannot render them.
pub(super) fn check_views(project: &Project) -> Result<(), CliError> {
    if has_views(project) {
        return Ok(());
    }
    Err(CliError::failed("pages need the feature `views` of `framewright`, which this app has not").hint(
        "`cargo fw new NAME --template web` makes an app with pages; here `generate scaffold` and `generate controller` serve JSON",
    ))
}

/// Refuses a name whose folder an application with pages has for other things.
pub(super) fn check_folder(name: &str) -> Result<(), CliError> {
    if FOLDERS.contains(&name) {
        return Err(CliError::usage(format!(
            "`src/{name}` holds other files of an app with pages"
        ))
        .hint("choose another name"));
    }
    Ok(())
}

fn has_views(project: &Project) -> bool {
    project.features.iter().any(|feature| feature == "views")
}

/// Adds a link to a page to the navigation of the layout, if there is one: its folder, and the key of its title.
pub(super) fn add_link(
    plan: &mut Plan,
    name: &str,
    message: &str,
    project: &Project,
) -> Result<(), CliError> {
    let layout = project.text(LAYOUT)?.unwrap_or_default();
    if has_navigation(&layout) {
        plan.insert(
            LAYOUT,
            Edit::NavigationLink {
                route: format!("{name}.index"),
                message: message.to_owned(),
            },
        );
    } else {
        plan.notes.push(format!(
            "`{LAYOUT}` has no `<nav>` for a link to `{name}.index`"
        ));
    }
    Ok(())
}

/// Adds notes about references that clients cannot include, with the reason.
fn note_includes(plan: &mut Plan, resource: &Resource) {
    let included: Vec<_> = resource.includes();
    for reference in resource.references() {
        let name = &reference.field.name;
        let is_included = included.iter().any(|other| other.field.name == *name);
        if reference.is_self || reference.is_of_accounts() || is_included {
            continue;
        }
        let table = &reference.parent.plural;
        plan.notes.push(if reference.is_as_open {
            format!(
                "`include={name}` is left out: it takes an `impl From<Model> for {}` in `src/{table}/dto.rs`",
                reference.view()
            )
        } else {
            format!("`include={name}` is left out: fewer people may get `{table}` than `{}`", resource.names.plural)
        });
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
