//! Where applications are made and built: `~/.cache/framewright/bench`. Everything there may be removed; the next run takes
//! longer then.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
    time::{Instant, SystemTime},
};

use clap::Args;
use fw_tests::{
    app::{cargo_fw, clean, repository, succeed, target_folder},
    process::Process,
};

use crate::{
    change::count_crates,
    contender::{Contender, Name},
    database::Kind,
    say,
};

/// What every application has.
pub(crate) const SCAFFOLD: &str = "post title:string! content:text";

/// How an application is made.
pub(crate) struct Recipe {
    /// Words for `cargo fw new`.
    pub(crate) words: &'static [&'static str],
    /// Files of `tests/fixtures` that it gets as modules with routes.
    pub(crate) modules: &'static [&'static str],
    /// What its hooks get.
    pub(crate) hooks: &'static str,
}

/// An application of an API, with jobs.
const API: Recipe = Recipe {
    words: &["--scaffold", SCAFFOLD],
    modules: &["bench", "bench_jobs"],
    hooks: "    fn jobs() -> Jobs {\n        crate::bench_jobs::jobs()\n    }\n\n",
};

/// Builds an application and the bare servers together, so that what both use is built once and is the same.
///
/// The profile is that of a new application. The symbols are for profiles; the binaries that are measured have none.
const WORKSPACE: &str = r#"[workspace]
resolver = "3"
members = ["bench", "bare"]

[profile.release]
codegen-units = 1
debug = "line-tables-only"
"#;

pub(crate) fn cache() -> PathBuf {
    let home = env::var_os("HOME").expect("`HOME` is set");
    Path::new(&home).join(".cache/framewright/bench")
}

/// The folder `name` in the cache, made if need be.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = cache().join(name);
    fs::create_dir_all(&folder)
        .unwrap_or_else(|error| panic!("`{}` cannot be made: {error}", folder.display()));
    folder
}

/// What to do before anything is measured.
#[derive(Args, Clone, Copy)]
pub(crate) struct Build {
    /// Measures what an earlier run has built.
    #[arg(long)]
    pub(crate) no_build: bool,
}

/// The framework's application, which comes first, and the bare servers.
pub(crate) fn contenders(kind: Kind, build: Build) -> Vec<Contender> {
    if !build.no_build {
        build_contenders(kind);
    }
    let root = folder(&format!("work/{}", kind.word()));
    [Name::Framewright, Name::AxumSeaOrm, Name::AxumSqlx]
        .map(|name| built(name, &root.join("bench"), kind.word()))
        .into()
}

/// The framework's application alone, with further features of the framework.
pub(crate) fn application(kind: Kind, features: &[&str], build: Build) -> Contender {
    let words: Vec<_> = [&[kind.word()], features].concat();
    let place = words.join("-");
    let root = folder(&format!("work/{place}"));
    if !build.no_build {
        prepare(&root, kind, &API);
        add_features(&root.join("bench/Cargo.toml"), features);
        say(&format!(
            "building framewright's application for {place} (some minutes the first time)"
        ));
        let target = folder("target");
        let mut command = cargo(&root, &target);
        run(command.args(["build", "--release", "--quiet", "--package", "bench"]));
        keep(Name::Framewright, &target.join("release/bench"), &place);
    }
    built(Name::Framewright, &root.join("bench"), &place)
}

/// Makes the sources of the application and of the bare servers.
pub(crate) fn prepare(root: &Path, kind: Kind, recipe: &Recipe) {
    make_application(root, kind, recipe);
    copy_changed(
        &repository().join("tests/fixtures/bare"),
        &root.join("bare"),
    );
    for member in ["bench", "bare"] {
        join_workspace(&root.join(member).join("Cargo.toml"));
    }
    write_changed(&root.join("Cargo.toml"), WORKSPACE.as_bytes());
    let lock = fs::read(root.join("bench/Cargo.lock")).expect("an application has a lock file");
    if !root.join("Cargo.lock").exists() {
        write_changed(&root.join("Cargo.lock"), &lock);
    }
}

