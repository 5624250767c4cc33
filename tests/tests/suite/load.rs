//! `cargo fw generate loadtest`: the scenario runs against the application that it was made for, and tells what is wrong.

use std::fs::{self, File};

use fw_tests::{
    app::{App, Server, fail, succeed},
    tools::locust,
};

use crate::golden::files;

const FILE: &str = "loadtest/locustfile.py";
const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "the tide turns at nine";

/// Users for a moment, enough of them that each request is sent. What a time may be is left open, as other tests run at the same time.
const SHORT: [&str; 8] = [
    "--users",
    "30",
    "--spawn-rate",
    "30",
    "--run-time",
    "5s",
    "--limit",
    "60000",
];

#[test]
fn a_load_test_is_made_for_the_routes_of_an_application_and_runs() {
    let app = App::new("load", &["--template", "saas"]);
    let generate = |words: &str| {
        let words: Vec<_> = ["generate"].into_iter().chain(words.split(' ')).collect();
        app.fw(&words)
    };
    // Accounts alone are nothing to list or to create.
    let (_, said) = fail(&mut generate("loadtest"));
    assert!(said.contains("no route that lists or creates"), "{said}");
    assert!(said.contains("hint: add a resource first"), "{said}");
    succeed(&mut generate(
        "scaffold person name:string^ --access signed-in",
    ));
    succeed(&mut generate(
        "scaffold note title:string(20)! number:int^ price:money! starts:datetime! key:uuid! body:blob! more:json! person:references --access anyone",
    ));

    let before = files(&app.root);
    succeed(&mut generate("loadtest --dry-run"));
    assert_eq!(files(&app.root), before);
    let said = succeed(&mut generate("loadtest"));
    assert!(said.contains(&format!("create  {FILE}")), "{said}");
    assert!(succeed(&mut generate("loadtest")).contains("nothing to do"));
    let made = fs::read_to_string(app.root.join(FILE)).expect("it is written");

    let folder = tempfile::tempdir().expect("a temporary folder");
    let database = format!("sqlite://{}", folder.path().join("load.sqlite").display());
    let binary = app.build();
    let command = |words: &[&str]| {
        let mut command = binary.command(words);
        command
            .env("DATABASE_URL", &database)
            .env("FW_MIDDLEWARE__RATE_LIMIT__ENABLED", "false");
        command
    };
    succeed(&mut command(&["db", "migrate"]));
    let password = folder.path().join("password");
    fs::write(&password, format!("{PASSWORD}\n")).expect("the file can be written");
    let password = File::open(password).expect("the file can be read");
    succeed(command(&["task", "accounts:create", EMAIL]).stdin(password));
    let server = Server::start(command(&["start", "--port", "0"]));
    let url = format!("http://{}", server.address);
    let file = app.root.join(FILE);
    let account = [("EMAIL", EMAIL), ("PASSWORD", PASSWORD)];

    // Who the users are is asked for before anything is sent.
    let outcome = locust(&file, &url, &SHORT, &[]);
    assert!(!outcome.good, "{}", outcome.report);
    let missing = "the following arguments are required: --email, --password";
    assert!(outcome.report.contains(missing), "{}", outcome.report);

    let outcome = locust(&file, &url, &SHORT, &account);
    assert!(outcome.good, "{made}\n{}\n{}", outcome.report, server.log());
    for request in ["GET      /api/v1/people?limit=20", "POST     /api/v1/notes"] {
        assert!(outcome.report.contains(request), "{}", outcome.report);
    }

    // The whole ramp has begun; and no response keeps a limit of 0 ms.
    let words = ["--run-time", "3s", "--limit", "0"];
    let outcome = locust(&file, &url, &words, &account);
    assert!(!outcome.good, "{}", outcome.report);
    let ramp = "Ramping to 200 users at a rate of 5.00 per second";
    assert!(outcome.report.contains(ramp), "{}", outcome.report);
    let slow = "GET /api/v1/people?limit=20: 5 % of the responses take";
    assert!(outcome.report.contains(slow), "{}", outcome.report);

    // Without its table a route breaks.
    succeed(&mut command(&["db", "rollback"]));
    let outcome = locust(&file, &url, &SHORT, &account);
    assert!(!outcome.good, "{}", outcome.report);
    let broken = "status 500 in place of 20";
    assert!(outcome.report.contains(broken), "{}", outcome.report);

    // A load test that was changed stays; the one that was made goes without a trace.
    fs::write(&file, format!("{made}# mine\n")).expect("the file can be written");
    let (_, said) = fail(&mut app.fw(&["destroy", "loadtest"]));
    assert!(said.contains(FILE), "{said}");
    fs::write(&file, made).expect("the file can be written");
    succeed(&mut app.fw(&["destroy", "loadtest"]));
    assert_eq!(files(&app.root), before);
}

#[test]
fn an_application_that_does_not_describe_itself_has_no_load_test() {
    let app = App::new("undescribed", &[]);
    let manifest = app.root.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).expect("the manifest can be read");
    let without = text.replace("features = [\"openapi\", ", "features = [");
    assert_ne!(without, text, "the features are where they were");
    fs::write(manifest, without).expect("the manifest can be written");
    let (_, said) = fail(&mut app.fw(&["generate", "loadtest"]));
    assert!(said.contains("does not describe its API"), "{said}");
    assert!(said.contains("hint: add it to `framewright`"), "{said}");
}
