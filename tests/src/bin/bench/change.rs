//! `change`: what it costs to change an application: builds, rebuilds, tests, generators.
//!
//! Every cold build has an empty target folder of its own. Crates are downloaded before.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use clap::{Args, ValueEnum};
use fw_tests::app::{clean, repository, succeed};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    figures::{Figures, Table, Targets},
    loco, say,
    server::{Server, free_port},
    workplace::{self, SCAFFOLD, cargo, edit, run as finish},
};

/// How long a server may take to be built and to start.
const BUILD: Duration = Duration::from_mins(15);

/// How often a rebuild after a change of a handler is measured.
const HANDLER: u32 = 5;

/// How often a rebuild after a change of a model is measured.
const MODEL: u32 = 3;

/// How often the tests are run.
const TESTS: u32 = 3;

/// How often the command line tool is run.
const COMMANDS: u32 = 10;

/// Builds, rebuilds, tests, the way from a new resource to its endpoint; half an hour, and as long again for Loco
#[derive(Args)]
pub(crate) struct Options {
    /// Leaves out the other.
    #[arg(long, value_enum)]
    only: Option<Whose>,
    /// Leaves out the optimized build, and the one that only checks.
    #[arg(long)]
    skip_release: bool,
    /// Measures the builds into an empty target folder, and nothing else.
    #[arg(long, conflicts_with = "skip_release")]
    only_cold: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Whose {
    Framewright,
    Loco,
}

/// An application that is changed.
pub(crate) struct Subject {
    pub(crate) root: PathBuf,
    /// The name of its binary.
    pub(crate) binary: &'static str,
    /// A file, and the line in it after which a handler gets one more.
    pub(crate) handler: (&'static str, &'static str),
    /// The file of a model, whose type is `Model`.
    pub(crate) model: &'static str,
}

pub(crate) fn run(options: &Options) -> Value {
    let wanted = |whose| options.only.is_none_or(|only| only == whose);
    let mut figures = Value::Null;
    if wanted(Whose::Framewright) {
        figures["framewright"] = framewright(options);
    }
    if wanted(Whose::Loco) {
        figures["loco"] = loco(options);
    }
    figures
}

/// The figures of one subject, in the order in which they were measured.
struct Report {
    name: &'static str,
    lines: Vec<(&'static str, Figures)>,
}

impl Report {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            lines: Vec::new(),
        }
    }

    fn add(&mut self, what: &'static str, figures: Figures) {
        say(&format!("{}: {what}: {}", self.name, figures.show(2)));
        self.lines.push((what, figures));
    }

    fn add_one(&mut self, what: &'static str, figure: f64) {
        self.add(what, [figure].into_iter().collect());
    }

    fn median(&self, what: &str) -> Option<f64> {
        let found = self.lines.iter().find(|(name, _)| *name == what);
        found.map(|(_, figures)| figures.median())
    }

    fn print(&self) -> Value {
        println!("\n## Change: {}\n", self.name);
        let mut table = Table::new(["", "median (lowest–highest)"]);
        for (what, figures) in &self.lines {
            table.row([(*what).to_owned(), figures.show(2)]);
        }
        println!("{table}");
        let lines = self.lines.iter();
        lines
            .map(|(what, figures)| ((*what).to_owned(), figures.json()))
            .collect()
    }
}

const COLD: &str = "cold build s";
const RELEASE: &str = "cold release build s";
const REBUILD: &str = "rebuild after a change of a handler s";
const CRATES: &str = "crates (`cargo tree -e normal,build`, each once)";
const TEST: &str = "`cargo test`, built, s";
const LOOP: &str = "from `generate scaffold` to the first answer s";
const INSTALL: &str = "`cargo install` of the command line tool s";
const GENERATE: &str = "`generate scaffold` s";
const ROUTES: &str = "`cargo fw routes` on a built application s";

/// The command line tool, installed as a user installs it.
struct Tool(PathBuf);

impl Tool {
    fn install(folder: &Path, report: &mut Report) -> Self {
        let (root, target) = (folder.join("cli"), folder.join("target-cli"));
        fetch(repository());
        let seconds = time(|| {
            finish(
                cargo(repository(), &target)
                    .args([
                        "install",
                        "--profile",
                        "cli",
                        "--quiet",
                        "--locked",
                        "--offline",
                    ])
                    .args(["--path", "cli", "--root"])
                    .arg(&root),
            );
        });
        report.add_one(INSTALL, seconds);
        remove(&target);
        Self(root.join("bin/cargo-fw"))
    }

