//! Other people's programs that look at an application: Schemathesis, Locust, the linter Redocly, Chromium, a terminal.
//!
//! All but the browser are in the versions that the files in `tests/tools` pin.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::LazyLock,
};

use serde_json::Value;

use crate::{
    app::{clean, repository, target_folder},
    node,
};

/// The virtual environment of Python.
static PYTHON: LazyLock<PathBuf> = LazyLock::new(|| {
    let output = Command::new(folder().join("install-python"))
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .expect("`tests/tools/install-python` can be started");
    assert!(
        output.status.success(),
        "the programs of Python cannot be installed"
    );
    PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())
});

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

/// Sends to `base_url` what a description allows and what it does not, and compares the answers with it. `description`
/// is a file or a URL; `arguments` are added to those of `st run`.
///
/// The checks, the phases and the seed are those of `tests/tools/schemathesis.toml`. A run takes about two seconds for each
/// operation. With an access token the requests have it, except those that must be refused without it.
pub fn schemathesis(
    description: &str,
    base_url: &str,
    access_token: Option<&str>,
    arguments: &[&str],
) -> Outcome {
    // It leaves files where it runs.
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new(PYTHON.join("bin/st"));
    clean(&mut command);
    let output = command
        .args(["--no-color", "--config-file"])
        .arg(folder().join("schemathesis.toml"))
        .args(["run", description, "--url", base_url])
        .args(["--checks", "all"])
        .args(["--exclude-checks", REPLACED])
        .args(arguments)
        .current_dir(scratch.path())
        .envs(access_token.map(|token| ("ACCESS_TOKEN", token)))
        .env("PYTHONPATH", folder())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .output()
        .expect("Schemathesis can be started");
    Outcome::of(&output)
}

/// Runs the load test of an application against `base_url`. `arguments` are added to those of Locust, as `variables` are to its
/// environment.
pub fn locust(
    file: &Path,
    base_url: &str,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Outcome {
    let mut command = Command::new(PYTHON.join("bin/locust"));
    clean(&mut command);
    let output = command
        .arg("-f")
        .arg(file)
        .args(["--host", base_url])
        .args(arguments)
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .expect("Locust can be started");
    Outcome::of(&output)
}

/// The checks whose place is taken by those of `schemathesis_hooks.py`.
const REPLACED: &str =
    "positive_data_acceptance,negative_data_rejection,response_schema_conformance";

/// Checks a description against the rules of `OpenAPI` and of `tests/tools/redocly.yaml`.
pub fn lint_description(file: &Path) -> Outcome {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let mut command = node::tool(
        scratch.path(),
        "@redocly/cli/bin/cli.js",
        &["lint", "--format", "stylish", "--config"],
    );
    clean(&mut command);
    let output = command
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
    let mut command = node::node(profile.path(), [folder().join(script)]);
    clean(&mut command);
    let output = command
        .args(arguments)
        .env("NODE_PATH", node::tools().join("node_modules"))
        .env("CHROMIUM", chromium())
        // What a browser keeps besides its profile.
        .env("HOME", profile.path())
        .env("TMPDIR", profile.path())
        .output()
        .expect("Node.js can be started");
    let outcome = Outcome::of(&output);
    outcome.assert_good();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{script}: {error}\n{}", outcome.report))
}

/// Runs commands in a terminal, the last of which is a server, and draws what it shows as an SVG: see `tests/tools/terminal.py`. `meanwhile`
/// gets the URL of the server.
///
/// # Panics
///
/// When a command fails, or none listens.
#[track_caller]
pub fn draw_terminal(
    picture: &Path,
    folder: &Path,
    commands: &[&str],
    meanwhile: impl FnOnce(&str),
) {
    let mut command = Command::new(PYTHON.join("bin/python"));
    clean(&mut command);
    let own_tools = target_folder().join("debug");
    let path = env::var("PATH").unwrap_or_default();
    let mut terminal = command
        .arg(self::folder().join("terminal.py"))
        .args([picture, folder])
        .args(commands)
        .env("PATH", format!("{}:{path}", own_tools.display()))
        .env("CARGO_TARGET_DIR", target_folder())
        .env("FW_SERVER__PORT", "0")
        // Whoever commits what `cargo fw new` makes.
        .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_NAME"), "Ada")))
        .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_EMAIL"), "ada@example.com")))
        .env_remove("NO_COLOR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python can be started");
    let mut url = String::new();
    let output = terminal.stdout.take().expect("piped");
    BufReader::new(output)
        .read_line(&mut url)
        .expect("it can be read");
    if !url.is_empty() {
        meanwhile(url.trim());
    }
    // The end of its standard input stops the server.
    drop(terminal.stdin.take());
    let status = terminal.wait().expect("it ends");
    assert!(
        status.success() && !url.is_empty(),
        "the terminal ended with {status}"
    );
}

/// Makes the site of the guides in a folder.
///
/// # Panics
///
/// When mdBook cannot be installed, or is not content.
#[track_caller]
pub fn build_site(folder: &Path) {
    let output = Command::new(self::folder().join("install-mdbook"))
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .expect("`tests/tools/install-mdbook` can be started");
    assert!(output.status.success(), "mdBook cannot be installed");
    let program = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let mut command = Command::new(program);
    let output = command
        .arg("build")
        .arg(repository().join("guides"))
        .arg("--dest-dir")
        .arg(folder)
        .output()
        .expect("mdBook can be started");
    Outcome::of(&output).assert_good();
}

/// The HTML of the page at a URL as a browser has it when its scripts have run.
///
/// # Panics
///
/// When the browser cannot open it.
#[track_caller]
pub fn rendered(url: &str) -> String {
    let profile = tempfile::tempdir().expect("a temporary folder");
    let output = Command::new(chromium())
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--virtual-time-budget=10000",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(["--dump-dom", url])
        .stdin(Stdio::null())
        .output()
        .expect("the browser can be started");
    let outcome = Outcome::of(&output);
    outcome.assert_good();
    String::from_utf8_lossy(&output.stdout).into_owned()
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
