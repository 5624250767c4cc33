//! The guides say what is: their links, their configuration, their tables. Their Rust blocks are documentation tests of this crate.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use fw::{
    config::{Config, Environment, Loader},
    error::Error,
    http::StatusCode,
};
use fw_tests::app::repository;

use crate::architecture::rust_files;

/// One page.
struct Guide {
    name: String,
    text: String,
}

/// A block of code in a page.
struct Block {
    /// What follows the opening fence: `toml`, `rust,test_harness`.
    language: String,
    text: String,
    /// The line of the opening fence, from 1.
    line: usize,
}

fn folder() -> PathBuf {
    repository().join("guides")
}

fn guides() -> Vec<Guide> {
    let mut guides: Vec<Guide> = fs::read_dir(folder())
        .expect("the guides can be listed")
        .map(|entry| entry.expect("the entry can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| Guide {
            name: path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            text: fs::read_to_string(&path).expect("the guide can be read"),
        })
        .collect();
    guides.sort_by(|a, b| a.name.cmp(&b.name));
    guides
}

fn guide(name: &str) -> String {
    fs::read_to_string(folder().join(name)).expect("the guide can be read")
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (index, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), open.as_mut()) {
            (Some(language), None) => {
                let (language, text) = (language.to_owned(), String::new());
                open = Some(Block {
                    language,
                    text,
                    line: index + 1,
                });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

/// The text outside blocks of code.
fn prose(text: &str) -> String {
    text.split("```").step_by(2).collect::<Vec<_>>().join("\n")
}

/// The targets of `[text](target)`.
fn links(text: &str) -> Vec<String> {
    prose(text)
        .split("](")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()))
        .collect()
}

/// The anchors of the headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    prose(text)
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            title
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect()
        })
        .collect()
}

/// The cells of the rows of tables whose first cell begins with `start`.
fn rows(text: &str, start: &str) -> Vec<Vec<String>> {
    prose(text)
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix('|'))
        .filter(|line| line.starts_with(start))
        .map(|line| {
            line.split(" | ")
                .map(|cell| cell.trim().to_owned())
                .collect()
        })
        .collect()
}

fn load(toml: &str) -> Result<Config, fw::config::ConfigError> {
    let root = tempfile::tempdir().expect("a temporary folder");
    let config = root.path().join("config");
    fs::create_dir(&config).expect("the folder is made");
    fs::write(config.join("default.toml"), toml).expect("the file is written");
    Loader::new(root.path())
        .environment(Environment::Development)
        .vars([("DATABASE_URL", "sqlite::memory:")])
        .load()
}

#[test]
fn every_guide_is_in_the_index() {
    let index: BTreeSet<String> = links(&guide("README.md")).into_iter().collect();
    for Guide { name, .. } in guides() {
        assert!(
            name == "README.md" || index.contains(&name),
            "`{name}` is not in guides/README.md"
        );
    }
}

#[test]
fn every_link_leads_somewhere() {
    let pages = [
        "README.md",
        ".github/CONTRIBUTING.md",
        ".github/RELEASE.md",
        ".github/SECURITY.md",
    ];
    let guides = guides()
        .into_iter()
        .map(|guide| format!("guides/{}", guide.name));
    for page in pages.map(str::to_owned).into_iter().chain(guides) {
        let path = repository().join(&page);
        let text = fs::read_to_string(&path).expect("the page can be read");
        for link in links(&text).iter().filter(|link| !link.contains("://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() {
                path.clone()
            } else {
                path.with_file_name(file)
            };
            assert!(target.exists(), "{page}: `{link}` leads nowhere");
            if !anchor.is_empty() {
                let text = fs::read_to_string(&target).expect("the page can be read");
                assert!(
                    anchors(&text).contains(anchor),
                    "{page}: `{file}` has no heading `{anchor}`"
                );
            }
        }
    }
}

