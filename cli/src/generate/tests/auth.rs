//! Accounts: what is made, what is in the way, and what stays.

use std::fs;

use super::App;

const CONFIG: &str = "[middleware.rate_limit]\n#enabled = true\n\n[middleware.body_limit]\n";

/// An application with a configuration.
fn app() -> App {
    let app = App::new();
    fs::create_dir_all(app.path("config")).unwrap();
    fs::write(app.path("config/default.toml"), CONFIG).unwrap();
    app
}

/// An application that has what mails need.
fn app_with_mails() -> App {
    let app = app();
    let manifest = app.read("Cargo.toml").replace(
        "[\"sqlite\"] }",
        "[\"mailer\", \"sqlite\", \"views\"] }\n\n[build-dependencies]\nframewright-build = \"0.1\"",
    );
    let hooks = app.read("src/app.rs");
    let views = "\n    fn views() -> Views {\n        fw::views!()\n    }\n}\n";
    let hooks = hooks.trim_end().strip_suffix('}').unwrap().to_owned() + views;
    let build = "fn main() {\n    fw_build::embed_views();\n}\n";
    for (path, text) in [
        ("Cargo.toml", manifest.as_str()),
        ("src/app.rs", &hooks),
        ("build.rs", build),
        (
            "config/default.toml",
            "[views]\nlocales = [\"en\", \"de\", \"fr\"]\n",
        ),
    ] {
        fs::write(app.path(path), text).unwrap();
    }
    app
}

#[test]
fn accounts_are_made_once_and_destroyed_without_a_trace() {
    for app in [app(), app_with_mails()] {
        app.generate("scaffold post title:string!").unwrap();
        for line_end in ["\n", "\r\n"] {
            for path in [
                "Cargo.toml",
                "src/app.rs",
                "src/lib.rs",
                "config/default.toml",
            ] {
                let text = app.read(path).replace("\r\n", "\n").replace('\n', line_end);
                fs::write(app.path(path), text).unwrap();
            }
            let before = app.tree();
            app.generate("auth").unwrap();
            let after = app.tree();
            assert_ne!(before, after);
            app.generate("auth").unwrap();
            assert_eq!(after, app.tree(), "twice is not once");
            // A test has written it.
            fs::write(app.path("src/access/routes.snap"), "GET /: anyone\n").unwrap();
            app.destroy("auth").unwrap();
            assert_eq!(before, app.tree(), "something is left behind");
        }
    }
}

#[test]
fn an_application_gets_what_it_lacks() {
    let app = app();
    app.generate("auth").unwrap();
    let manifest = app.read("Cargo.toml");
    for expected in [
        r#"features = ["audit", "auth", "mailer", "sqlite"]"#,
        "[build-dependencies]\nframewright-build = { version = \"0.1\" }\n",
        "[profile.dev.package.blowfish]\nopt-level = 3\n",
    ] {
        assert!(manifest.contains(expected), "{expected}: {manifest}");
    }
    let hooks = app.read("src/app.rs");
    for expected in [
        ".merge(crate::accounts::routes())",
        ".merge(crate::accounts::tasks())",
        ".merge(crate::accounts::mailers())",
        "crate::access::roles::all()",
        "fw::views!()",
    ] {
        assert!(hooks.contains(expected), "{expected}: {hooks}");
    }
    let config = app.read("config/default.toml");
    let rules = config.find("[[middleware.rate_limit.rules]]").unwrap();
    assert!(
        config.find("#enabled").unwrap() < rules
            && rules < config.find("[middleware.body").unwrap()
    );
    assert!(
        app.read("src/accounts/model.rs")
            .contains("table_name = \"users\"")
    );
}

#[test]
fn an_application_with_mails_gets_the_rest_in_its_languages() {
    let app = app_with_mails();
    let before = app.read("build.rs");
    app.generate("auth").unwrap();
    assert_eq!(app.read("build.rs"), before);
    let manifest = app.read("Cargo.toml");
    assert_eq!(
        manifest.matches("framewright-build").count(),
        1,
        "{manifest}"
    );
    assert_eq!(app.read("src/app.rs").matches("fw::views!()").count(), 1);
    let messages = |locale: &str| app.read(&format!("src/accounts/{locale}.ftl"));
    assert!(messages("de").contains("Registrierung"));
    // There are no French ones.
    assert_eq!(messages("fr"), messages("en"));
}

