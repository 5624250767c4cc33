//! `examples/realworld`: made by a list of commands and finished by hand. Its own tests walk every endpoint of the specification.

use std::{
    fs,
    path::{Path, PathBuf},
};

use fw_tests::{
    app::{App, repository, succeed},
    postgres,
};
use similar::{ChangeTag, TextDiff};

/// The commands that it was begun with.
const COMMANDS: &[&str] = &[
    "scaffold user username:string^ email:string^ password_hash:string! bio:text image:text --only show,create,update",
    "scaffold article slug:string^ title:string! description:text! body:text! author:references(users) --only list,show,create,update,delete",
    "scaffold tag article:references name:string!+ --only list",
    "scaffold comment article:references author:references(users) body:text! --only list,create,delete",
    "model favorite user:references article:references",
    "model follow follower:references(users) followed:references(users)",
    "migration add_unique_index_to_tags article_id name",
    "migration add_unique_index_to_favorites user_id article_id",
    "migration add_unique_index_to_follows follower_id followed_id",
];

/// The most lines of code that are written by hand, without tests.
const MOST: usize = 900;

#[test]
fn most_of_it_is_generated_and_little_is_written() {
    let generated = App::new("realworld", &[]);
    for (second, command) in COMMANDS.iter().enumerate() {
        let words: Vec<_> = ["generate"].into_iter().chain(command.split(' ')).collect();
        let time = format!("2026-12-01T09:00:{second:02}");
        succeed(generated.fw(&words).env("CARGO_FW_NOW", time));
    }
    let (mut kept, mut by_hand, mut tests) = (0, 0, 0);
    let folder = repository().join("examples/realworld");
    for path in sources(&folder.join("src")) {
        let relative = path.strip_prefix(&folder).expect("below it");
        let former = fs::read_to_string(generated.root.join(relative)).unwrap_or_default();
        let (former, present) = (code(&former), code(&read(&path)));
        let diff = TextDiff::from_lines(&former, &present);
        let lines = |tag| {
            diff.iter_all_changes()
                .filter(|change| change.tag() == tag)
                .count()
        };
        let own = lines(ChangeTag::Insert);
        kept += lines(ChangeTag::Equal);
        if relative.ends_with("tests.rs") || relative.ends_with("conduit.rs") {
            tests += own;
        } else {
            by_hand += own;
        }
    }
    assert!(by_hand <= MOST, "{by_hand} lines are written by hand");
    let stated = format!("| {kept} | {by_hand} | {tests} |");
    assert!(
        read(&folder.join("README.md")).contains(&stated),
        "the README must have the line `{stated}`"
    );
}

#[test]
fn its_tests_pass_on_both_databases() {
    let app = App {
        root: repository().join("examples/realworld"),
    };
    // The versions of the workspace, so that both share what is compiled.
    let lock = fs::copy(repository().join("Cargo.lock"), app.root.join("Cargo.lock"));
    lock.expect("the versions can be copied");
    succeed(&mut app.cargo(&["fmt", "--check"]));
    succeed(&mut app.cargo(&["clippy", "--all-targets", "--quiet", "--", "-D", "warnings"]));
    succeed(&mut app.cargo(&["test", "--quiet"]));
    let url = format!("{}/realworld", postgres::server().url());
    let tests = succeed(app.cargo(&["test", "--quiet"]).env("DATABASE_URL", url));
    assert!(tests.contains("20 passed"), "{tests}");
}

/// The files of Rust below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                sources(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// The lines that are neither empty nor comments.
fn code(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
