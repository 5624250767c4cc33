//! The generator `job`: work that a request starts but does not wait for.

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

/// The arguments of `cargo fw generate job`.
#[derive(Args, Clone, Debug)]
#[command(after_help = MANUAL)]
pub(super) struct Job {
    /// The name in the queue, such as `send_welcome`
    name: String,
}

const MANUAL: &str = "\
Makes `src/jobs/NAME.rs` with tests, and lists the job in `src/app.rs`. A handler enqueues it:
`SendWelcome { id }.enqueue(&ctx).await?`.

Example:
  cargo fw generate job send_welcome";

/// The hook with the jobs of the application.
const JOBS: Hook = Hook {
    function: Cow::Borrowed("jobs"),
    signature: Cow::Borrowed("fn jobs() -> fw::jobs::Jobs"),
    root: Cow::Borrowed("fw::jobs::Jobs::new()"),
};

impl Generator for Job {
    const NAME: &'static str = "job";
    const ABOUT: &'static str = "Makes a background job: work that a request does not wait for";
    const EXAMPLE: Option<&'static str> = Some("send_welcome");

    fn arguments(&self) -> Result<Vec<String>, CliError> {
        Ok(vec![Self::NAME.to_owned(), self.name.to_snake_case()])
    }

    fn key(name: &str) -> Result<String, CliError> {
        module_name(&name.to_snake_case(), Self::NAME)
    }

    fn plan(&self, _project: &Project) -> Result<Plan, CliError> {
        let name = self.name.to_snake_case();
        if name.is_empty() {
            return Err(
                CliError::usage(format!("`{}` cannot be the name of a job", self.name))
                    .hint("use lower-case words with `_` between them, such as `send_welcome`"),
            );
        }
        let module = module_name(&name, Self::NAME)?;
        let class = class_of(&module, "Job");
        let view = context!(name => &name, class => &class, about => about(&name));
        let mut plan = plan_of(&module, &class, template!("job/job.rs").render(view)?);
        plan.next = [
            (
                format!("cargo test jobs::{module}"),
                "runs the tests that were made".to_owned(),
            ),
            (
                "cargo fw jobs list".to_owned(),
                "shows the jobs that were enqueued".to_owned(),
            ),
        ]
        .into();
        Ok(plan)
    }

    fn origin(project: &Project, name: &str) -> Result<Vec<String>, CliError> {
        origin::source(project, Self::NAME, name, &format!("src/jobs/{name}.rs"))?;
        Ok(vec![Self::NAME.to_owned(), name.to_owned()])
    }
}

/// The plan of a job: its module with these contents, listed where the application has its jobs.
pub(super) fn plan_of(module: &str, class: &str, contents: String) -> Plan {
    let declaration = |name: &str| Edit::Module {
        public: true,
        name: name.to_owned(),
    };
    let mut plan = Plan::default();
    plan.create(format!("src/jobs/{module}.rs"), contents);
    plan.ops.push(Op::EnsureFile {
        path: "src/jobs/mod.rs".to_owned(),
        contents: template!("job/mod.rs").text.to_owned(),
        declared: ("src/lib.rs".to_owned(), declaration("jobs")),
    });
    plan.insert("src/jobs/mod.rs", declaration(module));
    let call = format!(".add::<crate::jobs::{module}::{class}>()");
    plan.insert("src/app.rs", Edit::HookCall { hook: JOBS, call });
    plan
}

/// The comment of a job that nobody has described yet.
pub(super) fn about(name: &str) -> String {
    format!(
        "{} (say here what it does, in one line).",
        name.replace('_', " ")
    )
}
