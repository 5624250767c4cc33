//! The examples of one question each: small, and tested by themselves.

use std::fs;

use fw_tests::app::{App, repository, succeed};

/// The most lines of code of an example, without its tests.
const MOST: usize = 150;

#[test]
fn a_job_with_steps_on_a_schedule() {
    check("jobs");
}

fn check(name: &str) {
    let app = App {
        root: repository().join("examples").join(name),
    };
    let source = fs::read_to_string(app.root.join("src/main.rs")).expect("the source");
    let (source, _) = source.split_once("#[cfg(test)]").expect("it has tests");
    let lines = source.lines().map(str::trim);
    let code = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    let count = code.count();
    assert!(count <= MOST, "{count} lines of code");
    // The versions of the workspace, so that both share what is compiled.
    let lock = fs::copy(repository().join("Cargo.lock"), app.root.join("Cargo.lock"));
    lock.expect("the versions can be copied");
    succeed(&mut app.cargo(&["fmt", "--check"]));
    succeed(&mut app.cargo(&["clippy", "--all-targets", "--quiet", "--", "-D", "warnings"]));
    let tests = succeed(&mut app.cargo(&["test", "--quiet"]));
    assert!(tests.contains("test result: ok"), "{tests}");
}
