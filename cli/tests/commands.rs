//! Tests of the program as people run it, where no app is built.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

/// The result of a command: exit code, standard output, standard error.
struct CommandResult {
    code: i32,
    out: String,
    err: String,
}

fn fw(folder: &Path, args: &[&str]) -> CommandResult {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_cargo-fw"))
        .arg("fw")
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    CommandResult {
        code: status.code().unwrap(),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}

#[test]
fn commands_of_the_app_are_refused_outside_one() {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        &["start"][..],
        &["s", "--port", "4000"],
        &["task", "db:backup"],
        &["db", "migrate", "--help"],
        &["routes", "--json"],
        &["middleware"],
        &["config"],
        &["doctor"],
        &["generate", "scaffold", "role"],
        &["destroy", "scaffold", "role"],
    ] {
        let result = fw(folder.path(), args);
        assert_eq!(result.code, 1, "{args:?}");
        let lines: Vec<_> = result.err.lines().collect();
        assert_eq!(lines[0], "error: not inside a Framewright app", "{args:?}");
        assert!(lines[1].starts_with("hint: "), "{args:?}");
    }
}

#[test]
fn help_and_version_need_no_app() {
    let folder = tempfile::tempdir().unwrap();
    for command in [
        "start",
        "db",
        "task",
        "routes",
        "middleware",
        "config",
        "doctor",
        "version",
    ] {
        let result = fw(folder.path(), &[command, "--help"]);
        assert_eq!(result.code, 0, "{command}");
        assert!(result.out.contains("Example"), "{command}");
    }
    let result = fw(folder.path(), &["version"]);
    assert_eq!(
        (result.code, result.out),
        (0, format!("cargo-fw {}\n", env!("CARGO_PKG_VERSION")))
    );
}

#[test]
fn an_unknown_command_names_the_nearest_without_colours() {
    let result = fw(Path::new("."), &["gnerate"]);
    assert_eq!(result.code, 2);
    assert_eq!(
        result.err,
        "error: there is no command `gnerate`\nhint: did you mean `generate`?\n"
    );
}

#[test]
fn a_new_app_asks_nothing_without_a_terminal_and_has_one_commit() {
    let folder = tempfile::tempdir().unwrap();
    let result = fw(folder.path(), &["new", "deep/er/my-blog"]);
    assert_eq!(result.code, 0, "{}", result.err);
    assert!(
        result
            .out
            .contains("template api, database sqlite (defaults: ")
    );
    let root = folder.path().join("deep/er/my-blog");
    assert!(
        fs::read_to_string(root.join("src/main.rs"))
            .unwrap()
            .contains("my_blog::App")
    );
    assert!(root.join(".git").is_dir());
    let again = fw(folder.path(), &["new", "deep/er/my-blog"]);
    assert_eq!(again.code, 1);
    assert!(again.err.contains("is not empty"));
}

#[test]
fn a_new_app_without_a_folder_or_with_an_unknown_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (args, expected) in [
        (
            &["new"][..],
            "error: the folder of the app is missing\nhint: say where to make it: `cargo fw new blog`\n",
        ),
        (
            &["new", "--yes"],
            "error: the folder of the app is missing\nhint: say where to make it: `cargo fw new blog`\n",
        ),
        (
            &["new", "blog", "--scaffold", "post title:string='hello"],
            "a quote is not closed",
        ),
    ] {
        let result = fw(folder.path(), args);
        assert_ne!(result.code, 0);
        assert!(result.err.contains(expected), "{}", result.err);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn an_app_within_a_workspace_says_what_to_change_there() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = "[workspace]\nmembers = [\"apps/*\"]\n";
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    let args = [
        "new",
        "apps/blog",
        "--no-git",
        "--scaffold",
        "post title:string='hello world'",
    ];
    let result = fw(folder.path(), &args);
    assert_eq!(result.code, 0, "{}", result.err);
    assert!(
        result.out.contains("write `exclude = [\"apps/blog\"]`"),
        "{}",
        result.out
    );
    let dto = fs::read_to_string(folder.path().join("apps/blog/src/posts/dto.rs")).unwrap();
    assert!(dto.contains("\"hello world\".to_owned()"), "{dto}");
}

