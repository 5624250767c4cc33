//! The messages of the compiler in cargo's JSON: errors are kept, warnings are counted.

use serde::Deserialize;

use super::failure::{Message, Place};

/// The errors that a terminal shows; more of them are counted.
const SHOWN: usize = 5;

/// The diagnostics of a build.
#[derive(Debug, Default)]
pub(super) struct Diagnostics {
    errors: Vec<Message>,
    /// The first errors as a terminal shows them.
    rendered: String,
    warnings: usize,
}

#[derive(Deserialize)]
struct Line {
    reason: String,
    message: Option<Diagnostic>,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    message: String,
    rendered: Option<String>,
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    line_start: u64,
    column_start: u64,
    is_primary: bool,
}

impl Diagnostics {
    /// Adds a line of cargo's JSON, if it is a diagnostic.
    pub(super) fn add(&mut self, line: &str) {
        if !line.contains("\"compiler-message\"") {
            return;
        }
        let Ok(Line {
            reason,
            message: Some(diagnostic),
        }) = serde_json::from_str(line)
        else {
            return;
        };
        if reason != "compiler-message" || diagnostic.is_summary() {
            return;
        }
        if diagnostic.level.starts_with("warning") {
            self.warnings += 1;
        } else if diagnostic.level.starts_with("error") {
            let rendered = diagnostic.rendered.as_deref().unwrap_or_default();
            if self.errors.len() < SHOWN {
                self.rendered.push_str(rendered);
            }
            let message = diagnostic.into_message();
            // The same code may be compiled for two targets.
            if !self.errors.contains(&message) {
                self.errors.push(message);
            }
        }
    }

    pub(super) fn warnings(&self) -> usize {
        self.warnings
    }

    /// The counts: `2 errors, 1 warning`. Empty if there is nothing to count.
    pub(super) fn counts(&self) -> String {
        let count = |count: usize, what: &str| {
            let plural = if count == 1 { "" } else { "s" };
            (count > 0).then(|| format!("{count} {what}{plural}"))
        };
        let counts = [
            count(self.errors.len(), "error"),
            count(self.warnings, "warning"),
        ];
        counts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// The first errors as a terminal shows them.
    pub(super) fn rendered(&self) -> &str {
        &self.rendered
    }

    pub(super) fn into_errors(self) -> Vec<Message> {
        self.errors
    }
}

impl Diagnostic {
    /// Returns whether this only counts the others.
    fn is_summary(&self) -> bool {
        self.spans.is_empty()
            && (self.message.starts_with("aborting due to") || self.message.ends_with("emitted"))
    }

    fn into_message(self) -> Message {
        let text = self.rendered.as_deref().unwrap_or(&self.message);
        let text = console::strip_ansi_codes(text).trim_end().to_owned();
        let span = self.spans.into_iter().find(|span| span.is_primary);
        Message {
            summary: self.message,
            place: span.map(|span| Place {
                file: span.file_name,
                line: span.line_start,
                column: span.column_start,
            }),
            text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Diagnostics;

    fn line(level: &str, message: &str, with_span: bool) -> String {
        let spans = if with_span {
            r#"[{"file_name":"src/app.rs","line_start":3,"column_start":5,"is_primary":true}]"#
        } else {
            "[]"
        };
        format!(
            r#"{{"reason":"compiler-message","message":{{"level":"{level}","message":"{message}","rendered":"\u001b[1m{level}: {message}\u001b[0m\n","spans":{spans}}}}}"#
        )
    }

    #[test]
    fn errors_are_kept_and_warnings_counted() {
        let mut diagnostics = Diagnostics::default();
        for line in [
            line("warning", "unused import", true),
            line("warning", "1 warning emitted", false),
            line("error", "mismatched types", true),
            line("error", "mismatched types", true),
            line("error", "aborting due to 1 previous error", false),
            line(
                "failure-note",
                "some errors have detailed explanations",
                false,
            ),
            r#"{"reason":"build-finished","success":false}"#.to_owned(),
        ] {
            diagnostics.add(&line);
        }
        assert_eq!(diagnostics.counts(), "1 error, 1 warning");
        let errors = diagnostics.into_errors();
        assert_eq!(errors[0].summary, "mismatched types");
        assert_eq!(errors[0].text, "error: mismatched types");
        let place = errors[0].place.as_ref().unwrap();
        assert_eq!(
            (place.file.as_str(), place.line, place.column),
            ("src/app.rs", 3, 5)
        );
    }
}
