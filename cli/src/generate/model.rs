//! `cargo fw generate model`: a table and its entity, without HTTP.

use clap::Args;

use super::{
    entity, model_tests,
    resource::{Resource, check_unchanged},
    scaffold::{ScaffoldArgs, add_notes, add_relations, add_table},
    template::{capital, fill},
};
use crate::{
    error::CliError,
    plan::{Edit, Output, Plan},
    project::Project,
};

/// The words of `cargo fw generate model`.
#[derive(Args, Clone, Debug)]
#[command(after_help = MANUAL)]
pub struct ModelArgs {
    /// One of them, such as `post`; `posts` and `Post` mean the same
    pub name: String,
    /// The fields: `NAME:TYPE`, then modifiers and a default
    pub fields: Vec<String>,
    /// Nobody overwrites the change of another: `update_at` and `delete_at` compare versions
    #[arg(long)]
    pub lock: bool,
    /// How to show it and what to do about conflicts
    #[command(flatten)]
    pub output: Output,
}

const MANUAL: &str = "\
Makes the migration, the model and its tests; no routes. Fields are those of `cargo fw generate scaffold --help`.

Example:
  cargo fw generate model audit_entry 'action:string!' 'at:datetime!'";

impl ModelArgs {
    /// The same words as those of a scaffold.
    pub(super) fn as_scaffold(&self) -> ScaffoldArgs {
        ScaffoldArgs {
            name: self.name.clone(),
            fields: self.fields.clone(),
            lock: self.lock,
            output: self.output.clone(),
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
        let table = &resource.names.plural;
        add_table(&mut plan, project, resource, "model", &self.as_scaffold())?;
        let values = [("Human_posts", capital(&resource.names.humans))];
        let values = values
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        plan.create(
            format!("src/{table}/mod.rs"),
            fill(include_str!("templates/model_mod.txt"), &values),
        );
        plan.create(
            format!("src/{table}/model.rs"),
            entity::render_with_relations(resource, false, project),
        );
        plan.create(
            format!("src/{table}/tests.rs"),
            model_tests::render(resource),
        );
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
}
