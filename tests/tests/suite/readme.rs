//! The README, word for word: its first command and its tour; and the guides that are tours as well.

use std::{
    env, fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use fw_tests::{
    app::{Server, clean, repository, target_folder},
    http::{get, send_json},
};
use serde_json::json;

use crate::only_blog;

fn readme() -> String {
    fs::read_to_string(repository().join("README.md")).expect("the README can be read")
}

/// The texts of all fenced blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let readme = readme();
    let fence = format!("```{language}\n");
    readme
        .split(&fence)
        .skip(1)
        .map(|rest| rest.split("\n```").next().unwrap_or_default().to_owned())
        .collect()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port()
}

/// A shell command as a reader of the README would run it, with `tools` first in the path.
fn shell(folder: &Path, command: &str, tools: &Path) -> Command {
    let mut shell = Command::new("bash");
    shell
        .args(["-c", command])
        .current_dir(folder)
        .stdin(Stdio::null());
    clean(&mut shell);
    let path = env::var("PATH").unwrap_or_default();
    shell
        .env("PATH", format!("{}:{path}", tools.display()))
        .env("CARGO_TARGET_DIR", target_folder())
        .env("NO_COLOR", "1");
    shell
}

/// One thing that a reader does.
enum Step {
    /// A `$ command`, with the output that is promised.
    Run {
        command: String,
        expected: Vec<String>,
    },
    /// Writes a file: a block with `title="path"`.
    Write { path: String, text: String },
    /// Changes a file: a `diff` block with `title="path"`.
    Change {
        path: String,
        from: String,
        to: String,
    },
}

