//! The program as people run it, where no app is built.

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

/// What a command gave: exit code, standard output, standard error.
struct Answer {
    code: i32,
    out: String,
    err: String,
}

fn fw(folder: &Path, words: &[&str]) -> Answer {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_cargo-fw"))
        .arg("fw")
        .args(words)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Answer {
        code: status.code().unwrap(),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}

#[test]
fn commands_of_the_app_are_refused_outside_one() {
    let folder = tempfile::tempdir().unwrap();
    for words in [
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
        let answer = fw(folder.path(), words);
        assert_eq!(answer.code, 1, "{words:?}");
        let lines: Vec<_> = answer.err.lines().collect();
        assert_eq!(lines[0], "error: not inside a Framewright app", "{words:?}");
        assert!(lines[1].starts_with("hint: "), "{words:?}");
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
        let answer = fw(folder.path(), &[command, "--help"]);
        assert_eq!(answer.code, 0, "{command}");
        assert!(answer.out.contains("Example"), "{command}");
    }
    let answer = fw(folder.path(), &["version"]);
    assert_eq!(
        (answer.code, answer.out),
        (0, format!("cargo-fw {}\n", env!("CARGO_PKG_VERSION")))
    );
}

#[test]
fn an_unknown_command_names_the_nearest_without_colours() {
    let answer = fw(Path::new("."), &["gnerate"]);
    assert_eq!(answer.code, 2);
    assert_eq!(
        answer.err,
        "error: there is no command `gnerate`\nhint: did you mean `generate`?\n"
    );
}

#[test]
fn every_shell_gets_its_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let answer = fw(Path::new("."), &["completions", shell]);
        assert_eq!(answer.code, 0, "{shell}");
        assert!(
            answer.out.contains("cargo-fw") && answer.out.contains("scaffold"),
            "{shell}"
        );
    }
}

#[test]
fn a_new_app_asks_nothing_without_a_terminal_and_has_one_commit() {
    let folder = tempfile::tempdir().unwrap();
    let answer = fw(folder.path(), &["new", "deep/er/my-blog"]);
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert!(
        answer
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
fn scaffolds_are_made_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let answer = fw(
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
    assert_eq!(answer.code, 0, "{}", answer.err);
    let root = folder.path().join("blog");
    assert!(
        root.join("src/authors/model.rs").is_file() && root.join("src/posts/model.rs").is_file()
    );
    assert!(!root.join(".git").exists());
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    assert!(
        manifest.contains(r#"features = ["openapi", "postgres", "testing"]"#)
            && manifest.contains("\n[workspace]\n")
    );
}

#[test]
fn a_failure_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    for words in [
        &["new", "a/b/blog", "--scaffold", "post title:strin"][..],
        &["new", "a/b/blog", "--scaffold", "post author:references"],
        &["new", "a/b/match"],
        &["new", "a/b/blog", "--name", "9lives"],
        &["new", "a/b/blog", "--template", "nope"],
    ] {
        let answer = fw(folder.path(), words);
        assert_ne!(answer.code, 0, "{words:?}");
        assert!(
            answer.err.contains("error: ") && answer.err.contains("hint: "),
            "{words:?}: {}",
            answer.err
        );
        assert!(!folder.path().join("a").exists(), "{words:?}");
    }
}