#[test]
fn accounts_of_its_own_stop_everything() {
    let table = app();
    table.generate("scaffold user name:string!").unwrap();
    let folder = app();
    fs::create_dir(folder.path("src/accounts")).unwrap();
    let module = app();
    fs::write(module.path("src/access.rs"), "// mine\n").unwrap();
    let build = app();
    fs::write(build.path("build.rs"), "fn main() {}\n").unwrap();
    for (app, reason) in [
        (table, "a table `users` already"),
        (folder, "`src/accounts` already"),
        (module, "`src/access.rs` already"),
        (build, "add `fw_build::embed_views();`"),
    ] {
        let before = app.tree();
        let report = app.generate("auth").unwrap_err().report();
        assert!(
            report.contains(reason)
                && report.contains("hint: ")
                && report.contains("nothing was written"),
            "{report}"
        );
        assert_eq!(app.tree(), before);
    }
}

#[test]
fn what_others_build_on_is_not_destroyed() {
    let app = app();
    app.generate("auth").unwrap();
    app.generate("model post title:string!").unwrap();
    app.generate("migration add_ref_user_to_posts").unwrap();
    let report = app.destroy("auth").unwrap_err().report();
    assert!(
        report.contains("the table `posts` refers to `users`"),
        "{report}"
    );
}

#[test]
fn what_other_mails_need_stays() {
    let app = app();
    app.generate("auth").unwrap();
    app.generate("mailer welcome").unwrap();
    app.destroy("auth").unwrap();
    assert!(!app.path("src/accounts").exists() && !app.path("src/access").exists());
    let (manifest, hooks) = (app.read("Cargo.toml"), app.read("src/app.rs"));
    assert!(
        manifest.contains("[\"mailer\", \"sqlite\"]") && manifest.contains("framewright-build")
    );
    assert!(
        hooks.contains("fw::views!()") && !hooks.contains("accounts"),
        "{hooks}"
    );
    app.generate("mailer farewell").unwrap();
}

#[test]
fn a_lost_record_is_no_obstacle() {
    let app = app();
    app.generate("auth").unwrap();
    for _ in 0..2 {
        fs::remove_dir_all(app.path(".fw")).unwrap();
        app.generate("auth").unwrap();
    }
    fs::remove_dir_all(app.path(".fw")).unwrap();
    app.destroy("auth").unwrap();
    assert!(!app.path("src/accounts").exists() && !app.path("src/access").exists());
    assert!(!app.read("src/app.rs").contains("accounts"));
}

/// The lines of code in the files that are counted, without comments and empty lines.
fn lines_of_code(app: &App, is_counted: impl Fn(&str) -> bool) -> usize {
    let tree = app.tree();
    let files = tree.iter().filter(|(path, _)| {
        let path = path.to_string_lossy();
        let is_of_tests = path.contains("tests") || path.ends_with("factory.rs");
        path.ends_with(".rs") && !is_of_tests && is_counted(&path)
    });
    let lines = files.flat_map(|(_, text)| text.lines().map(str::trim));
    let code = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    code.count()
}

/// An application gets what its people maintain: so much code.
#[test]
fn accounts_are_little_code() {
    let of_accounts = |path: &str| {
        let mut parts = ["access/", "accounts/", "_create_users"].iter();
        parts.any(|part| path.contains(part))
    };
    let without_pages = app();
    without_pages.generate("auth").unwrap();
    let accounts = lines_of_code(&without_pages, of_accounts);
    assert!((500..=900).contains(&accounts), "{accounts} lines");
    let with_pages = app_with_mails();
    with_pages.generate("auth").unwrap();
    let of_pages = |path: &str| {
        let mut parts = ["accounts/pages", "accounts/settings"].iter();
        parts.any(|part| path.contains(part))
    };
    let pages = lines_of_code(&with_pages, of_pages);
    assert!((300..=500).contains(&pages), "{pages} lines of pages");
}
