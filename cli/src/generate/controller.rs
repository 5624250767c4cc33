//! `cargo fw generate controller`: handlers without a table.

use clap::Args;

use super::{
    record,
    template::{capital, fill},
};
use crate::{
    error::CliError,
    plan::{Edit, Hook, Output, Plan},
    project::{Project, module_name},
};

/// The words of `cargo fw generate controller`.
#[derive(Args, Clone, Debug)]
#[command(after_help = MANUAL)]
pub struct ControllerArgs {
    /// The name, such as `home`
    pub name: String,
    /// The handlers; `index` answers the path itself [default: index]
    pub actions: Vec<String>,
    /// How to show it and what to do about conflicts
    #[command(flatten)]
    pub output: Output,
}

const MANUAL: &str = "\
Makes a folder with the handlers, their routes and their tests. `index` answers `GET /NAME`, `about` answers
`GET /NAME/about`.

Example:
  cargo fw generate controller pages index about";

impl ControllerArgs {
    /// What is going to be done.
    pub(crate) fn plan(&self, _project: &Project) -> Result<Plan, CliError> {
        let name = module_name(&self.name, "controller")?;
        let actions = self.actions()?;
        let mut words = vec!["controller", self.name.as_str()];
        words.extend(actions.iter().map(String::as_str));
        let human = name.replace('_', " ");
        let path = name.replace('_', "-");
        let values = [
            ("Human", capital(&human)),
            ("human", human),
            ("path", path.clone()),
            ("command", record::command(&words)),
            ("routes", routes(&actions)),
        ];
        let values = values.each_ref().map(|(key, value)| (*key, value.as_str()));
        let mut plan = Plan::default();
        plan.create(
            format!("src/{name}/mod.rs"),
            fill(include_str!("templates/plain_mod.txt"), &values),
        );
        plan.create(
            format!("src/{name}/controller.rs"),
            handlers(&path, &actions),
        );
        plan.create(format!("src/{name}/tests.rs"), tests(&path, &actions));
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
                hook: Hook::Routes,
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

/// The path of a handler below that of the controller.
fn below(action: &str) -> String {
    if action == "index" {
        "/".to_owned()
    } else {
        format!("/{}", action.replace('_', "-"))
    }
}

fn routes(actions: &[String]) -> String {
    let calls = actions.iter().map(|action| {
        format!(
            "        get(\"{}\", controller::{action}),\n",
            below(action)
        )
    });
    calls.collect()
}

fn handlers(path: &str, actions: &[String]) -> String {
    let mut text = format!(
        "//! What each request to `/{path}` does.\n\nuse fw::prelude::*;\nuse serde_json::{{Value, json}};\n"
    );
    for action in actions {
        let whole = format!("/{path}{}", below(action))
            .trim_end_matches('/')
            .to_owned();
        text += &format!(
            "\n/// Answers `GET {whole}`.\npub async fn {action}(_: Anyone) -> Result<Json<Value>> {{\n    Ok(Json(json!({{ \"page\": \"{action}\" }})))\n}}\n"
        );
    }
    text
}

fn tests(path: &str, actions: &[String]) -> String {
    let mut text = format!(
        "//! Requests to `/{path}`.\n\nuse fw::testing::prelude::*;\n\nuse crate::app::App;\n"
    );
    for action in actions {
        let whole = format!("/{path}{}", below(action))
            .trim_end_matches('/')
            .to_owned();
        text += &format!(
            "\n#[tokio::test]\nasync fn answers_{action}() {{\n    let app = boot::<App>().await;\n    \
             let response = app.get(\"{whole}\").await;\n    response.assert_status(200);\n    \
             assert_eq!(response.json()[\"page\"], \"{action}\");\n}}\n"
        );
    }
    text
}
