//! The description of the API: others can read it, the page shows it, and the server does what it says.

use std::{fs, process::Command, sync::LazyLock};

use fw_tests::{
    app::{App, Binary, Server, repository, succeed},
    http::get,
    postgres,
    tools::{browse, lint_description, schemathesis},
};
use serde_json::Value;

/// Every type of a field.
const TYPES: &[&str] = &[
    "string",
    "string(80)",
    "text",
    "int",
    "bigint",
    "smallint",
    "float",
    "double",
    "decimal(10,2)",
    "money",
    "bool",
    "date",
    "time",
    "datetime",
    "uuid",
    "json",
    "blob",
    "enum(draft,in_review,published)",
    "references(people)",
];

/// Types of which a column cannot be unique, or has too few values for it.
const NEVER_UNIQUE: &[&str] = &[
    "text",
    "bool",
    "json",
    "blob",
    "enum(draft,in_review,published)",
];

/// Fields of every type: required, nullable, unique, and with a default. `tests/tools/schemathesis_hooks.py` knows that
/// all references lead to people.
static BINARY: LazyLock<Binary> = LazyLock::new(|| {
    let app = App::new("kinds", &[]);
    let scaffold = |name: &str, fields: &[String]| {
        let mut words = vec!["generate", "scaffold", name];
        words.extend(fields.iter().map(String::as_str));
        succeed(&mut app.fw(&words));
    };
    scaffold("person", &["name:string!".to_owned()]);
    for (name, modifier) in [("required", "!"), ("nullable", ""), ("distinct", "^")] {
        scaffold(name, &fields(modifier));
    }
    let defaults = [
        "a:string=hello",
        "b:int=7",
        "c:bigint=-7",
        "d:smallint=0",
        "e:double=1.5",
        "f:decimal(10,2)=9.99",
        "g:bool=true",
        "h:enum(low,high)=high",
    ];
    scaffold("defaulted", &defaults.map(ToOwned::to_owned));
    scaffold("locked", &["title:string!".to_owned(), "--lock".to_owned()]);
    let manifest = app.root.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).expect("the manifest can be read");
    let features = text.replacen(
        "features = [\"openapi\", \"sqlite\"",
        "features = [\"openapi\", \"sqlite\", \"postgres\"",
        1,
    );
    assert_ne!(features, text, "the features are where they were");
    fs::write(manifest, features).expect("the manifest can be written");
    app.build()
});

fn fields(modifier: &str) -> Vec<String> {
    TYPES
        .iter()
        .filter(|kind| modifier != "^" || !NEVER_UNIQUE.contains(kind))
        .enumerate()
        .map(|(number, kind)| {
            let name = kind.split('(').next().expect("a name");
            format!("{name}_{number}:{kind}{modifier}")
        })
        .collect()
}

/// The application on a database of the test's own.
struct Running {
    server: Server,
    url: String,
    _folder: tempfile::TempDir,
}

fn start(database: Option<&str>) -> Running {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sqlite = format!("sqlite://{}", folder.path().join("kinds.sqlite").display());
    let mut command: Command =
        BINARY.command_in(folder.path(), &["start", "--port", "0", "--migrate"]);
    command.env("DATABASE_URL", database.unwrap_or(&sqlite));
    let server = Server::start(command);
    Running {
        url: format!("http://{}", server.address),
        server,
        _folder: folder,
    }
}

#[track_caller]
fn assert_conforms(running: &Running) {
    let description = format!("{}/openapi.json", running.url);
    let outcome = schemathesis(&description, &running.url, None, &[]);
    assert!(
        outcome.good && !outcome.report.contains("Schema validation mismatch"),
        "{}\n{}",
        outcome.report,
        running.server.log()
    );
    // All phases were there, with all 37 operations.
    for expected in ["Tested: 37", "Coverage", "Fuzzing", "Stateful"] {
        assert!(outcome.report.contains(expected), "{}", outcome.report);
    }
}

#[test]
fn the_server_does_what_the_description_says_on_sqlite() {
    assert_conforms(&start(None));
}

#[test]
fn the_server_does_what_the_description_says_on_postgres() {
    assert_conforms(&start(Some(&postgres::server().create_database())));
}

#[test]
fn the_description_keeps_the_rules_of_openapi() {
    let running = start(None);
    let response = get(running.server.address, "/openapi.json").expect("an response");
    assert_eq!(response.status, 200, "{}", response.text());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("openapi.json");
    fs::write(&file, &response.body).expect("the file can be written");
    lint_description(&file).assert_good();
}

#[test]
fn the_linter_notices_what_breaks_the_rules() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("openapi.json");
    let text = r#"{"openapi": "3.1.0", "info": {"title": "a", "version": "1"}, "paths": {"/a": {"get": {}}}}"#;
    fs::write(&file, text).expect("the file can be written");
    let outcome = lint_description(&file);
    assert!(!outcome.good, "{}", outcome.report);
    assert!(
        outcome.report.contains("operation-operationId"),
        "{}",
        outcome.report
    );
}

#[test]
fn the_page_shows_every_operation_and_tries_them_out() {
    let running = start(None);
    let description = get(running.server.address, "/openapi.json")
        .expect("a response")
        .json();
    let docs = format!("{}/docs", running.url);
    let seen = browse("docs_page.cjs", &[&docs, "people_list"]);

    assert_eq!(seen["errors"], Value::Array(Vec::new()), "{seen}");
    let shown = sorted(texts(&seen["operations"]));
    let described = description["paths"].as_object().expect("paths").iter();
    let described: Vec<String> = described
        .flat_map(|(path, item)| {
            let methods = item.as_object().expect("operations").keys();
            methods
                .filter(|method| *method != "parameters")
                .map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    assert_eq!(shown, sorted(described));

    for request in texts(&seen["requests"]) {
        assert!(
            request.starts_with(&running.url),
            "{request} leaves the origin"
        );
    }
    assert_eq!(seen["answer"]["status"], 200, "{seen}");
    let body = seen["answer"]["body"].as_str().expect("a text");
    let body: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(body["data"], Value::Array(Vec::new()));
}

fn texts(list: &Value) -> Vec<String> {
    let items = list.as_array().expect("a list").iter();
    items
        .map(|item| item.as_str().expect("a text").to_owned())
        .collect()
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts
}

#[test]
fn the_tools_are_pinned_and_their_lock_file_names_no_registry() {
    let tools = repository().join("tests/tools");
    let lock = fs::read_to_string(tools.join("package-lock.json")).expect("the lock file");
    assert!(!lock.contains("\"resolved\"") && lock.contains("\"integrity\""));
    let requirements = fs::read_to_string(tools.join("requirements.txt")).expect("a file");
    assert!(
        requirements.lines().all(|line| line.contains("==")),
        "{requirements}"
    );
}
