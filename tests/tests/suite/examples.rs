//! The examples of one question each: small, and tested by themselves.

use std::fs;

use fw_tests::app::{App, repository, succeed};

/// The most lines of code of an example that are written by hand, without its tests.
const MOST: usize = 150;

#[test]
fn a_job_with_steps_on_a_schedule() {
    check("jobs", &["src/main.rs"]);
}

#[test]
fn an_api_with_own_rows_and_keys() {
    check("keys", &["src/main.rs"]);
}

#[test]
fn a_page_with_a_form_and_a_mail() {
    let by_hand = [
        "src/contact/mod.rs",
        "src/contact/pages.rs",
        "src/contact/pages/index.html",
        "src/contact/en.ftl",
        "src/mailers/inquiry.rs",
        "src/mailers/inquiry.html",
        "src/mailers/inquiry/en.ftl",
    ];
    check("contact", &by_hand);
}

/// Checks an example; `by_hand` are the files that are written by hand, at least in part.
fn check(name: &str, by_hand: &[&str]) {
    let app = App {
        root: repository().join("examples").join(name),
    };
    let lines = by_hand.iter().map(|file| lines(&app, file)).sum::<usize>();
    assert!(lines <= MOST, "{lines} lines of code");
    // The versions of the workspace, so that both share what is compiled.
    let lock = fs::copy(repository().join("Cargo.lock"), app.root.join("Cargo.lock"));
    lock.expect("the versions can be copied");
    succeed(&mut app.cargo(&["fmt", "--check"]));
    succeed(&mut app.cargo(&["clippy", "--all-targets", "--quiet", "--", "-D", "warnings"]));
    let tests = succeed(&mut app.cargo(&["test", "--quiet"]));
    assert!(tests.contains("test result: ok"), "{tests}");
}

/// The number of lines of a file that are neither empty nor comments nor tests.
fn lines(app: &App, file: &str) -> usize {
    let source = fs::read_to_string(app.root.join(file)).expect("the source");
    let source = source.split("#[cfg(test)]\nmod tests {").next();
    let lines = source.unwrap_or_default().lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .count()
}
