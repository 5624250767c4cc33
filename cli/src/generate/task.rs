//! The generator `task`: work that is started by name.

use std::borrow::Cow;

use clap::Args;
use heck::ToSnakeCase;
use minijinja::context;

use super::{Generator, class::class_of, origin, template::template};
use crate::{
    error::CliError,
    plan::{Edit, Hook, Op, Plan},
    project::{Project, module_name},
};

/// The arguments of `cargo fw generate task`.
#[derive(Args, Clone, Debug)]
#[command(after_help = MANUAL)]
pub(super) struct Task {
    /// The name on the command line, such as `drafts:prune`
    name: String,
}

const MANUAL: &str = "\
Makes `src/tasks/NAME.rs` with a test, and lists the task in `src/app.rs`. `cargo fw task NAME` runs it.

Example:
  cargo fw generate task drafts:prune";

/// The hook with the tasks of the application.
pub(super) const TASKS: Hook = Hook {
    function: Cow::Borrowed("tasks"),
    signature: Cow::Borrowed("fn tasks() -> fw::task::Tasks"),
    root: Cow::Borrowed("fw::task::Tasks::new()"),
};

impl Generator for Task {
    const NAME: &'static str = "task";
    const ABOUT: &'static str = "Makes a task: work that is started by name";
    const EXAMPLE: Option<&'static str> = Some("drafts:prune");

    fn arguments(&self) -> Result<Vec<String>, CliError> {
        Ok(vec![Self::NAME.to_owned(), parts_of(&self.name).join(":")])
    }

    fn key(name: &str) -> Result<String, CliError> {
        module_name(&parts_of(name).join("_"), Self::NAME)
    }

    fn plan(&self, _project: &Project) -> Result<Plan, CliError> {
        let parts = parts_of(&self.name);
        if parts.iter().any(String::is_empty) {
            return Err(
                CliError::usage(format!("`{}` cannot be the name of a task", self.name))
                    .hint("use lower-case words with `:` between them, such as `drafts:prune`"),
            );
        }
        if let [namespace, _, ..] = parts.as_slice()
            && let Some(own) = ["db", "idempotency"].iter().find(|own| *own == namespace)
        {
            return Err(CliError::usage(format!(
                "tasks that begin with `{own}:` are the framework's own"
            ))
            .hint("use another word, such as `data:`"));
        }
        let module = module_name(&parts.join("_"), Self::NAME)?;
        let task_name = parts.join(":");
        let class = class_of(&module, "Task");
        let about = format!(
            "{} (say here what it does, in one line)",
            parts.join(" ").replace('_', " ")
        );
        let view = context!(name => &task_name, class => &class, about);
        let mut plan = Plan::default();
        plan.create(
            format!("src/tasks/{module}.rs"),
            template!("task/task.rs").render(view)?,
        );
        plan.ops.push(Op::EnsureFile {
            path: "src/tasks/mod.rs".to_owned(),
            contents: template!("task/mod.rs").text.to_owned(),
            declared: (
                "src/lib.rs".to_owned(),
                Edit::Module {
                    public: true,
                    name: "tasks".to_owned(),
                },
            ),
        });
        plan.insert(
            "src/tasks/mod.rs",
            Edit::Module {
                public: true,
                name: module.clone(),
            },
        );
        let call = format!(".add::<crate::tasks::{module}::{class}>()");
        plan.insert("src/app.rs", Edit::HookCall { hook: TASKS, call });
        plan.next = [
            (
                format!("cargo test tasks::{module}"),
                "runs the tests that were made".to_owned(),
            ),
            (
                format!("cargo fw task {task_name}"),
                "runs the task".to_owned(),
            ),
        ]
        .into();
        Ok(plan)
    }

    fn origin(project: &Project, name: &str) -> Result<Vec<String>, CliError> {
        let module = name.replace(':', "_");
        origin::source(project, Self::NAME, name, &format!("src/tasks/{module}.rs"))?;
        Ok(vec![Self::NAME.to_owned(), name.to_owned()])
    }
}

/// The parts of a name between its colons.
fn parts_of(name: &str) -> Vec<String> {
    name.split(':').map(ToSnakeCase::to_snake_case).collect()
}