#[test]
fn every_block_says_what_it_is() {
    const KNOWN: [&str; 6] = [
        "rust",
        "rust,no_run",
        "rust,test_harness",
        "toml",
        "text",
        "console",
    ];
    for Guide { name, text } in guides() {
        for Block { language, line, .. } in blocks(&text) {
            // Checked by `client::the_guide_compiles`.
            let is_typescript = language == "ts" && name == "client.md";
            // The templates of those pages.
            let is_html = language == "html" && ["mail.md", "views.md"].contains(&name.as_str());
            // A test writes them to those files.
            let is_file = name == "guest-book.md" && language.contains(" title=\"");
            let known = is_typescript || is_html || is_file || KNOWN.contains(&language.as_str());
            assert!(known, "{name}:{line}: a block of `{language}`");
        }
    }
}

/// A guide that is not included in `fw_tests::guides` would not be compiled.
#[test]
fn every_guide_with_rust_is_compiled() {
    let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/guides.rs"))
        .expect("the list can be read");
    for Guide { name, text } in guides() {
        let has_rust = blocks(&text)
            .iter()
            .any(|block| block.language.starts_with("rust"));
        let included = source.contains(&format!("include_str!(\"../../guides/{name}\")"));
        assert!(
            included || !has_rust,
            "`{name}` is not in tests/src/guides.rs"
        );
    }
}

#[test]
fn every_configuration_can_be_loaded() {
    let mut count = 0;
    for Guide { name, text } in guides() {
        for Block {
            language,
            text,
            line,
        } in blocks(&text)
        {
            if language != "toml" {
                continue;
            }
            count += 1;
            if let Err(error) = load(&text) {
                panic!("{name}:{line}:\n{error}");
            }
        }
    }
    assert!(count > 1, "the guides have configurations");
}

#[test]
fn the_table_of_keys_is_complete_and_has_the_defaults() {
    let bare = |cell: &str| match cell.trim_matches('`') {
        // Set by the test, and required by everybody else.
        "sqlite::memory:" => "none".to_owned(),
        text => text.to_owned(),
    };
    let page = guide("configuration.md");
    let (_, table) = page
        .split_once("## All keys")
        .expect("the guide has a table of keys");
    let documented: BTreeMap<String, String> = rows(table, "`")
        .into_iter()
        .map(|cells| (bare(&cells[0]), bare(&cells[2])))
        .collect();
    let real: BTreeMap<String, String> = load("")
        .expect("the defaults are right")
        .effective()
        .into_iter()
        .map(|one| (one.key, bare(&one.value)))
        .collect();
    let differences: Vec<String> = documented
        .keys()
        .chain(real.keys())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .filter(|key| documented.get(*key) != real.get(*key))
        .map(|key| {
            format!(
                "{key}: guide {:?}, code {:?}",
                documented.get(key),
                real.get(key)
            )
        })
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn the_table_of_problems_has_the_codes_of_the_code() {
    let documented: BTreeSet<(u16, String)> = rows(&guide("http.md"), "")
        .into_iter()
        .filter_map(|cells| {
            Some((
                cells[0].parse().ok()?,
                cells[1].trim_matches('`').to_owned(),
            ))
        })
        .collect();
    assert!(!documented.is_empty());
    for status in (400..600).filter_map(|status| StatusCode::from_u16(status).ok()) {
        let error = Error::from_status(status);
        let is_special = !["error", "internal_error"].contains(&error.code()) || status == 500;
        let pair = (status.as_u16(), error.code().to_owned());
        assert!(
            !is_special || documented.contains(&pair),
            "{pair:?} is not in http.md"
        );
    }
    for (status, code) in documented {
        let status = StatusCode::from_u16(status).expect("a status");
        let known = [Error::from_status(status), Error::malformed_body("")];
        let found = known
            .iter()
            .any(|error| error.status() == status && error.code() == code);
        assert!(found, "{status} `{code}` is not in the code");
    }
}

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
