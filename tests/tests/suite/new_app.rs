//! What `cargo fw new` makes: it must be fit to be committed, built, tested, served and deployed as it is.

use std::{fs, path::Path, process::Command, thread, time::Duration};

use fw_tests::{
    app::{App, Server, cargo_fw, fail, succeed},
    http::{get, request},
    postgres,
};

/// What a careful team's pipeline asks for.
fn assert_fit(app: &App) {
    succeed(&mut app.cargo(&["fmt", "--check"]));
    let lints =
        succeed(&mut app.cargo(&["clippy", "--all-targets", "--quiet", "--", "-D", "warnings"]));
    assert!(!lints.contains("warning"), "{lints}");
}

fn assert_boots(app: &App, url: Option<&str>) {
    let binary = app.build();
    // As the pipeline of the application does: without a database, without a secret.
    let mut doctor = binary.command(&["doctor", "--deploy", "--static"]);
    let findings = succeed(
        doctor
            .env("FW_ENV", "production")
            .env_remove("DATABASE_URL"),
    );
    assert!(findings.contains("warn  deploy.build"), "{findings}");
    if app.root.join("src/roles").exists() {
        let access = "warn  deploy.access: anyone may write, as no route asks who calls it: `POST /api/v1/roles`";
        assert!(findings.contains(access), "{findings}");
    }
    for environment in ["development", "production"] {
        let mut command = binary.command(&["start", "--port", "0", "--migrate"]);
        command.env("FW_ENV", environment);
        let fallback = format!("sqlite://{}", app.root.join("data/production.db").display());
        if let Some(url) = url {
            command.env("DATABASE_URL", url);
        } else if environment == "production" {
            command.env("DATABASE_URL", fallback);
        }
        let mut server = Server::start(command);
        assert_eq!(
            get(server.address, "/health/ready")
                .expect("a response")
                .status,
            200
        );
        assert_eq!(
            get(server.address, "/nowhere").expect("a response").status,
            404
        );
        server.signal("TERM");
        assert_eq!(
            server.wait(Duration::from_secs(5)).code(),
            Some(0),
            "{}",
            server.log()
        );
    }
}

#[test]
fn the_api_template_is_fit_for_everything() {
    let app = App::new("fresh-api", &["--scaffold", "role"]);
    assert_fit(&app);
    let tests = succeed(&mut app.cargo(&["test", "--quiet"]));
    assert!(tests.contains("test result: ok"), "{tests}");
    assert_boots(&app, None);
    // A file on the command line is one of the folder that the person is in.
    succeed(app.fw(&["db", "migrate"]).env("FW_ENV", "development"));
    // A store that is not compiled in is an error that says what to do.
    let mut stats = app.fw(&["jobs", "stats"]);
    stats.env("FW_ENV", "development").envs([
        ("FW_JOBS__STORE", "redis"),
        ("FW_JOBS__REDIS_URL", "redis://localhost"),
    ]);
    let (_, output) = fail(&mut stats);
    let hint = "add `redis` to the features of `framewright` in `Cargo.toml`";
    assert!(output.contains(hint), "{output}");
    let below = app.root.join("src");
    let backup = ["task", "db:backup", "--to", "here.sqlite.zst"];
    succeed(&mut cargo_fw(&below, &backup));
    assert!(below.join("here.sqlite.zst").exists());
    let restore = ["task", "db:restore", "here.sqlite.zst", "--verify"];
    succeed(&mut cargo_fw(&below, &restore));
    let agents = fs::read_to_string(app.root.join("AGENTS.md")).expect("AGENTS.md");
    assert!(agents.lines().count() <= 80);
    for file in [
        "README.md",
        ".env.example",
        ".gitignore",
        ".github/workflows/ci.yml",
    ] {
        assert!(app.root.join(file).exists(), "{file}");
    }
    assert_no_trace_of_the_starter(&app.root);
}

#[test]
fn the_minimal_template_on_postgres_is_fit_for_everything() {
    let app = App::new(
        "fresh-minimal",
        &[
            "--template",
            "minimal",
            "--db",
            "postgres",
            "--scaffold",
            "role",
        ],
    );
    assert_fit(&app);
    let url = postgres::server().create_database();
    let tests = succeed(app.cargo(&["test", "--quiet"]).env("DATABASE_URL", &url));
    assert!(tests.contains("test result: ok"), "{tests}");
    assert_boots(&app, Some(&url));
}

