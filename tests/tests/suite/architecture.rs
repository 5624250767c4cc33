//! The layers of the framework, and the size of its files.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// The layer of each module of the framework, and the modules of the same layer that it may import.
const MODULES: &[(&str, u8, &[&str])] = &[
    ("error", 0, &[]),
    ("env", 0, &["error"]),
    ("validation", 0, &["error"]),
    ("config", 0, &["env", "error"]),
    ("telemetry", 1, &[]),
    ("db", 1, &[]),
    ("model", 1, &["db"]),
    ("migration", 1, &["db"]),
    ("dto", 1, &[]),
    ("queue", 1, &[]),
    ("idempotency", 1, &[]),
    ("context", 2, &[]),
    ("openapi", 3, &["controller"]),
    ("controller", 3, &["openapi"]),
    ("middleware", 3, &["controller"]),
    ("jobs", 3, &[]),
    ("task", 3, &[]),
    ("scheduler", 3, &["jobs", "task"]),
    ("app", 4, &[]),
    ("server", 4, &[]),
    ("boot", 4, &["app", "server"]),
    ("command", 4, &["app", "boot", "server"]),
    ("testing", 5, &[]),
];

const LONGEST: usize = 700;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests are a folder of the repository")
        .to_owned()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The code of a file: without comments and without its unit tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("the file can be read");
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The modules of the framework that a piece of code names with `crate::`.
fn imports(code: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        text.trim_start()
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let mut found = Vec::new();
    for after in code.split("crate::").skip(1) {
        let Some(group) = after.strip_prefix('{') else {
            found.push(name(after));
            continue;
        };
        let mut depth = 0;
        let mut start = true;
        for (at, c) in group.char_indices() {
            if start && depth == 0 && !c.is_whitespace() {
                found.push(name(&group[at..]));
                start = false;
            }
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                _ => {}
            }
        }
    }
    found.retain(|name| MODULES.iter().any(|(module, ..)| module == name));
    found
}

#[test]
fn imports_go_downwards_only() {
    let layers: BTreeMap<_, _> = MODULES
        .iter()
        .map(|(name, layer, peers)| (*name, (*layer, *peers)))
        .collect();
    let source = root().join("framework/src");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for file in rust_files(&source) {
        let relative = file
            .strip_prefix(&source)
            .expect("below the source")
            .to_owned();
        let first = relative.iter().next().expect("a name").to_string_lossy();
        let module = first.trim_end_matches(".rs").to_owned();
        if module == "lib" || module == "prelude" {
            continue;
        }
        let (layer, peers) = layers
            .get(module.as_str())
            .unwrap_or_else(|| panic!("`{module}` has no layer"));
        for import in imports(&code(&file)) {
            seen += 1;
            let (other, _) = layers[import.as_str()];
            if import != module && other >= *layer && !peers.contains(&import.as_str()) {
                wrong.push(format!(
                    "{} (L{layer}) imports `{import}` (L{other})",
                    relative.display()
                ));
            }
        }
    }
    assert!(seen > 50, "the test finds the imports");
    assert!(
        wrong.is_empty(),
        "imports that go upwards or sideways:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn files_are_short() {
    let mut lengths: Vec<(usize, PathBuf)> = ["framework/src", "cli/src"]
        .iter()
        .flat_map(|folder| rust_files(&root().join(folder)))
        .map(|file| {
            (
                fs::read_to_string(&file).expect("readable").lines().count(),
                file,
            )
        })
        .collect();
    lengths.sort();
    let at = |share: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss
        )]
        let index = ((lengths.len() - 1) as f64 * share) as usize;
        lengths[index].0
    };
    let (longest, file) = lengths.last().expect("there are files");
    assert!(
        *longest <= LONGEST,
        "{} has {longest} lines; at most {LONGEST}",
        file.display()
    );
    assert!(
        at(0.5) <= 150,
        "the median is {} lines; at most 150",
        at(0.5)
    );
    assert!(
        at(0.9) <= 500,
        "the 90th percentile is {} lines; at most 500",
        at(0.9)
    );
}

#[test]
fn the_top_level_is_as_designed() {
    let mut names: Vec<String> = fs::read_dir(root())
        .expect("the repository can be read")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| !name.starts_with('.') && !name.starts_with("LICENSE") && name != "target")
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "Cargo.lock",
            "Cargo.toml",
            "README.md",
            "cli",
            "examples",
            "framework",
            "guides",
            "starters",
            "tests"
        ]
    );
}
