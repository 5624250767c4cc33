//! The page about OWASP ASVS names tests that exist.

use std::{collections::BTreeSet, fs};

use fw_tests::app::repository;

use super::{guide, prose};
use crate::architecture::rust_files;

/// The names of all tests of the repository.
fn tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for folder in ["framework", "cli", "starters", "tests"] {
        for file in rust_files(&repository().join(folder)) {
            let source = fs::read_to_string(&file).expect("the file can be read");
            let attributes = source
                .split("#[test]")
                .flat_map(|rest| rest.split("#[tokio::test"));
            let functions = attributes.skip(1).filter_map(|rest| rest.split_once("fn "));
            names
                .extend(functions.filter_map(|(_, rest)| Some(rest.split_once('(')?.0.to_owned())));
        }
    }
    names
}

/// Rows without tests are those that nobody has tested, so a name that is gone must not look like one.
#[test]
fn every_test_that_asvs_names_exists() {
    const STATES: [&str; 5] = ["met", "in part", "app", "not met", "n/a"];
    let (page, tests) = (guide("asvs.md"), tests());
    let is_requirement =
        |line: &&str| line.starts_with("| ") && line[2..].starts_with(char::is_numeric);
    let mut count = 0;
    for row in prose(&page).lines().filter(is_requirement) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [id, _, _, state, how, named] = cells[..] else {
            panic!("`{row}` has {} cells", cells.len());
        };
        assert!(STATES.contains(&state), "{id}: `{state}` is no state");
        assert!(
            state != "in part" || !how.is_empty(),
            "{id}: what is missing?"
        );
        for name in named.split('`').skip(1).step_by(2) {
            let exists = tests
                .range(name.to_owned()..)
                .next()
                .is_some_and(|test| test.starts_with(name));
            assert!(exists, "{id}: no test has a name that begins with `{name}`");
            count += 1;
        }
    }
    assert!(count > 100, "the page names tests");
}