#[test]
fn the_web_template_shows_its_first_page() {
    let app = App::new("fresh-web", &["--template", "web"]);
    assert_fit(&app);
    let tests = succeed(&mut app.cargo(&["test", "--quiet"]));
    assert!(tests.contains("test result: ok"), "{tests}");
    // As its pipeline does: without a secret.
    let mut doctor = app.build().command(&["doctor", "--deploy", "--static"]);
    let doctor = succeed(doctor.env("FW_ENV", "production"));
    assert!(
        doctor.contains("every page and every mail can be rendered"),
        "{doctor}"
    );
    let server = Server::start(app.build().command(&["start", "--port", "0"]));
    let page = get(server.address, "/").expect("a response");
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(
        page.text().contains("<title>fresh-web</title>"),
        "{}",
        page.text()
    );
    // A template that has changed is seen without a build.
    let template = app.root.join("src/home/pages/index.html");
    fs::write(&template, "<h1>changed</h1>").expect("it can be written");
    thread::sleep(Duration::from_millis(100));
    let page = get(server.address, "/").expect("a response");
    // The script of live reload follows it.
    assert!(
        page.text().starts_with("<h1>changed</h1><script"),
        "{}",
        page.text()
    );
    let missing = request(
        server.address,
        "GET",
        "/nope",
        &[("accept", "text/html")],
        b"",
    );
    let missing = missing.expect("a response").text();
    assert!(
        missing.contains("<h1>There is no such page</h1>"),
        "{missing}"
    );
}

fn assert_no_trace_of_the_starter(root: &Path) {
    let found = Command::new("grep")
        .args([
            "-rniE",
            "starter|fw:(if|end)",
            "--exclude=target-binary",
            "--exclude=Cargo.lock",
        ])
        .arg(root)
        .output()
        .expect("grep can be started");
    let found = String::from_utf8_lossy(&found.stdout).into_owned();
    assert!(found.is_empty(), "{found}");
}

#[test]
fn names_and_folders_that_cannot_be_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("full")).expect("a folder");
    fs::write(folder.path().join("full/file"), "mine").expect("a file");
    for (name, reason) in [
        ("1st", "letter"),
        ("fn", "Rust keeps"),
        ("test", "test"),
        ("a b", "a b"),
        ("core", "core"),
        ("framewright", "framewright"),
        ("full", "not empty"),
    ] {
        let (code, output) = fail(&mut cargo_fw(folder.path(), &["new", name]));
        assert_ne!(code, 0);
        assert!(
            output.contains(reason) && output.contains("error"),
            "{name}: {output}"
        );
    }
    let left: Vec<_> = fs::read_dir(folder.path()).expect("readable").collect();
    assert_eq!(left.len(), 1, "nothing is left behind");
}

#[test]
fn a_parent_repository_and_a_parent_workspace_are_respected() {
    let folder = tempfile::tempdir().expect("a folder");
    succeed(
        Command::new("git")
            .args(["init", "--quiet"])
            .current_dir(folder.path()),
    );
    fs::write(
        folder.path().join("Cargo.toml"),
        "[workspace]\nmembers = []\n",
    )
    .expect("a file");
    let output = succeed(&mut cargo_fw(folder.path(), &["new", "services/blog"]));
    assert!(
        !folder.path().join("services/blog/.git").exists(),
        "{output}"
    );
    let manifest =
        fs::read_to_string(folder.path().join("services/blog/Cargo.toml")).expect("a manifest");
    assert!(manifest.contains("[workspace]"));
}

#[test]
fn a_new_app_has_a_first_commit() {
    let folder = tempfile::tempdir().expect("a folder");
    succeed(&mut cargo_fw(
        folder.path(),
        &["new", "blog", "--scaffold", "post title:string!"],
    ));
    let log = succeed(
        Command::new("git")
            .args(["log", "--oneline"])
            .current_dir(folder.path().join("blog")),
    );
    assert_eq!(log.lines().count(), 1, "{log}");
    let status = succeed(
        Command::new("git")
            .args(["status", "--short"])
            .current_dir(folder.path().join("blog")),
    );
    assert_eq!(status, "");
}

#[test]
fn outside_an_app_there_is_a_hint() {
    let folder = tempfile::tempdir().expect("a folder");
    for command in [
        &["start"][..],
        &["routes"],
        &["task", "db:backup"],
        &["generate", "scaffold", "role"],
    ] {
        let (code, output) = fail(&mut cargo_fw(folder.path(), command));
        assert_ne!(code, 0);
        assert!(
            output.contains("not inside a Framewright app") && output.contains("hint"),
            "{output}"
        );
    }
    let (_, output) = fail(&mut cargo_fw(folder.path(), &["strat"]));
    assert!(output.contains("start"), "{output}");
}
