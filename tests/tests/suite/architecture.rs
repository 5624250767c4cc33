//! The layers of the framework, and the size of its files.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// The modules of the framework with their layers, from the bottom up. A module imports from lower layers, and from those of its
/// own layer that it names, which stand above it in this list: so there are no circles.
///
/// `*/room` are the plugs of the rooms: what is at or below `room.rs` or `room/` in the folder of a module.
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
    ("openapi", 3, &[]),
    ("controller", 3, &["openapi"]),
    ("middleware", 3, &["controller"]),
    ("jobs", 3, &[]),
    ("task", 3, &[]),
    ("scheduler", 3, &["jobs", "task"]),
    ("backup", 3, &["task"]),
    ("room", 4, &[]),
    ("*/room", 4, &["room"]),
    ("builtin", 4, &["room"]),
    ("app", 4, &["builtin", "room"]),
    ("server", 4, &["room"]),
    ("boot", 4, &["app", "room", "server"]),
    ("command", 4, &["app", "boot", "room", "server"]),
    ("testing", 5, &[]),
];

/// Those who boot, migrate, serve and check: they read the list of rooms and name none.
const READERS: &[&str] = &[
    "app",
    "boot",
    "migration",
    "scheduler",
    "task",
    "server",
    "command/doctor.rs",
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
    let mut code = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim_start().starts_with("//") {
            continue;
        }
        if line.starts_with("#[cfg(") && line.contains("test") && !line.contains("not(test)") {
            // A module of tests in a file of its own, or the rest of this file.
            match lines.next() {
                Some(module) if module.ends_with(';') => continue,
                _ => break,
            }
        }
        code.push_str(line);
        code.push('\n');
    }
    code
}

/// Whether a file has nothing but unit tests.
fn is_test(path: &Path) -> bool {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    name == "tests" || name.ends_with("_tests")
}

/// The module of a file below `framework/src`, as [`MODULES`] calls it.
fn module_of(relative: &Path) -> String {
    let mut names = relative
        .iter()
        .map(|name| name.to_string_lossy().trim_end_matches(".rs").to_owned());
    let module = names.next().expect("a name");
    match names.next() {
        Some(part) if part == "room" => "*/room".to_owned(),
        _ => module,
    }
}

/// The rooms in the list of the framework, by their modules.
fn rooms() -> Vec<String> {
    let list = code(&root().join("framework/src/builtin.rs"));
    let names = list.split("::ROOM").map(|before| {
        let name = before.rsplit(|c: char| !c.is_alphanumeric() && c != '_');
        name.map(str::to_owned).next().unwrap_or_default()
    });
    let mut names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
    names.dedup();
    names
}

/// The names of the fields of `pub(crate) struct Room`.
fn fields_of_a_room() -> Vec<String> {
    let text = code(&root().join("framework/src/room/mod.rs"));
    let (_, after) = text.split_once("struct Room {").expect("the struct");
    let (fields, _) = after.split_once("\n}").expect("its end");
    fields
        .lines()
        .filter_map(|line| {
            let (name, _) = line.trim().strip_prefix("pub(crate) ")?.split_once(':')?;
            Some(name.to_owned())
        })
        .collect()
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
        let relative = file.strip_prefix(&source).expect("below the source");
        let module = module_of(relative);
        if is_test(&file) || module == "lib" || module == "prelude" {
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
fn no_circle_is_permitted() {
    for (index, (module, layer, peers)) in MODULES.iter().enumerate() {
        let below = &MODULES[..index];
        assert!(below.iter().all(|(_, other, _)| other <= layer), "{module}");
        for peer in *peers {
            let stands = below.iter().any(|(name, ..)| name == peer);
            assert!(stands, "`{peer}` does not stand before `{module}`");
        }
    }
}

#[test]
fn nobody_who_reads_the_list_of_rooms_names_one() {
    let rooms = rooms();
    for expected in ["db", "idempotency", "backup", "openapi"] {
        assert!(rooms.iter().any(|room| room == expected), "{rooms:?}");
    }
    let source = root().join("framework/src");
    let mut wrong = Vec::new();
    for reader in READERS {
        let path = source.join(reader);
        let files = if path.is_dir() {
            rust_files(&path)
        } else {
            vec![path]
        };
        for file in files {
            let text = code(&file);
            let relative = file.strip_prefix(&source).expect("below the source");
            for room in &rooms {
                // Without the database there is nothing to boot or to migrate; that it is well is a matter of its room.
                if room == "db" && relative != Path::new("server/health.rs") {
                    continue;
                }
                let mut words = text.split(|c: char| !c.is_alphanumeric());
                if words.any(|word| word == room) {
                    wrong.push(format!("{} names `{room}`", relative.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_guide_has_every_module_and_everything_that_a_room_brings() {
    let guide =
        fs::read_to_string(root().join("guides/architecture.md")).expect("the guide can be read");
    let row = |start: &str| {
        let row = guide.lines().find(|line| line.starts_with(start));
        row.unwrap_or_else(|| panic!("the guide has no row `{start}`"))
    };
    for (module, layer, _) in MODULES {
        let row = row(&format!("| L{layer} |"));
        assert!(row.contains(&format!("`{module}`")), "`{module}`: {row}");
    }
    let fields = fields_of_a_room();
    assert!(fields.len() > 8, "{fields:?}");
    for field in fields {
        row(&format!("| `{field}` |"));
    }
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