    fn command(&self, root: &Path, target: &Path, words: &[&str]) -> Command {
        let mut command = Command::new(&self.0);
        clean(&mut command);
        command
            .arg("fw")
            .args(words)
            .current_dir(root)
            .env("CARGO_TARGET_DIR", target)
            .stdin(Stdio::null());
        command
    }
}

fn framewright(options: &Options) -> Value {
    let mut report = Report::new("framewright");
    let folder = scratch();
    let tool = Tool::install(folder.path(), &mut report);
    let target = folder.path().join("target");
    let new = ["new", "bench", "--no-git", "--yes", "--scaffold", SCAFFOLD];
    succeed(&mut tool.command(folder.path(), &target, &new));
    let subject = Subject {
        root: folder.path().join("bench"),
        binary: "bench",
        handler: (
            "src/posts/controller.rs",
            ") -> Result<Paginated<PostView>> {",
        ),
        model: "src/posts/model.rs",
    };
    measure(&subject, folder.path(), options, &mut report);
    if !options.only_cold {
        measure_tool(&tool, &subject, &target, &mut report);
    }
    let mut figures = report.print();
    let mut targets = Targets::new();
    for (what, wanted) in [
        (COLD, 136.0),
        (REBUILD, 2.4),
        (RELEASE, 280.0),
        (CRATES, 300.0),
        (TEST, 3.0),
        (LOOP, 10.0),
        (INSTALL, 90.0),
        (GENERATE, 0.3),
        (ROUTES, 1.0),
    ] {
        if let Some(measured) = report.median(what) {
            targets.at_most(what, measured, wanted);
        }
    }
    figures["targets"] = targets.print();
    figures
}

fn measure_tool(tool: &Tool, subject: &Subject, target: &Path, report: &mut Report) {
    let fw = |words: &[&str]| tool.command(&subject.root, target, words);
    let routes = || finish(&mut fw(&["routes"]));
    // Whatever the steps before have left to be built.
    routes();
    report.add(ROUTES, (0..COMMANDS).map(|_| time(routes)).collect());
    let mut figures = Figures::new();
    for _ in 0..COMMANDS {
        let words = ["generate", "scaffold", "note", "body:text!"];
        figures.push(time(|| finish(&mut fw(&words))));
        finish(&mut fw(&["destroy", "scaffold", "note"]));
    }
    report.add(GENERATE, figures);
    let port = free_port();
    let number = port.to_string();
    let start = |path: &str| {
        let command = fw(&["start", "--port", &number]);
        drop(Started::new(command, subject, target, port, path));
    };
    start("/api/v1/posts");
    let seconds = time(|| {
        finish(&mut fw(&["generate", "scaffold", "comment", "body:text!"]));
        start("/api/v1/comments");
    });
    report.add_one(LOOP, seconds);
}

fn loco(options: &Options) -> Value {
    let mut report = Report::new("loco");
    let folder = scratch();
    let subject = loco::subject(folder.path());
    measure(&subject, folder.path(), options, &mut report);
    if options.only_cold {
        return report.print();
    }
    let target = folder.path().join("target");
    let port = free_port();
    let start = || loco::start(&subject.root, &target, port);
    drop(Started::new(start(), &subject, &target, port, "/api/posts"));
    let seconds = time(|| {
        loco::generate(&subject.root, &target, &["comment", "body:text!"]);
        drop(Started::new(
            start(),
            &subject,
            &target,
            port,
            "/api/comments",
        ));
    });
    report.add_one(LOOP, seconds);
    report.print()
}

/// What is measured in the same way for both. The target folder `target` in `folder` is left for what comes after.
fn measure(subject: &Subject, folder: &Path, options: &Options, report: &mut Report) {
    fetch(&subject.root);
    report.add_one(CRATES, count_crates(&subject.root));
    let target = folder.join("target");
    let build = |target: &Path, words: &[&str]| {
        finish(
            cargo(&subject.root, target)
                .args(words)
                .args(["--quiet", "--offline"]),
        );
    };
    report.add_one(COLD, time(|| build(&target, &["build"])));
    if !options.only_cold {
        measure_changes(subject, &target, &build, report);
    }
    if options.skip_release {
        return;
    }
    for (what, words) in [
        ("cold check s", &["check"][..]),
        (RELEASE, &["build", "--release"]),
    ] {
        let other = folder.join("target-cold");
        report.add_one(what, time(|| build(&other, words)));
        remove(&other);
    }
}

