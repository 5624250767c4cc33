//! The command `doctor`, which checks the tools of this machine and runs the app's own `doctor`.

mod nested_rules;
mod own_rows;
mod sources;

use std::{
    ffi::OsString,
    path::Path,
    process::{Command, ExitCode},
};

use crate::{
    error::CliError,
    run::{self, EnvironmentArgs},
};

/// The oldest Rust that builds the framework; empty when this program was built outside cargo.
const RUST: &str = env!("CARGO_PKG_RUST_VERSION");
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The arguments of `doctor`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Also checks what weakens a server on the internet
    #[arg(long)]
    deploy: bool,
    /// Checks only what needs no database and no secret, as in a pipeline before a deployment
    #[arg(long = "static")]
    is_static: bool,
    #[command(flatten)]
    environment: EnvironmentArgs,
}

impl Args {
    /// The options as the app takes them.
    fn words(&self) -> Vec<OsString> {
        let options = [(self.deploy, "--deploy"), (self.is_static, "--static")];
        let given = options.into_iter().filter(|(is_given, _)| *is_given);
        let given = given.map(|(_, option)| option.into());
        given.chain(self.environment.words()).collect()
    }
}

/// The result of one check. The ids are stable, like those of the app's own `doctor`.
struct Finding {
    id: &'static str,
    result: Result<String, String>,
}

/// Prints each finding, then runs the app's own `doctor`. The exit code is 1 if a check failed.
pub(crate) fn run(args: &Args) -> Result<ExitCode, CliError> {
    let root = run::app_root();
    let mut findings = vec![rust(), tool("cargo"), tool("rustfmt")];
    if let Ok(root) = &root {
        findings.push(framework(root));
        findings.push(nested_rules(root));
        findings.push(own_rows(root));
    }
    let mut good = true;
    for Finding { id, result } in findings {
        good &= result.is_ok();
        match result {
            Ok(text) => anstream::println!("ok    {id}: {text}"),
            Err(text) => anstream::println!("FAIL  {id}: {}", text.replace('\n', "\n      ")),
        }
    }
    let of_app = run::wait_for(&root?, "doctor", &args.words())?;
    Ok(if good { of_app } else { ExitCode::FAILURE })
}

fn rust() -> Finding {
    let result = version_of("rustc").and_then(|version| {
        if numbers(&version) >= numbers(RUST) {
            Ok(format!("{version} ({RUST} or newer is needed)"))
        } else {
            Err(format!(
                "{version} is too old: {RUST} or newer is needed\nhint: `rustup update`"
            ))
        }
    });
    Finding { id: "rust", result }
}

fn tool(name: &'static str) -> Finding {
    Finding {
        id: name,
        result: version_of(name),
    }
}

/// The first line of the output of `PROGRAM --version`.
fn version_of(program: &str) -> Result<String, String> {
    let missing = |reason: &str| {
        Err(format!(
            "`{program}` {reason}\nhint: install it with rustup: <https://rustup.rs>"
        ))
    };
    match Command::new(program).arg("--version").output() {
        Ok(output) if output.status.success() => {
            let text = String::from_utf8_lossy(&output.stdout);
            Ok(text.lines().next().unwrap_or_default().to_owned())
        }
        Ok(_) => missing("does not run"),
        Err(error) => missing(&format!("cannot be run: {error}")),
    }
}

/// Checks that the framework has the version of this program: generated code fits that one.
fn framework(root: &Path) -> Finding {
    let result = match run::locked_framework(root) {
        Err(error) => Err(error.to_string()),
        Ok(None) => Ok("no `Cargo.lock` with it yet".to_owned()),
        Ok(Some(version)) if numbers(&version)[..2] == numbers(VERSION)[..2] => {
            Ok(format!("framewright {version}, cargo-fw {VERSION}"))
        }
        Ok(Some(version)) => Err(format!(
            "the app uses framewright {version}, and this is cargo-fw {VERSION}\nhint: `cargo update framewright framewright-testing`, or install \
             the other cargo-fw: `cargo install cargo-fw --version {version}`"
        )),
    };
    Finding {
        id: "framework",
        result,
    }
}

/// Checks that the rules of each type are looked at where it is a field of another.
fn nested_rules(root: &Path) -> Finding {
    let unchecked = nested_rules::find(root);
    let result = if unchecked.is_empty() {
        Ok("the rules of every nested type are checked".to_owned())
    } else {
        let mut lines: Vec<_> = unchecked.iter().map(ToString::to_string).collect();
        lines.push("hint: add `dive` to the rules of the field: `#[garde(dive)]`".to_owned());
        Err(lines.join("\n"))
    };
    Finding {
        id: "nested_rules",
        result,
    }
}

/// Checks that each handler for the own rows of its callers keeps to them.
fn own_rows(root: &Path) -> Finding {
    let open = own_rows::find(root);
    let result = if open.is_empty() {
        Ok("every handler with `Own` uses it".to_owned())
    } else {
        let mut lines: Vec<_> = open.iter().map(ToString::to_string).collect();
        lines.push(
            "hint: name the parameter and keep to its rows: `.filter(who.rows(Column::UserId))`; where all rows are meant, its type is `Can`"
                .to_owned(),
        );
        Err(lines.join("\n"))
    };
    Finding {
        id: "own_rows",
        result,
    }
}

/// The major, minor and patch number of the first version in a text such as `rustc 1.95.0 (59807616e 2026-04-14)`.
fn numbers(text: &str) -> [u64; 3] {
    let mut words = text.split_whitespace();
    let version = words
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
        .unwrap_or_default();
    let mut parts = version
        .split(|c: char| !c.is_ascii_digit())
        .map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn versions_compare_as_numbers() {
        assert_eq!(numbers("rustc 1.95.0 (59807616e 2026-04-14)"), [1, 95, 0]);
        assert!(numbers("rustc 1.100.0-nightly") > numbers("1.94"));
    }
}
