//! Common mistakes do not compile, and the compiler says what to write instead.
//!
//! Each file of `tests/fixtures/mistakes` is one mistake; beside it is what the compiler says. `BLESS=1 tests/run mistakes` accepts
//! what it says now. All of them are examples of one generated application, so the dependencies are those that the other tests
//! have built already: trybuild builds them once more, in a folder of its own.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use fw_tests::app::{App, repository};
use serde_json::Value;

/// A file with a mistake.
struct Mistake {
    name: String,
    path: PathBuf,
}

impl Mistake {
    fn all() -> Vec<Self> {
        let folder = repository().join("tests/fixtures/mistakes");
        let mut all: Vec<_> = fs::read_dir(folder)
            .expect("the folder can be listed")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
            .map(|path| Self {
                name: path
                    .file_stem()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
                path,
            })
            .collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    fn expected(&self) -> PathBuf {
        self.path.with_extension("stderr")
    }
}

/// The errors of each example, as the compiler shows them.
fn compile(app: &App) -> BTreeMap<String, String> {
    let words = [
        "build",
        "--examples",
        "--keep-going",
        "--quiet",
        "--message-format=json",
    ];
    let output = app.cargo(&words).output().expect("cargo can be started");
    let mut errors: BTreeMap<String, String> = BTreeMap::new();
    let messages = String::from_utf8_lossy(&output.stdout);
    for message in messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
    {
        let error = &message["message"];
        let is_shown = error["level"] == "error" && !is_summary(error);
        if message["reason"] != "compiler-message" || !is_shown {
            continue;
        }
        let kind = &message["target"]["kind"][0];
        assert_eq!(
            kind, "example",
            "the application itself: {}",
            error["rendered"]
        );
        let name = message["target"]["name"].as_str().expect("a name");
        let text = error["rendered"].as_str().expect("a text");
        *errors.entry(name.to_owned()).or_default() += &portable(text);
    }
    assert!(
        !errors.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    errors
}

/// `aborting due to 2 previous errors`
fn is_summary(error: &Value) -> bool {
    error["spans"].as_array().is_none_or(Vec::is_empty)
}

/// The text without what differs between machines, and without source code of files that are not about the mistake.
fn portable(text: &str) -> String {
    let mut lines = Vec::new();
    let mut is_foreign = false;
    for line in text.trim_end().lines() {
        let (gutter, rest) = line.split_at(line.len() - line.trim_start_matches(is_gutter).len());
        if let Some(place) = rest.strip_prefix("--> ").or(rest.strip_prefix("::: ")) {
            is_foreign = place.starts_with('/');
            let place = if is_foreign {
                foreign(place)
            } else {
                place.to_owned()
            };
            lines.push(format!("  --> {place}"));
            continue;
        }
        let is_source = rest.starts_with('|') || rest == "...";
        if is_foreign && is_source {
            continue;
        }
        is_foreign &= is_source;
        let is_about_a_file = ["the full name for the type", "consider using `--verbose`"]
            .iter()
            .any(|start| rest.starts_with(&format!("= note: {start}")));
        if is_about_a_file {
            continue;
        }
        // The longest line number, perhaps one of another file, decides how wide the gutter is.
        let is_in_gutter = is_source || rest.starts_with("= ");
        lines.push(match gutter.trim() {
            number if is_in_gutter => format!("{number:>3} {rest}"),
            _ => line.to_owned(),
        });
    }
    lines.join("\n") + "\n\n"
}

fn is_gutter(c: char) -> bool {
    c == ' ' || c.is_ascii_digit()
}

/// `/home/me/.cargo/registry/src/index/axum-core-0.5.6/src/lib.rs:7:1` → `axum-core-0.5.6/src/lib.rs`
fn foreign(place: &str) -> String {
    let path = place.split(':').next().unwrap_or_default();
    if let Ok(own) = Path::new(path).strip_prefix(repository()) {
        return own.display().to_string();
    }
    match path.split_once("/src/index") {
        Some((_, rest)) => rest
            .split_once('/')
            .map_or(rest, |(_, file)| file)
            .to_owned(),
        None => path
            .split_once("/library/")
            .map_or(path, |(_, file)| file)
            .to_owned(),
    }
}

#[test]
fn the_compiler_says_what_to_write_instead() {
    let mistakes = Mistake::all();
    assert!(mistakes.len() >= 10, "there are mistakes");
    let app = App::new("mistakes", &[]);
    // Some are about accounts.
    let manifest = app.root.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).expect("the manifest can be read");
    let with_accounts = text.replace(
        r#"features = ["openapi""#,
        r#"features = ["auth", "openapi""#,
    );
    assert_ne!(text, with_accounts);
    fs::write(&manifest, with_accounts).expect("the manifest is written");
    let examples = app.root.join("examples");
    fs::create_dir(&examples).expect("the folder is made");
    for mistake in &mistakes {
        let copy = examples.join(format!("{}.rs", mistake.name));
        fs::copy(&mistake.path, copy).expect("the file is copied");
    }
    let mut errors = compile(&app);
    let mut wrong = Vec::new();
    for mistake in &mistakes {
        let Some(said) = errors.remove(&mistake.name) else {
            wrong.push(format!("`{}` compiles", mistake.name));
            continue;
        };
        if env::var_os("BLESS").is_some() {
            fs::write(mistake.expected(), &said).expect("the file is written");
        }
        let expected = fs::read_to_string(mistake.expected()).unwrap_or_default();
        if said != expected {
            wrong.push(format!(
                "`{}`: expected\n{expected}\nbut the compiler says\n{said}",
                mistake.name
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
