//! The generator `page`: a page without a table, with its route, its template and its test.

use clap::Args;
use serde::Serialize;

use super::{
    Generator,
    access::{
        Access, AccessArgs, HandlersView, check_handlers, note_of_permissions, settle_handlers,
    },
    controller::mount,
    origin,
    scaffold::{add_link, check_folder, check_views},
    template::template,
};
use crate::{
    command_line,
    error::CliError,
    plan::{OutputOptions, Plan},
    project::{Project, module_name},
};

/// The arguments of `cargo fw generate page`.
#[derive(Args, Clone, Debug)]
#[command(after_help = MANUAL)]
pub(super) struct Page {
    /// The name, such as `about`, which is its path as well
    name: String,
    /// The people who may see it, but not `own` [default: `anyone`]
    #[arg(long, value_enum, value_name = "RULE")]
    access: Option<Access>,
}

const MANUAL: &str = "\
Makes a folder with the type of the page, its handler and route, its template, its message and its test, and a link in
`src/layouts/app.html`. Pages of the rows of a table are made by `generate scaffold`.

Example:
  cargo fw generate page about";

/// The values of the templates.
#[derive(Serialize)]
struct View {
    name: String,
    /// The path without its first `/`.
    path: String,
    human: String,
    /// The command that generates it.
    command: String,
    access: HandlersView,
    /// Its access: the type of the first parameter of its handler.
    rule: String,
}

impl Generator for Page {
    const NAME: &'static str = "page";
    const ABOUT: &'static str = "Makes a page without a table";
    const EXAMPLE: Option<&'static str> = Some("about");

    fn complete(
        &mut self,
        project: &Project,
        _output: &OutputOptions,
    ) -> Result<Option<String>, CliError> {
        let before = Self::origin(project, &self.name).ok();
        settle_handlers(&mut self.access, before.as_deref(), Access::Anyone, project)?;
        Ok(None)
    }

    fn arguments(&self) -> Result<Vec<String>, CliError> {
        let mut args = vec![Self::NAME.to_owned(), Self::key(&self.name)?];
        args.extend(AccessArgs::of(self.access).recorded());
        Ok(args)
    }

    fn key(name: &str) -> Result<String, CliError> {
        module_name(name, Self::NAME)
    }

    fn plan(&self, project: &Project) -> Result<Plan, CliError> {
        let name = Self::key(&self.name)?;
        check_views(project)?;
        check_folder(&name)?;
        check_handlers(self.access, project)?;
        let access = self.access.unwrap_or_default();
        let view = View {
            access: HandlersView::new(access, &name, &["read".to_owned()]),
            rule: access.of_permission("Read"),
            path: name.replace('_', "-"),
            human: name.replace('_', " "),
            command: command_line::generate(&self.arguments()?),
            name: name.clone(),
        };
        let mut plan = Plan::default();
        for (file, template) in [
            ("mod.rs", template!("page/mod.rs")),
            ("pages.rs", template!("page/pages.rs")),
            ("tests.rs", template!("tests/page.rs")),
            ("en.ftl", template!("page/en.ftl")),
            ("pages/index.html", template!("page/index.html")),
        ] {
            plan.create(format!("src/{name}/{file}"), template.render(&view)?);
        }
        if access.has_permissions() {
            plan.notes.push(note_of_permissions(&name, "Read"));
            let text = template!("controller/access.rs").render(&view)?;
            plan.create(format!("src/{name}/access.rs"), text);
        }
        mount(&mut plan, &name);
        add_link(&mut plan, &name, &format!("{name}-title"), project)?;
        plan.next = [
            (
                format!("cargo test {name}::"),
                "runs the test that was made".to_owned(),
            ),
            (
                "cargo fw start".to_owned(),
                format!("serves /{}", view.path),
            ),
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