#[test]
fn scaffolds_are_made_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let result = fw(
        folder.path(),
        &[
            "new",
            "blog",
            "--no-git",
            "--db",
            "postgres",
            "--scaffold",
            "author name:string!",
            "--scaffold",
            "post title:string! author:references",
        ],
    );
    assert_eq!(result.code, 0, "{}", result.err);
    let root = folder.path().join("blog");
    assert!(
        root.join("src/authors/model.rs").is_file() && root.join("src/posts/model.rs").is_file()
    );
    assert!(!root.join(".git").exists());
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    assert!(
        manifest.contains(r#"features = ["openapi", "postgres"]"#)
            && manifest.contains("\n[workspace]\n")
    );
}

#[test]
fn a_failure_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        &["new", "a/b/blog", "--scaffold", "post title:strin"][..],
        &["new", "a/b/blog", "--scaffold", "post author:references"],
        &["new", "a/b/match"],
        &["new", "a/b/blog", "--name", "9lives"],
        &["new", "a/b/blog", "--template", "nope"],
    ] {
        let result = fw(folder.path(), args);
        assert_ne!(result.code, 0, "{args:?}");
        assert!(
            result.err.contains("error: ") && result.err.contains("hint: "),
            "{args:?}: {}",
            result.err
        );
        assert!(!folder.path().join("a").exists(), "{args:?}");
    }
}

/// A small app; nothing is compiled.
fn app() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("src/migrations")).unwrap();
    for (path, text) in [
        (
            "Cargo.toml",
            "[package]\nname = \"blog\"\n\n[dependencies]\nframewright = { version = \"0.1\", features = [\"sqlite\"] }\n",
        ),
        ("src/lib.rs", "pub mod app;\npub mod migrations;\n"),
        (
            "src/app.rs",
            "impl Hooks for App {\n    fn routes() -> Routes {\n        Routes::new()\n    }\n}\n",
        ),
        (
            "src/migrations/mod.rs",
            "pub fn all() -> Vec<Migration> {\n    vec![]\n}\n",
        ),
    ] {
        fs::write(folder.path().join(path), text).unwrap();
    }
    folder
}

fn start(folder: &Path, args: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_cargo-fw"))
        .arg("fw")
        .args(args.split(' '))
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[track_caller]
fn succeeds(child: Child) -> String {
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}");
    text
}

