//! The reason why the files as they are now are not served.

use serde::Serialize;

/// A failure of a build or of a start.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Failure {
    pub(super) step: Step,
    /// One sentence, without a full stop.
    pub(super) title: String,
    pub(super) messages: Vec<Message>,
}

/// The step that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Step {
    Build,
    Start,
}

/// A message of the compiler or of the app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Message {
    /// The short form.
    #[serde(rename = "message")]
    pub(super) summary: String,
    #[serde(flatten)]
    pub(super) place: Option<Place>,
    /// The whole text, without colours.
    pub(super) text: String,
}

/// A place in a source file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Place {
    pub(super) file: String,
    pub(super) line: u64,
    pub(super) column: u64,
}

impl Failure {
    /// A failure with one text, which the app or a program has written.
    pub(super) fn new(step: Step, title: impl Into<String>, text: &str) -> Self {
        let text = console::strip_ansi_codes(text).trim().to_owned();
        let first = text.lines().next().unwrap_or_default();
        let message = Message {
            summary: first.trim_start_matches("error: ").to_owned(),
            place: None,
            text: text.clone(),
        };
        Self {
            step,
            title: title.into(),
            messages: (!text.is_empty()).then_some(message).into_iter().collect(),
        }
    }

    /// All messages, one below the other.
    pub(super) fn text(&self) -> String {
        let texts: Vec<&str> = self.messages.iter().map(|one| one.text.as_str()).collect();
        texts.join("\n\n")
    }
}
