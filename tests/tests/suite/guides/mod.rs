//! The guides say what is: their links, their configuration, their tables. Their Rust blocks are documentation tests of this crate.

mod asvs;
mod deployment;
mod errors;
mod questions;
mod site;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use fw::config::{Config, Environment, Loader};
use fw_tests::app::repository;

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

/// The text of a file that a guide has as a block: `ini title="/etc/systemd/system/blog.service"`.
#[track_caller]
pub fn file(guide_name: &str, path: &str) -> String {
    let mut blocks = blocks(&guide(guide_name)).into_iter();
    let block = blocks.find(|block| title(&block.language) == Some(path));
    block
        .unwrap_or_else(|| panic!("{guide_name} has no file `{path}`"))
        .text
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
fn every_guide_is_in_the_index_and_in_the_site() {
    for index in ["README.md", "SUMMARY.md"] {
        let listed: BTreeSet<String> = links(&guide(index)).into_iter().collect();
        for Guide { name, .. } in guides() {
            let is_an_index = ["README.md", "SUMMARY.md"].contains(&name.as_str());
            assert!(
                is_an_index || listed.contains(&name),
                "`{name}` is not in guides/{index}"
            );
        }
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

/// The guides whose blocks are files, which tests write: tours, and what servers are set up with.
const WITH_FILES: [&str; 3] = ["guest-book.md", "getting-started.md", "deployment.md"];

/// The path in `html title="src/home/pages/index.html"`.
fn title(language: &str) -> Option<&str> {
    let (_, title) = language.split_once(" title=\"")?;
    title.strip_suffix('"')
}

/// The title of a block is not shown, so the text before it has to name the file.
#[test]
fn the_file_of_a_block_is_named_before_it() {
    for Guide { name, text } in guides() {
        let lines: Vec<&str> = text.lines().collect();
        for Block { language, line, .. } in blocks(&text) {
            let Some(path) = title(&language) else {
                continue;
            };
            let before = lines[..line - 1].iter().rfind(|line| !line.is_empty());
            let is_named = before.is_some_and(|text| text.contains(&format!("`{path}`")));
            assert!(
                is_named,
                "{name}:{line}: the line before the block does not name `{path}`"
            );
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
            let is_file = WITH_FILES.contains(&name.as_str()) && title(&language).is_some();
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
            .any(|block| block.language.starts_with("rust") && title(&block.language).is_none());
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
