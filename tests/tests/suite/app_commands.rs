//! Commands of an application's own binary: what they need, where they look for files, and how they speak.

use std::{fs, process::Command};

use fw_tests::{
    app::{fail, succeed},
    http::get,
};
use serde_json::{Value, json};

use crate::{Database, shop};

/// A setting of `[app]` that the application does not know.
const WRONG: (&str, &str) = ("FW_APP__PAGE_SIZE", "20");

fn with_wrong_settings(database: &Database, words: &[&str]) -> Command {
    let mut command = database.command(words);
    command.env(WRONG.0, WRONG.1);
    command
}

#[test]
fn what_needs_no_settings_of_the_application_does_without() {
    let shop = shop();
    for words in [
        &["config"][..],
        &["config", "--json"],
        &["middleware"],
        &["routes"],
        &["openapi"],
    ] {
        let output = with_wrong_settings(&shop, words)
            .output()
            .expect("it can be started");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {said}");
        assert!(!output.stdout.is_empty(), "{words:?}");
        assert!(said.starts_with("warning: "), "{words:?}: {said}");
        assert!(said.contains("`app.page_size`"), "{words:?}: {said}");
        succeed(shop.command(words).env_remove("DATABASE_URL"));
    }
    for words in [
        &["db", "create"][..],
        &["db", "migrate"],
        &["db", "status"],
        &["db", "rollback"],
        &["db", "drop"],
    ] {
        succeed(&mut with_wrong_settings(&shop, words));
    }
    // What runs code of the application needs them, before anything is lost.
    succeed(&mut shop.command(&["db", "migrate"]));
    for words in [
        &["db", "reset"][..],
        &["db", "seed"],
        &["task", "idempotency:prune"],
        &["start", "--port", "0"],
    ] {
        let (code, said) = fail(&mut with_wrong_settings(&shop, words));
        assert_eq!(code, 1, "{words:?}");
        assert!(said.contains("`app.page_size`"), "{words:?}: {said}");
    }
    assert!(!succeed(&mut shop.command(&["db", "status"])).contains("pending"));
    let (_, said) = fail(&mut with_wrong_settings(&shop, &["doctor"]));
    assert!(said.contains("FAIL  config: "), "{said}");
    assert!(
        said.contains("ok    migrations: "),
        "the rest is checked: {said}"
    );
}

#[test]
fn files_on_the_command_line_are_relative_to_the_folder_of_the_person() {
    let shop = shop();
    succeed(&mut shop.command(&["db", "migrate"]));
    let folder = tempfile::tempdir().expect("a folder");
    let task = |words: &[&str]| {
        let mut command = shop.command(&["task"]);
        command
            .args(words)
            .env("CARGO_FW_WORKING_DIRECTORY", folder.path());
        command
    };
    // They are shown as they were named.
    let said = succeed(&mut task(&["db:backup", "--to", "first.sqlite.zst"]));
    assert!(said.starts_with("wrote first.sqlite.zst ("), "{said}");
    let said = succeed(&mut task(&["db:backup", "to:more/"]));
    assert!(said.starts_with("wrote more/shop-"), "{said}");
    let said = succeed(&mut shop.command(&["task", "db:backup"]));
    assert!(said.starts_with("wrote backups/shop-"), "{said}");
    assert!(folder.path().join("first.sqlite.zst").exists());
    assert_eq!(
        fs::read_dir(folder.path().join("more"))
            .expect("made")
            .count(),
        2,
        "a backup and its manifest"
    );
    let said = succeed(&mut task(&["db:restore", "first.sqlite.zst", "--verify"]));
    assert!(said.starts_with("first.sqlite.zst is complete"), "{said}");
    let full = folder.path().join("first.sqlite.zst");
    let full = full.to_str().expect("a text");
    succeed(&mut shop.command(&["task", "db:restore", full, "--verify"]));
    // Without `cargo fw` it is the working directory, as for any program.
    fail(&mut shop.command(&["task", "db:restore", "first.sqlite.zst", "--verify"]));
}

#[test]
fn a_command_logs_warnings_unless_a_variable_sets_a_level() {
    let shop = shop();
    succeed(&mut shop.command(&["db", "migrate"]));
    for environment in ["development", "production"] {
        let prune = |level: &[(&str, &str)]| {
            let mut command = shop.command(&["task", "idempotency:prune"]);
            command
                .env("FW_ENV", environment)
                .envs(level.iter().copied());
            succeed(&mut command)
        };
        // The level `info` in `config/development.toml` is that of the server.
        let outcome = "0 expired responses deleted";
        assert_eq!(prune(&[]), format!("{outcome}\n"), "{environment}");
        // The second one is in the log.
        let said = prune(&[("FW_LOG", "info")]);
        assert_eq!(said.matches(outcome).count(), 2, "{said}");
    }
}

