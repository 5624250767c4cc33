//! The generator `loadtest`: a scenario for Locust, from the description of the application.

use std::{env, path::Path};

use clap::Args;
use minijinja::{context, value::Serde};

use super::{Generator, template::template};
use crate::{
    api::scenario::Scenario,
    error::CliError,
    plan::{self, OutputOptions, Plan, Verbosity, execute},
    project::Project,
};

/// The version that the head of the file tells to install, and with which it is tested.
const LOCUST: &str = "2.47.0";
const FILE: &str = "loadtest/locustfile.py";

/// The arguments of `cargo fw generate loadtest`.
#[derive(Args, Clone, Debug)]
#[command(after_help = MANUAL)]
pub(super) struct LoadTest {}

const MANUAL: &str = "\
Writes `loadtest/locustfile.py` for Locust (<https://locust.io>), a program of Python: up to 200 users list and create what the API
has, and the run fails if a status is not the expected one, or if more than 5 % of the responses of a route take longer than 100 ms.
The head of the file says how to run it. The app is built and describes itself.

Routes of accounts are left out, and those with an id in their path; the file is yours, to add them.

Example:
  cargo fw generate loadtest";

impl Generator for LoadTest {
    const NAME: &'static str = "loadtest";
    const ABOUT: &'static str = "Makes a load test of the API, for Locust";
    const EXAMPLE: Option<&'static str> = Some("");

    fn arguments(&self) -> Result<Vec<String>, CliError> {
        Ok(vec![Self::NAME.to_owned()])
    }

    fn key(_name: &str) -> Result<String, CliError> {
        Ok("scenario".to_owned())
    }

    /// The plan of the file. Builds and runs the app.
    fn plan(&self, project: &Project) -> Result<Plan, CliError> {
        let scenario = Scenario::of(project)?;
        let mut plan = Plan::default();
        plan.create(FILE, text(&project.package, &scenario)?);
        if !scenario.left_out.is_empty() {
            let all = scenario.left_out.join("\n- ");
            plan.notes.push(format!(
                "left out, to be added by hand where it matters:\n- {all}"
            ));
        }
        if !scenario.given_ids.is_empty() {
            plan.notes.push(format!(
                "no request makes the row that these refer to; write the id of one into the file: {}",
                scenario.given_ids.join(", ")
            ));
        }
        let install = format!(
            "python3 -m venv target/locust && target/locust/bin/pip install locust=={LOCUST}"
        );
        plan.next = [
            (install.as_str(), "installs Locust"),
            (
                "FW_MIDDLEWARE__RATE_LIMIT__ENABLED=false cargo fw start --release --migrate",
                "starts the app without rate limits",
            ),
            (
                "target/locust/bin/locust -f loadtest/locustfile.py",
                "runs the load test",
            ),
        ]
        .map(|(command, purpose)| (command.to_owned(), purpose.to_owned()))
        .into();
        Ok(plan)
    }

    /// Builds the app before the project is locked, as other generators need not wait for that.
    fn run(self, output: &OutputOptions) -> Result<(), CliError> {
        let here = env::current_dir()
            .map_err(|error| CliError::io("cannot find", Path::new("."), &error))?;
        let plan = self.plan_recorded(&Project::find(&here)?)?;
        let opened = plan::open(&here, output)?;
        execute(&opened.project, plan, output, Verbosity::Normal)?;
        Ok(())
    }
}

fn text(package: &str, scenario: &Scenario) -> Result<String, CliError> {
    let bodies = scenario.creations.iter().map(|one| one.body.as_str());
    let bodies: String = bodies.collect();
    let has = |call: &str| bodies.contains(call);
    let view = context!(
        package,
        locust => LOCUST,
        scenario => Serde(scenario),
        numbers => has("randrange("),
        texts => has("unique()"),
        uuids => has("uuid4()"),
    );
    template!("loadtest/locustfile.py").render(view)
}

#[cfg(test)]
mod tests {
    use super::{LOCUST, Scenario, text};
    use crate::project::Schema;

    /// A description with one list, for those who `security` says.
    fn described(security: &str, more: &str) -> String {
        let description = format!(
            r#"{{"openapi": "3.1.0", "paths": {{"/posts": {{"get": {{"operationId": "posts_list", "security": {security},
                "responses": {{"200": {{"content": {{"application/json": {{"example": []}}}}}}}}}}}}{more}}}}}"#
        );
        let scenario =
            Scenario::from_description(description.as_bytes(), &Schema::default()).unwrap();
        text("blog", &scenario).unwrap()
    }

    #[test]
    fn a_scenario_for_everybody_has_no_word_of_signing_in() {
        insta::assert_snapshot!(described("[]", ""));
    }

    #[test]
    fn accounts_sign_in_where_the_application_gives_them_tokens() {
        let body =
            r#"{"content": {"application/json": {"example": {"email": "", "password": ""}}}}"#;
        let tokens = format!(r#", "/api/auth/tokens": {{"post": {{"requestBody": {body}}}}}"#);
        let open = described("[]", &tokens);
        assert_eq!(open, described("[]", ""));
        let closed = described(r#"[{"bearer": []}]"#, &tokens);
        assert!(
            closed.contains("post(f\"{environment.host}/api/auth/tokens\""),
            "{closed}"
        );
        let header = described(r#"[{"bearer": []}]"#, "");
        assert!(
            header.contains("env_var=\"AUTHORIZATION\"") && !header.contains("import requests"),
            "{header}"
        );
    }

    #[test]
    fn the_version_that_people_install_is_the_one_of_the_tests() {
        let pinned = include_str!("../../../tests/tools/requirements.txt");
        assert!(pinned.contains(&format!("\nlocust=={LOCUST}\n")));
    }
}