fn build_contenders(kind: Kind) {
    let root = folder(&format!("work/{}", kind.word()));
    prepare(&root, kind, &API);
    say(&format!(
        "building framewright's application and the bare servers for {} (some minutes the first time)",
        kind.word()
    ));
    let mut command = cargo(&root, &folder("target"));
    command
        .args(["build", "--release", "--quiet", "--workspace", "--features"])
        .arg(format!("bare/{}", kind.word()));
    run(&mut command);
    for (name, program) in [
        (Name::Framewright, "bench"),
        (Name::AxumSeaOrm, "axum-sea-orm"),
        (Name::AxumSqlx, "axum-sqlx"),
    ] {
        let binary = folder("target").join("release").join(program);
        keep(name, &binary, kind.word());
    }
}

/// Puts a binary where no other build overwrites it, in the folder `place`, and a copy without symbols beside it.
pub(crate) fn keep(name: Name, binary: &Path, place: &str) {
    let folder = folder(&format!("work/{place}/bin"));
    let with_symbols = folder.join(format!("{name}.symbols"));
    fs::copy(binary, &with_symbols)
        .unwrap_or_else(|error| panic!("`{}` cannot be copied: {error}", binary.display()));
    succeed(
        Command::new("strip")
            .arg("-o")
            .arg(folder.join(name.to_string()))
            .arg(&with_symbols),
    );
}

/// A contender whose binaries were kept, in the folder `place`, to be run in `root`.
pub(crate) fn built(name: Name, root: &Path, place: &str) -> Contender {
    let binaries = folder(&format!("work/{place}/bin"));
    let binary = binaries.join(name.to_string());
    assert!(
        binary.exists(),
        "`{}` was not built yet: run this without `--no-build`",
        binary.display()
    );
    Contender {
        name,
        with_symbols: binaries.join(format!("{name}.symbols")),
        binary,
        root: root.to_owned(),
        scratch: folder(&format!("work/{place}/{name}")),
    }
}

/// `cargo` in a folder, with a target folder, saying what it does on standard error.
pub(crate) fn cargo(root: &Path, target: &Path) -> Command {
    let mut command = Command::new("cargo");
    clean(&mut command);
    command
        .current_dir(root)
        .env("CARGO_TARGET_DIR", target)
        .stdin(Stdio::null());
    command
}

/// Runs a command whose words are for standard error.
pub(crate) fn run(command: &mut Command) {
    let output = command
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .status()
        .unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
    assert!(output.success(), "{command:?} ended with {output}");
}

/// The first build of a new application.
pub(crate) struct FirstBuild {
    /// Seconds on the clock.
    pub(crate) seconds: f64,
    /// Seconds of processor time.
    pub(crate) processor: f64,
    pub(crate) crates: f64,
}

impl FirstBuild {
    /// Makes an application of a template and builds it into an empty target folder, which is gone afterwards.
    pub(crate) fn of(template: &str) -> Self {
        say(&format!("a first build of `--template {template}`"));
        let scratch = folder("temporary-first-build");
        fs::remove_dir_all(&scratch).expect("what an earlier run has left can be removed");
        let scratch = folder("temporary-first-build");
        let words = ["new", template, "--no-git", "--yes", "--template", template];
        succeed(&mut cargo_fw(&scratch, &words));
        let app = scratch.join(template);
        let target = scratch.join("target");
        run(cargo(&app, &target).args(["fetch", "--quiet"]));
        let children = || {
            Process(process::id())
                .processor_time_of_children()
                .as_secs_f64()
        };
        let (before, begin) = (children(), Instant::now());
        run(cargo(&app, &target).args(["build", "--quiet", "--offline"]));
        let build = Self {
            seconds: begin.elapsed().as_secs_f64(),
            processor: children() - before,
            crates: count_crates(&app),
        };
        fs::remove_dir_all(&scratch).expect("the folder can be removed");
        build
    }
}

/// Lines of every new application, which others are put beside.
const HOME: &str = ".merge(crate::home::routes())";
const TASKS: &str = "    fn tasks()";