/// What is measured after the first build into `target`: rebuilds and tests.
fn measure_changes(
    subject: &Subject,
    target: &Path,
    build: &impl Fn(&Path, &[&str]),
    report: &mut Report,
) {
    let binary = target.join("debug").join(subject.binary);
    report.add_one("debug binary MB", megabytes(&binary));
    report.add_one("target folder after the build MB", megabytes(target));
    let (file, anchor) = subject.handler;
    let handler = subject.root.join(file);
    let mut last = anchor.to_owned();
    let mut figures = Figures::new();
    for number in 0..HANDLER {
        let next = format!("{anchor}\n    let _change = {number};");
        edit(&handler, &last, &next);
        last = next;
        figures.push(time(|| build(target, &["build"])));
    }
    report.add(REBUILD, figures);
    let model = subject.root.join(subject.model);
    let mut figures = Figures::new();
    for number in 0..MODEL {
        let text = fs::read_to_string(&model)
            .unwrap_or_else(|error| panic!("`{}`: {error}", model.display()));
        let method = format!(
            "\nimpl Model {{\n    pub fn is_number_{number}(&self) -> bool {{\n        self.id == {number}\n    }}\n}}\n"
        );
        fs::write(&model, text + &method).expect("the model can be written");
        figures.push(time(|| build(target, &["build"])));
    }
    report.add("rebuild after a change of a model s", figures);
    let first = time(|| build(target, &["test", "--no-run"]));
    report.add_one("build of the tests after that s", first);
    let test = || build(target, &["test"]);
    test();
    report.add(TEST, (0..TESTS).map(|_| time(test)).collect());
}

/// A server that a build tool has started, with the tool; both are stopped when this is dropped.
struct Started {
    _server: Server,
    binary: PathBuf,
}

impl Started {
    /// Starts and waits until `path` is answered.
    fn new(command: Command, subject: &Subject, target: &Path, port: u16, path: &str) -> Self {
        let log = target.join("started.log");
        Self {
            _server: Server::start(command, port, path, &log, BUILD),
            binary: target.join("debug").join(subject.binary),
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // The tool may have started the application as a process of its own, which would live on.
        for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let program = fs::read_link(process.path().join("exe"));
            if program.is_ok_and(|program| program == self.binary) {
                let _ = Command::new("kill").arg(process.file_name()).status();
            }
        }
    }
}

/// Downloads what a build needs, so that no build waits for it.
fn fetch(root: &Path) {
    finish(cargo(root, &root.join("target")).args(["fetch", "--quiet"]));
}

pub(crate) fn count_crates(root: &Path) -> f64 {
    let listed = succeed(cargo(root, root).args([
        "tree",
        "--offline",
        "--quiet",
        "-e",
        "normal,build",
        "--prefix",
        "none",
    ]));
    let crates: BTreeSet<&str> = listed
        .lines()
        .map(|line| line.trim_end_matches(" (*)").trim())
        .filter(|line| !line.is_empty())
        .collect();
    #[expect(
        clippy::cast_precision_loss,
        reason = "there are fewer than 2⁵³ crates"
    )]
    let count = crates.len() as f64;
    count
}

fn time(work: impl FnOnce()) -> f64 {
    let begin = Instant::now();
    work();
    begin.elapsed().as_secs_f64()
}

/// An empty folder, removed at the end; what an interrupted run has left goes as well.
fn scratch() -> TempDir {
    remove(&workplace::folder("temporary"));
    let place = workplace::folder("temporary");
    tempfile::tempdir_in(&place).unwrap_or_else(|error| panic!("`{}`: {error}", place.display()))
}

fn remove(folder: &Path) {
    fs::remove_dir_all(folder)
        .unwrap_or_else(|error| panic!("`{}` cannot be removed: {error}", folder.display()));
}

/// How large a folder or file is on the disk, in megabytes.
fn megabytes(path: &Path) -> f64 {
    let said = succeed(Command::new("du").args(["-s", "-B", "1000"]).arg(path));
    let thousands = said
        .split_whitespace()
        .next()
        .and_then(|number| number.parse::<f64>().ok());
    thousands.expect("`du` prints a number") / 1e3
}
