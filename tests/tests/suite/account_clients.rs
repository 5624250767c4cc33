//! Clients of an application with accounts: what its description promises them, and the generated one with its tokens.

use std::{fs, io::Write, process::Stdio, sync::LazyLock};

use fw_tests::{
    app::{App, Binary, Server},
    http::{get, send_json},
    tools::{lint_description, schemathesis},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client;

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "the tide turns at nine";

static BINARY: LazyLock<Binary> =
    LazyLock::new(|| App::new("account-clients", &["--template", "saas"]).build());

/// The application with an account that may do everything.
struct Running {
    server: Server,
    url: String,
    folder: TempDir,
}

fn start() -> Running {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let database = format!(
        "sqlite://{}",
        folder.path().join("accounts.sqlite").display()
    );
    let command = |words: &[&str]| {
        let mut command = BINARY.command_in(folder.path(), words);
        command
            .env("DATABASE_URL", &database)
            // All requests come from one address.
            .env("FW_MIDDLEWARE__RATE_LIMIT__ENABLED", "false");
        command
    };
    let server = Server::start(command(&["start", "--port", "0", "--migrate"]));
    let mut create = command(&["task", "accounts:create", EMAIL, "--role", "admin"]);
    let mut create = create
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("it can be started");
    let mut input = create.stdin.take().expect("a pipe");
    writeln!(input, "{PASSWORD}").expect("it reads the password");
    drop(input);
    assert!(create.wait().expect("it ends").success());
    Running {
        url: format!("http://{}", server.address),
        server,
        folder,
    }
}

impl Running {
    fn description(&self) -> Value {
        get(self.server.address, "/openapi.json")
            .expect("a response")
            .json()
    }
}

/// Operations that end what the others need: the account, and its sessions.
const LAST: [&str; 3] = ["account_destroy", "session_destroy", "sessions_destroy"];

#[test]
fn the_server_does_what_the_description_says_of_accounts() {
    let running = start();
    let description = running.description();
    let file = running.folder.path().join("openapi.json");
    fs::write(&file, description.to_string()).expect("the file can be written");
    lint_description(&file).assert_good();

    let body = json!({ "email": EMAIL, "password": PASSWORD });
    let tokens = send_json(running.server.address, "POST", "/api/v1/auth/tokens", &body);
    let tokens = tokens.expect("a response").json();
    let token = tokens["access_token"].as_str().expect("an access token");
    for flag in ["--exclude-operation-id", "--include-operation-id"] {
        let words: Vec<&str> = LAST.iter().flat_map(|id| [flag, id]).collect();
        let description = format!("{}/openapi.json", running.url);
        let outcome = schemathesis(&description, &running.url, Some(token), &words);
        assert!(outcome.good, "{}\n{}", outcome.report, running.server.log());
        assert!(outcome.report.contains("Stateful"), "{}", outcome.report);
    }
}

#[test]
fn the_client_refreshes_in_two_tabs_at_once() {
    let running = start();
    let variables = [("EMAIL", EMAIL), ("PASSWORD", PASSWORD)];
    let said = client::session(&running.description(), "accounts", &running.url, &variables);
    assert_eq!(said, "accounts: done\n");
}