/// What a document has its reader do, in order.
fn steps(document: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```").filter(|info| !info.is_empty()) else {
            continue;
        };
        let block: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
        let title = info
            .split_once(" title=\"")
            .map(|(_, title)| title.trim_end_matches('"'));
        match (info, title.map(str::to_owned)) {
            ("console", _) => steps.extend(commands(&block)),
            (info, Some(path)) if info.starts_with("diff ") => {
                let side = |other: char| {
                    let lines = block.iter().filter(|line| !line.starts_with(other));
                    let lines: Vec<_> = lines.filter_map(|line| line.get(1..)).collect();
                    lines.join("\n") + "\n"
                };
                steps.push(Step::Change {
                    path,
                    from: side('+'),
                    to: side('-'),
                });
            }
            (_, Some(path)) => steps.push(Step::Write {
                path,
                text: block.join("\n") + "\n",
            }),
            _ => {}
        }
    }
    steps
}

/// The commands of a `console` block.
fn commands(block: &[&str]) -> Vec<Step> {
    let mut steps = Vec::new();
    for line in block {
        if let Some(command) = line.strip_prefix("$ ") {
            steps.push(Step::Run {
                command: command.to_owned(),
                expected: Vec::new(),
            });
        } else if let Some(Step::Run { expected, .. }) = steps.last_mut() {
            expected.push(line.trim_end().to_owned());
        } else {
            panic!("a block begins with a command, not with `{line}`");
        }
    }
    steps
}

/// Whether a line is as promised: `…` stands for any text.
fn line_matches(expected: &str, found: &str) -> bool {
    let mut parts = expected.split('…');
    let Some(mut rest) = parts.next().and_then(|first| found.strip_prefix(first)) else {
        return false;
    };
    let mut open = false;
    for part in parts {
        open = part.is_empty();
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    open || rest.is_empty()
        || (expected.contains('…')
            && found.ends_with(expected.rsplit('…').next().unwrap_or_default()))
}

/// Whether all lines are as promised: a line `…` stands for any lines.
fn matches(expected: &[String], found: &[String]) -> bool {
    match (expected.split_first(), found.split_first()) {
        (None, None) => true,
        (Some((first, rest)), _) if first == "…" => {
            matches(rest, found)
                || found
                    .split_first()
                    .is_some_and(|(_, found)| matches(expected, found))
        }
        (Some((first, rest)), Some((line, found))) => {
            line_matches(first, line) && matches(rest, found)
        }
        _ => false,
    }
}

#[test]
fn the_tour_does_what_it_says() {
    let _turn = only_blog();
    take("README.md");
}

#[test]
fn the_guest_book_is_made_as_the_guide_says() {
    take("guides/guest-book.md");
}

#[test]
fn an_application_is_made_as_the_guide_for_beginners_says() {
    take("guides/getting-started.md");
}

#[test]
fn accounts_are_made_and_used_as_the_guide_says() {
    take("guides/accounts.md");
}

/// Does all that a document says, in an empty folder.
fn take(document: &str) {
    let text = fs::read_to_string(repository().join(document)).expect("it can be read");
    let folder = tempfile::tempdir().expect("a folder");
    let tools = target_folder().join("debug");
    let port = free_port();
    let mut place = folder.path().to_owned();
    let mut server: Option<Server> = None;
    let steps = steps(&text);
    assert!(steps.len() > 10, "the steps are found");
    for step in steps {
        match step {
            Step::Run { command, expected } => {
                if let Some(target) = command.strip_prefix("cd ") {
                    place.push(target);
                } else if let Some(start) = command.strip_suffix(" &") {
                    // The reader has stopped the former one.
                    drop(server.take());
                    server = Some(Server::build_and_start(shell(
                        &place,
                        &format!("exec {start} --port {port}"),
                        &tools,
                    )));
                } else {
                    let command = command.replace(":3000", &format!(":{port}"));
                    run(&mut shell(&place, &command, &tools), &command, &expected);
                }
            }
            Step::Write { path, text } => {
                let file = place.join(path);
                assert!(file.is_file(), "`{}` is not there yet", file.display());
                write(&file, &text);
            }
            Step::Change { path, from, to } => {
                let file = place.join(path);
                let text = fs::read_to_string(&file).expect("it can be read");
                let count = text.matches(&from).count();
                assert_eq!(count, 1, "in `{}`:\n{from}\n---\n{text}", file.display());
                write(&file, &text.replacen(&from, &to, 1));
            }
        }
    }
    assert!(server.is_some(), "a server is started");
}

/// Writes a file, and waits until a server has seen it, which looks every 50 ms at most.
fn write(file: &Path, text: &str) {
    fs::write(file, text).expect("it can be written");
    thread::sleep(Duration::from_millis(100));
}

/// Runs a command, which must succeed with the output that is promised.
fn run(shell: &mut Command, command: &str, expected: &[String]) {
    let output = shell.output().expect("bash can be started");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = text.trim_end().lines();
    let found: Vec<String> = lines.map(|line| line.trim_end().to_owned()).collect();
    assert!(
        output.status.success() && matches(expected, &found),
        "$ {command}\nexpected:\n{}\nfound:\n{text}\n{}",
        expected.join("\n"),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_figures_are_those_of_the_guide() {
    let guide = fs::read_to_string(repository().join("guides/performance.md"));
    let guide = guide.expect("the guide can be read");
    let readme = readme();
    let (_, section) = readme.split_once("\n## Figures\n").expect("a section");
    let tables = section.split("\n## ").next().unwrap_or_default().lines();
    let rows: Vec<_> = tables.filter(|line| line.starts_with("| ")).collect();
    assert!(rows.len() > 8, "there are figures");
    for row in rows {
        for figure in row.trim_end_matches('|').split('|').skip(2) {
            for figure in figure.split(';').map(str::trim) {
                assert!(guide.contains(figure), "the guide has no `{figure}`: {row}");
            }
        }
    }
}

#[test]
fn the_first_command_makes_and_serves_an_app() {
    let _turn = only_blog();
    let blocks = blocks("sh");
    let [first, second] = blocks.as_slice() else {
        panic!("the README has two commands")
    };
    assert_eq!(second, "tests/run");
    let folder = tempfile::tempdir().expect("a folder");
    let root: PathBuf = folder.path().join("installed");
    let port = free_port();
    // Only where things go is changed: not into the home folder, not beside the checkout, not on port 3000.
    let command = first.replace("../blog", &folder.path().join("blog").display().to_string());
    assert_ne!(&command, first);
    let mut command = shell(repository(), &command, &root.join("bin"));
    command
        .env("CARGO_INSTALL_ROOT", &root)
        .env("FW_SERVER__PORT", port.to_string());
    let server = Server::build_and_start(command);
    let address: SocketAddr = ([127, 0, 0, 1], port).into();
    let created = send_json(
        address,
        "POST",
        "/api/v1/posts",
        &json!({ "title": "hello" }),
    )
    .expect("a response");
    assert_eq!(created.status, 201, "{}", created.text());
    assert_eq!(
        get(address, created.header("location"))
            .expect("a response")
            .status,
        200
    );
    assert!(
        server.log().contains(&format!("http://127.0.0.1:{port}")),
        "{}",
        server.log()
    );
}
