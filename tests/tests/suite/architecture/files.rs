//! The files of the repository: how long they are, and what is on the top level.

use std::{collections::BTreeMap, fs};

use fw_tests::app::repository;

use super::source::rust_files;

const LONGEST: usize = 500;

/// Files that are still to be divided. The list may only become shorter.
const TOLERATED: &[&str] = &["tests/tests/suite/stored_values.rs"];

#[test]
fn files_are_short() {
    let mut long = BTreeMap::new();
    for folder in ["framework", "cli", "tests", "starters", "examples"] {
        for file in rust_files(&repository().join(folder)) {
            let lines = fs::read_to_string(&file)
                .expect("the file can be read")
                .lines()
                .count();
            if lines > LONGEST {
                let file = file
                    .strip_prefix(repository())
                    .expect("below the repository");
                let file = file.display().to_string();
                long.insert(file.clone(), format!("{file} has {lines} lines"));
            }
        }
    }
    let divided: Vec<_> = TOLERATED
        .iter()
        .filter(|file| long.remove(**file).is_none())
        .map(ToString::to_string)
        .collect();
    super::assert_none(
        "a file holds one idea, and that takes no more than 500 lines: give its parts modules of their own, \
         where each has one purpose that its first line can say",
        &long.into_values().collect::<Vec<_>>(),
    );
    super::assert_none(
        "files in `TOLERATED` that are not too long any more: delete them there",
        &divided,
    );
}

#[test]
fn unit_tests_have_one_place() {
    let broken: Vec<_> = rust_files(&repository().join("framework/src"))
        .into_iter()
        .filter(|file| file.to_string_lossy().ends_with("_tests.rs"))
        .map(|file| file.display().to_string())
        .collect();
    super::assert_none(
        "short unit tests stand at the end of their file, longer ones in `tests.rs` or `tests/` of the module: move them there",
        &broken,
    );
}

#[test]
fn the_top_level_is_as_designed() {
    let mut names: Vec<String> = fs::read_dir(repository())
        .expect("the repository can be read")
        .map(|entry| {
            let name = entry.expect("an entry").file_name();
            name.to_string_lossy().into_owned()
        })
        .filter(|name| !name.starts_with('.') && name != "target")
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "Cargo.lock",
            "Cargo.toml",
            "LICENSE-APACHE",
            "LICENSE-MIT",
            "README.md",
            "cli",
            "examples",
            "framework",
            "guides",
            "starters",
            "tests"
        ],
        "the top level is what a newcomer sees first: a new file belongs into one of these folders, or, \
         if a tool wants it there, into a folder with a dot"
    );
}

#[test]
fn the_readme_names_the_oldest_rust() {
    let text =
        |file: &str| fs::read_to_string(repository().join(file)).expect("the file can be read");
    let manifest: toml::Table = text("Cargo.toml").parse().expect("the manifest is TOML");
    let oldest = manifest["workspace"]["package"]["rust-version"]
        .as_str()
        .expect("a version");
    assert!(
        text("README.md").contains(&format!("[Rust](https://rustup.rs) {oldest} or newer")),
        "`README.md` does not ask for Rust {oldest}, which `rust-version` in `Cargo.toml` is: change it there"
    );
}
