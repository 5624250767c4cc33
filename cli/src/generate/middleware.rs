//! The generator `middleware`: a function around every request.

use std::borrow::Cow;

use clap::Args;

use minijinja::context;

use super::{Generator, origin, template::template};
use crate::{
    error::CliError,
    plan::{Edit, Hook, Op, Plan},
    project::{Project, module_name},
};

/// The arguments of `cargo fw generate middleware`.
#[derive(Args, Clone, Debug)]
#[command(after_help = MANUAL)]
pub(super) struct Middleware {
    /// The name, such as `tenant`
    name: String,
}

/// The middleware of the framework, by the names of their sections in the configuration.
const BUILT_IN: [&str; 11] = [
    "request_id",
    "access_log",
    "catch_panic",
    "security_headers",
    "cors",
    "cross_origin",
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

/// The hook with the application's own stack of middleware.
const STACK: Hook = Hook {
    function: Cow::Borrowed("middleware"),
    signature: Cow::Borrowed(
        "fn middleware(stack: fw::middleware::Stack) -> fw::middleware::Stack",
    ),
    root: Cow::Borrowed("stack"),
};

impl Generator for Middleware {
    const NAME: &'static str = "middleware";
    const ABOUT: &'static str = "Makes a middleware: something around every request";
    const EXAMPLE: Option<&'static str> = Some("tenant");

    fn arguments(&self) -> Result<Vec<String>, CliError> {
        Ok(vec![Self::NAME.to_owned(), Self::key(&self.name)?])
    }

    fn key(name: &str) -> Result<String, CliError> {
        module_name(name, Self::NAME)
    }

    fn plan(&self, project: &Project) -> Result<Plan, CliError> {
        let name = module_name(&self.name, Self::NAME)?;
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
        let view = context!(name => &name, header);
        let mut plan = Plan::default();
        plan.create(file, template!("middleware/middleware.rs").render(view)?);
        plan.ops.push(Op::EnsureFile {
            path: "src/middleware/mod.rs".to_owned(),
            contents: template!("middleware/mod.rs").text.to_owned(),
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
        plan.insert("src/app.rs", Edit::HookCall { hook: STACK, call });
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

    fn origin(project: &Project, name: &str) -> Result<Vec<String>, CliError> {
        let module = Self::key(name)?;
        origin::source(
            project,
            Self::NAME,
            name,
            &format!("src/middleware/{module}.rs"),
        )?;
        Ok(vec![Self::NAME.to_owned(), name.to_owned()])
    }
}
