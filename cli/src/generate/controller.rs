//! `cargo fw generate controller`: handlers without a table.

use std::borrow::Cow;

use clap::Args;

use serde::Serialize;

use super::{Generator, made_by, template::template};
use crate::{
    error::CliError,
    plan::{Edit, Hook, Plan},
    project::{Project, module_name},
};

/// The words of `cargo fw generate controller`.
#[derive(Args, Clone, Debug)]
#[command(after_help = MANUAL)]
pub(super) struct Controller {
    /// The name, such as `home`
    name: String,
    /// The handlers; `index` answers the path itself [default: index]
    actions: Vec<String>,
}

const MANUAL: &str = "\
Makes a folder with the handlers, their routes and their tests. `index` answers `GET /NAME`, `about` answers
`GET /NAME/about`.

Example:
  cargo fw generate controller pages index about";

/// The routes of the application.
pub(super) const ROUTES: Hook = Hook {
    function: Cow::Borrowed("routes"),
    signature: Cow::Borrowed("fn routes() -> fw::controller::Routes"),
    root: Cow::Borrowed("fw::controller::Routes::new()"),
};

/// What the templates are made of.
#[derive(Serialize)]
struct View<'a> {
    human: String,
    /// The path of all handlers, without its first `/`.
    path: &'a str,
    /// The command that makes it.
    command: String,
    actions: Vec<Action<'a>>,
}

/// One handler.
#[derive(Serialize)]
struct Action<'a> {
    name: &'a str,
    /// Its path below that of the controller.
    route: String,
    /// Its whole path.
    path: String,
}

impl Generator for Controller {
    const NAME: &'static str = "controller";
    const ABOUT: &'static str = "Makes handlers and routes without a table";
    const EXAMPLE: Option<&'static str> = Some("pages");

    fn words(&self) -> Result<Vec<String>, CliError> {
        let mut words = vec![Self::NAME.to_owned(), Self::key(&self.name)?];
        words.extend(self.actions()?);
        Ok(words)
    }

    fn key(name: &str) -> Result<String, CliError> {
        module_name(name, Self::NAME)
    }

    fn plan(&self, _project: &Project) -> Result<Plan, CliError> {
        let name = Self::key(&self.name)?;
        let actions = self.actions()?;
        let path = name.replace('_', "-");
        let view = View {
            human: name.replace('_', " "),
            path: &path,
            command: made_by::command(&self.words()?),
            actions: actions.iter().map(|name| Action::of(name, &path)).collect(),
        };
        let mut plan = Plan::default();
        for (file, template) in [
            ("mod", template!("controller/mod.rs")),
            ("controller", template!("controller/controller.rs")),
            ("tests", template!("tests/controller.rs")),
        ] {
            plan.create(format!("src/{name}/{file}.rs"), template.render(&view)?);
        }
        plan.insert(
            "src/lib.rs",
            Edit::Module {
                public: true,
                name: name.clone(),
            },
        );
        plan.insert(
            "src/app.rs",
            Edit::HookCall {
                hook: ROUTES,
                call: format!(".merge(crate::{name}::routes())"),
            },
        );
        plan.next = [
            (
                format!("cargo test {name}::"),
                "runs the tests that were made".to_owned(),
            ),
            ("cargo fw start".to_owned(), format!("serves /{path}")),
        ]
        .into();
        Ok(plan)
    }

    fn made_by(project: &Project, name: &str) -> Result<Vec<String>, CliError> {
        let file = format!("src/{}/mod.rs", module_name(name, Self::NAME)?);
        let source = made_by::source(project, Self::NAME, name, &file)?;
        made_by::read(&source)
            .filter(|words| words.first().is_some_and(|first| first == Self::NAME))
            .ok_or_else(|| made_by::nothing_known(&file))
    }
}

impl Controller {
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
    fn of(name: &'a str, controller: &str) -> Self {
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
        }
    }
}
