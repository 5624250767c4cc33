//! Other people's programs that look at an application: Schemathesis, the linter Redocly, Chromium.
//!
//! `tests/tools/install` installs them, each in the version that the files beside it pin.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::LazyLock,
};

use serde_json::Value;

use crate::app::{clean, repository};

static TOOLS: LazyLock<Tools> = LazyLock::new(Tools::install);

struct Tools {
    python: PathBuf,
    node: PathBuf,
}

impl Tools {
    fn install() -> Self {
        let output = Command::new(folder().join("install"))
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .expect("`tests/tools/install` can be started");
        assert!(output.status.success(), "the tools cannot be installed");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let path = |name: &str| {
            let line = said.lines().find_map(|line| line.strip_prefix(name));
            PathBuf::from(line.expect("the script says where it is"))
        };
        Self {
            python: path("python="),
            node: path("node="),
        }
    }
}

/// Where the configuration and the scripts of the tools are.
fn folder() -> PathBuf {
    repository().join("tests/tools")
}

/// What a tool has found.
#[derive(Debug)]
pub struct Outcome {
    /// Whether it is content.
    pub good: bool,
    /// Everything it printed.
    pub report: String,
}

impl Outcome {
    fn of(output: &Output) -> Self {
        Self {
            good: output.status.success(),
            report: format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            ),
        }
    }

    /// # Panics
    ///
    /// When the tool is not content; with everything it printed.
    #[track_caller]
    pub fn assert_good(&self) {
        assert!(self.good, "{}", self.report);
    }
}

/// A folder `node_modules` with the packages of `tests/tools/package.json`.
pub fn node_modules() -> PathBuf {
    TOOLS.node.join("node_modules")
}

/// A program of one of these packages, such as `tsc`.
pub fn node_program(name: &str) -> Command {
    let mut command = Command::new(node_modules().join(".bin").join(name));
    clean(&mut command);
    command.stdin(Stdio::null());
    command
}

/// Sends to `base_url` what a description allows and what it does not, and compares the answers with it. `description`
/// is a file or a URL; `arguments` are added to those of `st run`.
///
/// The checks, the phases and the seed are those of `tests/tools/schemathesis.toml`. A run takes about two seconds for each
/// operation.
pub fn schemathesis(description: &str, base_url: &str, arguments: &[&str]) -> Outcome {
    // It leaves files where it runs.
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new(TOOLS.python.join("bin/st"));
    clean(&mut command);
    let output = command
        .args(["--no-color", "--config-file"])
        .arg(folder().join("schemathesis.toml"))
        .args(["run", description, "--url", base_url])
        // One of the hooks takes its place.
        .args(["--checks", "all"])
        .args(["--exclude-checks", "positive_data_acceptance"])
        .args(arguments)
        .current_dir(scratch.path())
        .env("PYTHONPATH", folder())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .output()
        .expect("Schemathesis can be started");
    Outcome::of(&output)
}

/// Checks a description against the rules of `OpenAPI` and of `tests/tools/redocly.yaml`.
pub fn lint_description(file: &Path) -> Outcome {
    let output = node_program("redocly")
        .args(["lint", "--format", "stylish", "--config"])
        .arg(folder().join("redocly.yaml"))
        .arg(file)
        .env("REDOCLY_TELEMETRY", "off")
        .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true")
        .output()
        .expect("Redocly can be started");
    Outcome::of(&output)
}

/// Runs a script of `tests/tools` that drives a browser, and gives the JSON that it prints.
///
/// # Panics
///
/// When it fails, or prints something else.
#[track_caller]
pub fn browse(script: &str, arguments: &[&str]) -> Value {
    let profile = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new("node");
    clean(&mut command);
    let output = command
        .arg(folder().join(script))
        .args(arguments)
        .env("NODE_PATH", node_modules())
        .env("CHROMIUM", chromium())
        // What a browser keeps besides its profile.
        .env("HOME", profile.path())
        .env("TMPDIR", profile.path())
        .stdin(Stdio::null())
        .output()
        .expect("Node.js can be started");
    let outcome = Outcome::of(&output);
    outcome.assert_good();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{script}: {error}\n{}", outcome.report))
}

/// The program of a Chromium, or of a Chrome, which is one.
fn chromium() -> PathBuf {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let folders: Vec<PathBuf> =
        env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .chain([PathBuf::from(
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        )])
        .find(|program| fs::metadata(program).is_ok_and(|metadata| metadata.is_file()))
        .expect("Chromium is missing: install it, or let `tests/run` do so")
}