/// Makes the application anew when the command line tool or what is added to the application has changed.
fn make_application(root: &Path, kind: Kind, recipe: &Recipe) {
    let app = root.join("bench");
    let cli = target_folder().join("debug/cargo-fw");
    let made_with = fs::metadata(&cli)
        .and_then(|metadata| metadata.modified())
        .ok()
        .and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok())
        .unwrap_or_else(|| panic!("`{}` is missing", cli.display()));
    let stamp = root.join("made-with");
    let expected = format!("{made_with:?}");
    if fs::read_to_string(&stamp).is_ok_and(|found| found == expected) {
        add_modules(&app, recipe);
        return;
    }
    say(&format!("making an application for {}", kind.word()));
    if app.exists() {
        fs::remove_dir_all(&app).expect("the application of an earlier run can be removed");
    }
    let _ = fs::remove_file(root.join("Cargo.lock"));
    let words = ["new", "bench", "--no-git", "--yes", "--db", kind.word()];
    succeed(cargo_fw(root, &words).args(recipe.words));
    let listed = |line: &dyn Fn(&str) -> String| -> String {
        recipe.modules.iter().map(|module| line(module)).collect()
    };
    let modules = listed(&|module| format!("pub mod {module};\n"));
    let routes = listed(&|module| format!("\n            .merge(crate::{module}::routes())"));
    for (file, place, new) in [
        ("lib.rs", "pub mod home;", modules + "pub mod home;"),
        ("app.rs", HOME, format!("{HOME}{routes}")),
        ("app.rs", TASKS, format!("{}{TASKS}", recipe.hooks)),
    ] {
        edit(&app.join("src").join(file), place, &new);
    }
    add_modules(&app, recipe);
    fs::write(stamp, expected).expect("the stamp can be written");
}

fn add_modules(app: &Path, recipe: &Recipe) {
    for module in recipe.modules {
        let file = format!("{module}.rs");
        let source = repository().join("tests/fixtures").join(&file);
        let bytes = fs::read(source).expect("the fixture can be read");
        write_changed(&app.join("src").join(file), &bytes);
    }
}

/// Adds features of the framework to an application, unless it has them already.
fn add_features(manifest: &Path, features: &[&str]) {
    const FIRST: &str = r#"features = ["openapi", "#;
    let text = fs::read_to_string(manifest)
        .unwrap_or_else(|error| panic!("`{}`: {error}", manifest.display()));
    let quoted: Vec<_> = features
        .iter()
        .map(|name| format!("\"{name}\", "))
        .collect();
    let all = quoted.concat();
    let with_all = format!("{FIRST}{all}");
    if !text.contains(&with_all) {
        edit(manifest, FIRST, &with_all);
    }
}

/// Replaces the only place where a file has `old`.
pub(crate) fn edit(file: &Path, old: &str, new: &str) {
    let text = fs::read_to_string(file)
        .unwrap_or_else(|error| panic!("`{}` cannot be read: {error}", file.display()));
    assert!(
        text.matches(old).count() == 1,
        "`{}` has not exactly one `{old}`",
        file.display()
    );
    fs::write(file, text.replace(old, new)).expect("the file can be written");
}

/// Makes a package that stands alone a member of the workspace around it, whose profiles count then.
fn join_workspace(manifest: &Path) {
    let text = fs::read_to_string(manifest)
        .unwrap_or_else(|error| panic!("`{}`: {error}", manifest.display()));
    let mut skip = false;
    let kept: Vec<&str> = text
        .lines()
        .filter(|line| {
            if line.starts_with('[') {
                skip = line.starts_with("[workspace]") || line.starts_with("[profile");
            }
            !skip
        })
        .collect();
    write_changed(manifest, (kept.join("\n") + "\n").as_bytes());
}

/// Copies a folder; a file that is the same keeps its date, so that nothing is built again.
pub(crate) fn copy_changed(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the folder can be made");
    for entry in fs::read_dir(from).expect("the folder can be read") {
        let entry = entry.expect("the folder can be read");
        let (path, copy) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_changed(&path, &copy);
        } else {
            write_changed(&copy, &fs::read(&path).expect("the file can be read"));
        }
    }
}

fn write_changed(file: &Path, bytes: &[u8]) {
    if fs::read(file).is_ok_and(|found| found == bytes) {
        return;
    }
    fs::write(file, bytes)
        .unwrap_or_else(|error| panic!("`{}` cannot be written: {error}", file.display()));
}
