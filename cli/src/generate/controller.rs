//! The generator `controller`: handlers without a table.

use std::borrow::Cow;

use clap::Args;
use heck::ToUpperCamelCase;
use serde::Serialize;

use super::{
    Generator,
    access::{
        Access, AccessArgs, HandlersView, check_handlers, note_of_permissions, settle_handlers,
    },
    origin,
    template::template,
};
use crate::{
    command_line,
    error::CliError,
    plan::{Edit, Hook, OutputOptions, Plan},
    project::{Project, module_name},
};

/// The arguments of `cargo fw generate controller`.
#[derive(Args, Clone, Debug)]
#[command(after_help = MANUAL)]
pub(super) struct Controller {
    /// The name, such as `home`
    name: String,
    /// The handlers; `index` handles the path itself [default: index]
    actions: Vec<String>,
    /// The path that the handlers are below [default: /NAME]
    #[arg(long, value_name = "PATH")]
    at: Option<String>,
    /// The people whom the handlers let in, but not `own` [default in apps with accounts: `permission`]
    #[arg(long, value_enum, value_name = "RULE")]
    access: Option<Access>,
}

/// The option for the path, in the form in which it is recorded.
const AT: &str = "--at=";

const MANUAL: &str = "\
Makes a folder with the handlers, their routes and their tests. `index` handles `GET /NAME`, `about` handles
`GET /NAME/about`.

Examples:
  cargo fw generate controller pages index about
  cargo fw generate controller reports sales --at /api/v1/reports";

/// The hook with the routes of the application.
pub(super) const ROUTES: Hook = Hook {
    function: Cow::Borrowed("routes"),
    signature: Cow::Borrowed("fn routes() -> fw::controller::Routes"),
    root: Cow::Borrowed("fw::controller::Routes::new()"),
};

/// Adds the module `name` to the application, and its routes to those of the application.
pub(super) fn mount(plan: &mut Plan, name: &str) {
    plan.insert(
        "src/lib.rs",
        Edit::Module {
            public: true,
            name: name.to_owned(),
        },
    );
    plan.insert(
        "src/app.rs",
        Edit::HookCall {
            hook: ROUTES,
            call: format!(".merge(crate::{name}::routes())"),
        },
    );
}

/// The values of the templates.
#[derive(Serialize)]
struct View<'a> {
    human: String,
    /// The path of all handlers, without its first `/`.
    path: &'a str,
    /// The command that generates it.
    command: String,
    access: HandlersView,
    actions: Vec<Action<'a>>,
}

/// A handler.
#[derive(Serialize)]
struct Action<'a> {
    name: &'a str,
    /// Its path relative to the controller's.
    route: String,
    /// Its full path.
    path: String,
    /// Its access: the type of the first parameter.
    rule: String,
}

impl Generator for Controller {
    const NAME: &'static str = "controller";
    const ABOUT: &'static str = "Makes handlers and routes without a table";
    const EXAMPLE: Option<&'static str> = Some("pages");

    fn complete(
        &mut self,
        project: &Project,
        _output: &OutputOptions,
    ) -> Result<Option<String>, CliError> {
        let before = Self::origin(project, &self.name).ok();
        settle_handlers(
            &mut self.access,
            before.as_deref(),
            Access::Permission,
            project,
        )?;
        Ok(None)
    }

    fn arguments(&self) -> Result<Vec<String>, CliError> {
        let mut args = vec![Self::NAME.to_owned(), Self::key(&self.name)?];
        args.extend(self.actions()?);
        if self.at.is_some() {
            args.push(format!("{AT}/{}", self.path(&args[1])?));
        }
        args.extend(AccessArgs::of(self.access).recorded());
        Ok(args)
    }

    fn key(name: &str) -> Result<String, CliError> {
        module_name(name, Self::NAME)
    }

    fn plan(&self, project: &Project) -> Result<Plan, CliError> {
        check_handlers(self.access, project)?;
        let access = self.access.unwrap_or_default();
        let name = Self::key(&self.name)?;
        let actions = self.actions()?;
        let path = self.path(&name)?;
        let view = View {
            human: name.replace('_', " "),
            path: &path,
            command: command_line::generate(&self.arguments()?),
            access: HandlersView::new(access, &name, &actions),
            actions: actions
                .iter()
                .map(|name| Action::of(name, &path, access))
                .collect(),
        };
        let served = view.actions.iter().map(|action| action.path.as_str());
        let served = format!("serves {}", served.collect::<Vec<_>>().join(", "));
        let mut plan = Plan::default();
        for (file, template) in [
            ("mod", template!("controller/mod.rs")),
            ("controller", template!("controller/controller.rs")),
            ("tests", template!("tests/controller.rs")),
        ] {
            plan.create(format!("src/{name}/{file}.rs"), template.render(&view)?);
        }
        if access.has_permissions() {
            plan.notes.push(note_of_permissions(
                &name,
                &actions[0].to_upper_camel_case(),
            ));
            let text = template!("controller/access.rs").render(&view)?;
            plan.create(format!("src/{name}/access.rs"), text);
        }
        mount(&mut plan, &name);
        plan.next = [
            (
                format!("cargo test {name}::"),
                "runs the tests that were made".to_owned(),
            ),
            ("cargo fw start".to_owned(), served),
        ]
        .into();
        Ok(plan)
    }

    fn origin(project: &Project, name: &str) -> Result<Vec<String>, CliError> {
        let file = format!("src/{}/mod.rs", module_name(name, Self::NAME)?);
        let source = origin::source(project, Self::NAME, name, &file)?;
        origin::read(&source)
            .filter(|args| args.first().is_some_and(|first| first == Self::NAME))
            .ok_or_else(|| origin::nothing_known(&file))
    }
}

impl Controller {
    /// The path of the handlers, without its first `/`.
    fn path(&self, name: &str) -> Result<String, CliError> {
        let Some(at) = &self.at else {
            return Ok(name.replace('_', "-"));
        };
        let is_plain = |part: &str| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c))
        };
        match at.strip_prefix('/') {
            Some(path) if path.split('/').all(is_plain) => Ok(path.to_owned()),
            _ => Err(
                CliError::usage(format!("`{at}` is no path that handlers can be below")).hint(
                    "write it from its first `/` on, without parameters: `--at /api/v1/reports`",
                ),
            ),
        }
    }

    fn actions(&self) -> Result<Vec<String>, CliError> {
        let mut actions: Vec<String> = Vec::new();
        for action in &self.actions {
            let name = module_name(action, "handler")?;
            if actions.contains(&name) {
                return Err(CliError::usage(format!(
                    "the handler `{name}` is given twice"
                )));
            }
            actions.push(name);
        }
        if actions.is_empty() {
            actions.push("index".to_owned());
        }
        Ok(actions)
    }
}

impl<'a> Action<'a> {
    fn of(name: &'a str, controller: &str, access: Access) -> Self {
        let route = if name == "index" {
            "/".to_owned()
        } else {
            format!("/{}", name.replace('_', "-"))
        };
        Self {
            name,
            path: format!("/{controller}{route}")
                .trim_end_matches('/')
                .to_owned(),
            route,
            rule: access.of_permission(&name.to_upper_camel_case()),
        }
    }
}