/// The names of all files, without those of folders.
fn files(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(root).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn generators_that_are_started_at_once_wait_for_each_other() {
    let app = app();
    let root = app.path();
    succeeds(start(root, "generate scaffold old name:string!"));
    let names = ["author", "book", "cat", "dog", "egg", "fan"];
    let mut all: Vec<Child> = names
        .iter()
        .map(|name| start(root, &format!("generate scaffold {name} name:string!")))
        .collect();
    all.push(start(root, "destroy scaffold old"));
    all.push(start(root, "generate task sweep"));
    for child in all {
        succeeds(child);
    }
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
    let (lib, app_rs, list) = (
        read("src/lib.rs"),
        read("src/app.rs"),
        read("src/migrations/mod.rs"),
    );
    let mut stamps = Vec::new();
    for name in names {
        assert!(lib.contains(&format!("pub mod {name}s;")), "{lib}");
        assert!(
            app_rs.contains(&format!(".merge(crate::{name}s::routes())")),
            "{app_rs}"
        );
        let module = list
            .split_whitespace()
            .find_map(|arg| arg.strip_suffix(&format!("_create_{name}s;")))
            .unwrap_or_else(|| panic!("{name} is missing in {list}"));
        stamps.push(module.to_owned());
        assert!(list.contains(&format!("fw::migration!({module}_create_{name}s)")));
    }
    stamps.sort();
    stamps.dedup();
    assert_eq!(stamps.len(), names.len(), "{list}");
    assert!(
        lib.contains("pub mod tasks;") && !lib.contains("olds"),
        "{lib}"
    );
    let left = files(root);
    assert!(
        left.iter().all(|file| file.starts_with("src/")
            || file.starts_with(".fw/generated/")
            || file == "Cargo.toml"),
        "{left:?}"
    );
    assert!(!root.join("target").exists());
}

#[test]
fn a_new_app_is_complete_before_anything_else_is_generated_into_it() {
    let folder = tempfile::tempdir().unwrap();
    let new = Command::new(env!("CARGO_BIN_EXE_cargo-fw"))
        .args([
            "fw",
            "new",
            "blog",
            "--yes",
            "--no-git",
            "--scaffold",
            "post title:string!",
        ])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let root = folder.path().join("blog");
    let tag = loop {
        if root.join("src/app.rs").exists() {
            let result = fw(&root, &["generate", "scaffold", "tag", "name:string!"]);
            if !result.err.contains("not inside a Framewright app") {
                break result;
            }
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    };
    succeeds(new);
    assert_eq!(tag.code, 0, "{}", tag.err);
    for path in ["src/lib.rs", "src/app.rs", "src/migrations/mod.rs"] {
        let text = fs::read_to_string(root.join(path)).unwrap();
        assert!(
            text.contains("posts") && text.contains("tags"),
            "{path}: {text}"
        );
    }
}

#[test]
fn two_new_apps_in_one_place_do_not_mix() {
    let folder = tempfile::tempdir().unwrap();
    let args = |template: &str| format!("new app/blog --yes --no-git --template {template}");
    let both = [
        start(folder.path(), &args("api")),
        start(folder.path(), &args("minimal")),
    ];
    let outputs = both.map(|child| child.wait_with_output().unwrap());
    let good = outputs
        .iter()
        .filter(|output| output.status.success())
        .count();
    assert_eq!(good, 1);
    let failed = outputs
        .iter()
        .find(|output| !output.status.success())
        .unwrap();
    let report = String::from_utf8_lossy(&failed.stderr);
    assert!(report.contains("is not empty"), "{report}");
    assert!(folder.path().join("app/blog/src/app.rs").exists());
}

#[test]
fn a_command_that_is_killed_leaves_nothing_half_done_behind() {
    let args = "generate scaffold post title:string!";
    let run = |root: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-fw"));
        command
            .arg("fw")
            .args(args.split(' '))
            .current_dir(root)
            .env("CARGO_FW_NOW", "2026-11-21T10:15:00")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let tree = |root: &Path| {
        let read = |file: String| {
            let text = fs::read_to_string(root.join(&file)).unwrap();
            (file, text)
        };
        files(root).into_iter().map(read).collect::<Vec<_>>()
    };
    let expected = {
        let app = app();
        let started = std::time::Instant::now();
        succeeds(run(app.path()));
        (tree(app.path()), started.elapsed())
    };
    let (expected, time) = expected;
    for step in 0..=16 {
        let app = app();
        let mut child = run(app.path());
        std::thread::sleep(time * step / 14);
        let _ = child.kill();
        child.wait().unwrap();
        succeeds(run(app.path()));
        assert_eq!(tree(app.path()), expected);
    }
}

#[cfg(unix)]
#[test]
fn a_folder_is_locked_as_long_as_a_command_lives_and_no_longer() {
    let app = app();
    let held = fs::File::open(app.path()).unwrap();
    held.lock().unwrap();
    let waiting = start(app.path(), "generate task sweep");
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert!(!app.path().join("src/tasks").exists());
    // A dry run changes nothing, and waits for nobody.
    succeeds(start(app.path(), "generate task other --dry-run"));
    drop(held);
    let messages = succeeds(waiting);
    assert!(
        messages.contains("waiting for another `cargo fw` command"),
        "{messages}"
    );
    assert!(app.path().join("src/tasks/sweep.rs").exists());
}
