//! Accounts of applications: what `cargo fw generate auth` makes is clean, tested, and gone when it is destroyed.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use fw_tests::{
    app::{App, Server, cargo_fw, fail, succeed},
    http::get,
    postgres,
};

/// The crates that a cold build of an application compiles, from `cargo tree`.
const MOST_CRATES: usize = 310;

fn assert_clean(app: &App) {
    succeed(&mut app.cargo(&["fmt", "--check"]));
    succeed(&mut app.cargo(&["clippy", "--all-targets", "--quiet", "--", "-D", "warnings"]));
}

fn assert_tested(test: &mut Command) {
    let tests = succeed(test);
    assert!(tests.contains("test result: ok"), "{tests}");
}

/// The files of an application, but for what builds make.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be read") {
            let path = entry.expect("the entry can be read").path();
            let name = path
                .strip_prefix(root)
                .expect("it is below")
                .display()
                .to_string();
            if path.is_dir() {
                folders.push(path);
            } else if !name.starts_with("target")
                && !name.starts_with("data")
                && name != "Cargo.lock"
            {
                files.insert(name, fs::read(&path).expect("the file can be read"));
            }
        }
    }
    files
}

#[test]
fn the_saas_template_is_an_api_with_accounts() {
    let app = App::new("fresh-saas", &["--template", "saas"]);
    assert_clean(&app);
    assert_tested(&mut app.cargo(&["test", "--quiet"]));
    let same = App::new("fresh-saas", &["--auth"]);
    assert!(same.root.join("src/accounts").exists());
    let binary = app.build();
    let routes = succeed(&mut binary.command(&["routes"]));
    for (path, rule) in [
        ("/api/v1/auth/session", "signed in"),
        ("/api/v1/auth/email", "signed in within 10 min"),
        ("/api/v1/auth/password/forgot", "anyone"),
    ] {
        let line = routes
            .lines()
            .find(|line| line.contains(path) && line.contains(rule));
        assert!(line.is_some(), "{path} {rule}:\n{routes}");
    }
    // Without a password nothing is made, and nobody is asked for one where nobody is.
    let mut create = binary.command(&["task", "accounts:create", "ada@example.com"]);
    let migrated = binary
        .command(&["db", "migrate"])
        .env("FW_ENV", "development")
        .status();
    assert!(migrated.expect("it can be started").success());
    let (_, output) = fail(create.env("FW_ENV", "development"));
    assert!(output.contains("hint: enter it on a terminal"), "{output}");
    // In production it says what it needs.
    let mut start = binary.command(&["start", "--port", "0"]);
    let (_, output) = fail(
        start
            .env("FW_ENV", "production")
            .env("DATABASE_URL", "sqlite::memory:"),
    );
    assert!(
        output.contains("FW_KEYS") || output.contains("mailer.from"),
        "{output}"
    );
    let server = Server::start(binary.command(&["start", "--port", "0"]));
    let session = get(server.address, "/api/v1/auth/session").expect("a response");
    assert_eq!(session.status, 401);
    let tree = succeed(&mut app.cargo(&[
        "tree",
        "--edges",
        "normal,build",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]));
    let mut crates: Vec<_> = tree
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .collect();
    crates.sort_unstable();
    crates.dedup();
    assert!(crates.len() <= MOST_CRATES, "{} crates", crates.len());
}

#[test]
fn accounts_are_added_to_a_web_application_on_postgres_and_taken_out() {
    let app = App::new(
        "web-accounts",
        &[
            "--template",
            "web",
            "--db",
            "postgres",
            "--scaffold",
            "post title:string!",
        ],
    );
    let before = files(&app.root);
    // From any folder of the application.
    succeed(&mut cargo_fw(
        &app.root.join("src/posts"),
        &["generate", "auth"],
    ));
    assert_clean(&app);
    let url = postgres::server().create_database();
    assert_tested(app.cargo(&["test", "--quiet"]).env("DATABASE_URL", &url));
    succeed(&mut app.fw(&["destroy", "auth"]));
    let after = files(&app.root);
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&before), names(&after));
    assert!(before == after, "a file differs");
}
