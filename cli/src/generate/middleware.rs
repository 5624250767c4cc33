//! `cargo fw generate middleware`: something around every request.

use clap::Args;

use super::template::fill;
use crate::{
    error::CliError,
    plan::{Edit, Hook, Op, Output, Plan},
    project::{Project, module_name},
};

/// The words of `cargo fw generate middleware`.
#[derive(Args, Clone, Debug)]
#[command(after_help = MANUAL)]
pub struct MiddlewareArgs {
    /// The name, such as `tenant`
    pub name: String,
    /// How to show it and what to do about conflicts
    #[command(flatten)]
    pub output: Output,
}

/// The framework's own, by the names of their sections in the configuration.
const BUILT_IN: [&str; 10] = [
    "request_id",
    "access_log",
    "catch_panic",
    "security_headers",
    "cors",
    "rate_limit",
    "body_limit",
    "timeout",
    "compression",
    "etag",
];

const MANUAL: &str = "\
Makes `src/middleware/NAME.rs` with a test, and adds it to the stack in `src/app.rs`, inside the framework's own
middleware. `cargo fw middleware` lists it.

Example:
  cargo fw generate middleware tenant";

impl MiddlewareArgs {
    /// What is going to be done.
    pub(crate) fn plan(&self, project: &Project) -> Result<Plan, CliError> {
        let name = module_name(&self.name, "middleware")?;
        let file = format!("src/middleware/{name}.rs");
        // One that is there already can be generated again, which changes nothing, and destroyed.
        if BUILT_IN.contains(&name.as_str()) && project.text(&file)?.is_none() {
            return Err(CliError::usage(format!(
                "a middleware cannot be called `{}`: the framework has one of that name",
                self.name
            ))
            .hint(format!(
                "its settings are in `[middleware.{name}]`; for one of your own try `own_{name}`"
            )));
        }
        let header = name.replace('_', "-");
        let values = [("name", name.as_str()), ("header", &header)];
        let mut plan = Plan::default();
        plan.create(
            file,
            fill(include_str!("templates/middleware.txt"), &values),
        );
        plan.ops.push(Op::EnsureFile {
            path: "src/middleware/mod.rs".to_owned(),
            contents: include_str!("templates/middleware_mod.txt").to_owned(),
            declared: (
                "src/lib.rs".to_owned(),
                Edit::Module {
                    public: true,
                    name: "middleware".to_owned(),
                },
            ),
        });
        plan.insert(
            "src/middleware/mod.rs",
            Edit::Module {
                public: true,
                name: name.clone(),
            },
        );
        let layer = format!("fw::axum::middleware::from_fn(crate::middleware::{name}::{name})");
        let call = format!(".layer(\"{name}\", {layer})");
        plan.insert(
            "src/app.rs",
            Edit::HookCall {
                hook: Hook::Middleware,
                call,
            },
        );
        plan.next = [
            (
                format!("cargo test middleware::{name}"),
                "runs the test that was made".to_owned(),
            ),
            (
                "cargo fw middleware".to_owned(),
                "shows it in the stack".to_owned(),
            ),
        ]
        .into();
        Ok(plan)
    }
}
