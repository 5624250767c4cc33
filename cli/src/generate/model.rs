//! The generator `model`: a table and its entity, without HTTP.

use clap::Args;

use super::{
    Generator,
    resource::Resource,
    service::Service,
    table::{self, ResourceArgs},
    template::template,
    unchanged::check_unchanged,
    view::ResourceView,
};
use crate::{
    error::CliError,
    plan::{OutputOptions, Plan},
    project::{Names, Project},
};

/// The arguments of `cargo fw generate model`.
#[derive(Args, Clone, Debug)]
#[command(after_help = MANUAL)]
pub(super) struct Model {
    #[command(flatten)]
    resource: ResourceArgs,
    /// Nobody overwrites the change of another: `update_at` and `delete_at` compare versions
    #[arg(long)]
    lock: bool,
}

const MANUAL: &str = "\
Makes the migration, the model and its tests; no routes. Fields are those of `cargo fw generate scaffold --help`.

Example:
  cargo fw generate model audit_entry 'action:string!' 'at:datetime!'";

impl Generator for Model {
    const NAME: &'static str = "model";
    const ABOUT: &'static str = "Makes a table and its model, without HTTP";
    const EXAMPLE: Option<&'static str> = Some("audit_entry");

    fn complete(
        &mut self,
        project: &Project,
        output: &OutputOptions,
    ) -> Result<Option<String>, CliError> {
        self.resource.complete(&mut self.lock, project, output)
    }

    fn arguments(&self) -> Result<Vec<String>, CliError> {
        self.resource.arguments(Self::NAME, self.lock)
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
        let view = &ResourceView::new(resource, project);
        let files = [
            ("mod.rs", template!("model/mod.rs").render(view)?),
            ("model.rs", template!("model/model.rs").render(view)?),
            ("factory.rs", template!("model/factory.rs").render(view)?),
            ("tests.rs", template!("tests/model.rs").render(view)?),
        ];
        table::plan(project, resource, &self.arguments()?, false, files)
    }

    fn origin(project: &Project, name: &str) -> Result<Vec<String>, CliError> {
        table::origin(project, Self::NAME, name)
    }

    fn adjust_removal(project: &Project, name: &str, plan: &mut Plan) -> Result<(), CliError> {
        table::adjust_removal(project, name, plan)
    }
}

impl Model {
    fn resource(&self, project: &Project) -> Result<Resource, CliError> {
        Resource::new(
            &self.resource.name,
            &self.resource.fields,
            self.lock,
            Service::default(),
            project,
        )
    }
}