#[test]
fn wrong_command_lines_are_refused_like_those_of_the_command_line_tool() {
    let shop = shop();
    succeed(&mut shop.command(&["db", "migrate"]));
    for (words, expected) in [
        (
            &["strat"][..],
            "error: there is no command `strat`\nhint: did you mean `start`?\n",
        ),
        (
            &["start", "--prot", "1"],
            "error: there is no option `--prot`\nhint: did you mean `--port`?\n",
        ),
        (
            &["routes", "--nope"],
            "error: there is no option `--nope`\nhint: `shop routes --help` shows what there is\n",
        ),
        (
            &["db", "rollback", "--steps", "0"],
            "error: invalid value `0` for `--steps <N>`: it must be a whole number of migrations, at least 1\nhint: `shop db rollback --help` shows what there is\n",
        ),
        // The value is missing.
        (
            &["config", "-e"],
            "error: a value is required for `--environment <NAME>` but none was supplied\nhint: `shop config --help` shows what there is\n",
        ),
        (
            &["task", "db:backup", "--keep", "0"],
            "error: invalid value `0` for `--keep <N>`: 0 is not in 1..=4294967295\nhint: `shop task db:backup --help` shows what there is\n",
        ),
    ] {
        let mut command = shop.command(words);
        let program = command.get_program().to_string_lossy().into_owned();
        let (code, said) = fail(command.env_remove("CARGO"));
        let said = said.replace(&program, "shop");
        assert_eq!((code, said.as_str()), (2, expected), "{words:?}");
    }
    // Called by the command line tool, it is that which is typed.
    let (_, said) = fail(shop.command(&["routes", "--nope"]).env("CARGO", "cargo"));
    assert!(said.contains("`cargo fw routes --help`"), "{said}");
    let wrong = |variable: &str| {
        let (_, said) = fail(shop.command(&["strat"]).env(variable, "1"));
        said.contains('\u{1b}')
    };
    assert!(wrong("CLICOLOR_FORCE"));
    assert!(!wrong("NO_COLOR"));
}

#[test]
fn migrations_are_applied_and_undone_by_the_same_option() {
    for database in Database::both() {
        let run = |words: &[&str]| succeed(&mut database.command(words));
        run(&["db", "create"]);
        let count = |said: &str, word: &str| said.matches(word).count();
        assert_eq!(
            count(&run(&["db", "migrate", "--steps", "2"]), "applied m"),
            2
        );
        assert!(count(&run(&["db", "migrate"]), "applied m") == 3);
        assert_eq!(count(&run(&["db", "rollback"]), "undone "), 1);
        assert_eq!(
            count(&run(&["db", "rollback", "--steps", "2"]), "undone "),
            2
        );
        // As it was written before.
        assert_eq!(count(&run(&["db", "rollback", "1"]), "undone "), 1);
        let (code, said) = fail(&mut database.command(&["db", "rollback", "0"]));
        assert_eq!(code, 2);
        assert!(said.contains("at least 1"), "{said}");
    }
}

#[test]
fn the_description_says_of_the_api_what_the_configuration_says() {
    let shop = shop();
    let variables = [
        ("FW_OPENAPI__TITLE", "Library"),
        ("FW_OPENAPI__DESCRIPTION", "Books, and who has them."),
        ("FW_OPENAPI__SERVERS", "https://api.example.com,/"),
        ("FW_OPENAPI__TERMS_OF_SERVICE", "https://example.com/terms"),
        ("FW_OPENAPI__CONTACT__EMAIL", "support@example.com"),
        ("FW_OPENAPI__LICENSE__NAME", "MIT"),
        ("FW_OPENAPI__LICENSE__IDENTIFIER", "MIT"),
    ];
    let printed = succeed(shop.command(&["openapi"]).envs(variables));
    let printed: Value = serde_json::from_str(&printed).expect("JSON");
    let server = shop.start(&variables);
    let response = get(server.address, "/openapi.json").expect("a response");
    assert_eq!(response.json(), printed);
    let info = &printed["info"];
    assert_eq!(info["title"], "Library");
    let description = info["description"].as_str().expect("a text");
    assert!(
        description.starts_with("Books, and who has them.\n\nErrors are"),
        "{description}"
    );
    assert_eq!(info["contact"], json!({ "email": "support@example.com" }));
    assert_eq!(
        info["license"],
        json!({ "name": "MIT", "identifier": "MIT" })
    );
    assert_eq!(info["termsOfService"], "https://example.com/terms");
    assert_eq!(
        printed["servers"],
        json!([{ "url": "https://api.example.com" }, { "url": "/" }])
    );
    let page = get(server.address, "/docs").expect("a response").text();
    assert!(page.contains("<title>Library: API</title>"), "{page}");

    let plain: Value =
        serde_json::from_str(&succeed(&mut shop.command(&["openapi"]))).expect("JSON");
    assert_eq!(plain["info"]["title"], "shop");
    assert!(plain["info"].get("contact").is_none());
    for (name, value) in [
        ("FW_OPENAPI__SERVERS", "api.example.com"),
        ("FW_OPENAPI__CONTACT__URL", "nowhere"),
        ("FW_OPENAPI__LICENSE__IDENTIFIER", "MIT"),
    ] {
        let (_, said) = fail(shop.command(&["openapi"]).env(name, value));
        assert!(said.contains("`openapi."), "{said}");
    }
}
