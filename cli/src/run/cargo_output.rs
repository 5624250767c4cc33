//! Parses the output of cargo during a build: progress, diagnostics, and the executable.

use serde::Deserialize;

/// The meaning of a piece of cargo's standard error.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum CargoStatus {
    /// The progress of the build: `12/254 framewright`.
    Progress(String),
    /// An activity of cargo: downloading, or waiting for another cargo.
    Busy(String),
    /// A diagnostic, which is kept until the build fails.
    Diagnostic,
    /// A line of no interest.
    Nothing,
}

/// The column at which the verbs of cargo's status lines end.
const VERB: usize = 12;

/// Parses a piece: cargo ends lines with a line feed, and states of its progress bar with a carriage return.
pub(super) fn parse(piece: &str) -> CargoStatus {
    let plain = console::strip_ansi_codes(piece);
    let plain = plain.trim_end();
    if piece == "\n" {
        // Between the paragraphs of diagnostics.
        return CargoStatus::Diagnostic;
    }
    if plain.is_empty() {
        // The progress bar is wiped.
        return CargoStatus::Nothing;
    }
    let Some((verb, rest)) = status(plain) else {
        return CargoStatus::Diagnostic;
    };
    match verb {
        "Building" => bar(rest).map_or(CargoStatus::Nothing, CargoStatus::Progress),
        "Blocking" => CargoStatus::Busy("(waiting for another cargo to finish)".to_owned()),
        "Updating" | "Downloading" | "Locking" => {
            CargoStatus::Busy("(fetching dependencies)".to_owned())
        }
        _ => CargoStatus::Nothing,
    }
}

/// Splits `   Compiling serde v1.0` into its verb and the rest.
fn status(line: &str) -> Option<(&str, &str)> {
    let (verb, rest) = line.split_at_checked(VERB)?;
    let verb = verb.trim_start();
    let word = verb.starts_with(|c: char| c.is_ascii_uppercase())
        && verb.chars().all(|c| c.is_ascii_alphabetic());
    (word && rest.starts_with(' ')).then(|| (verb, rest.trim_start()))
}

/// Parses a progress bar: `[====>      ] 12/254: framewright, serde(build)`.
fn bar(text: &str) -> Option<String> {
    let (_, text) = text.split_once("] ")?;
    let (count, names) = text.split_once(':').unwrap_or((text, ""));
    let (done, all) = count.split_once('/')?;
    if !done
        .trim()
        .chars()
        .chain(all.chars())
        .all(|c| c.is_ascii_digit())
    {
        return None;
    }
    let first = names.split([',', '(']).next().unwrap_or_default().trim();
    Some(
        format!("({}/{all}) {first}", done.trim())
            .trim_end()
            .to_owned(),
    )
}

/// A JSON message on cargo's standard output, as far as it matters here.
#[derive(Deserialize)]
struct Message {
    reason: String,
    target: Option<Target>,
    executable: Option<String>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

/// The executable of a binary, if this JSON message is about it.
pub(super) fn executable(line: &str, binary: &str) -> Option<String> {
    // Most messages are long and of no interest.
    if !line.contains("\"compiler-artifact\"") || line.contains("\"executable\":null") {
        return None;
    }
    let message: Message = serde_json::from_str(line).ok()?;
    let ours = message.reason == "compiler-artifact" && message.target?.name == binary;
    message.executable.filter(|_| ours)
}

#[cfg(test)]
mod tests {
    use super::{CargoStatus, executable, parse};

    #[test]
    fn progress_is_told_from_diagnostics() {
        for (piece, expected) in [
            (
                "    Building [====>    ] 12/254: framewright, serde(build)",
                CargoStatus::Progress("(12/254) framewright".into()),
            ),
            (
                "    Building [>        ]  3/9",
                CargoStatus::Progress("(3/9)".into()),
            ),
            (
                "\u{1b}[1m\u{1b}[32m   Compiling\u{1b}[0m serde v1.0.228",
                CargoStatus::Nothing,
            ),
            (
                "    Finished `dev` profile [unoptimized] target(s) in 0.09s",
                CargoStatus::Nothing,
            ),
            (
                "    Blocking waiting for file lock on build directory",
                CargoStatus::Busy("(waiting for another cargo to finish)".into()),
            ),
            (
                "error[E0425]: cannot find value `x` in this scope",
                CargoStatus::Diagnostic,
            ),
            ("   --> src/app.rs:3:5", CargoStatus::Diagnostic),
            (
                "    |         ^ not found in this scope",
                CargoStatus::Diagnostic,
            ),
            ("    = help: consider importing it", CargoStatus::Diagnostic),
            (
                "error: could not compile `blog` (lib) due to 1 previous error",
                CargoStatus::Diagnostic,
            ),
        ] {
            assert_eq!(parse(piece), expected, "{piece}");
        }
    }

    #[test]
    fn the_executable_is_found_by_the_name_of_its_target() {
        let line = r#"{"reason":"compiler-artifact","target":{"kind":["bin"],"name":"blog"},"executable":"/t/debug/blog"}"#;
        assert_eq!(executable(line, "blog").as_deref(), Some("/t/debug/blog"));
        assert_eq!(executable(line, "other"), None);
        let library = r#"{"reason":"compiler-artifact","target":{"kind":["lib"],"name":"blog"},"executable":null}"#;
        assert_eq!(executable(library, "blog"), None);
    }
}
