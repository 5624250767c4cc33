//! The errors of mails.

use std::{io, path::PathBuf, time::Duration};

use crate::{
    config::duration, error::Error, jobs::JobError, mailbox::InvalidMailbox, view::ViewError,
};

/// An error of a mail: it cannot be rendered, or not be sent.
///
/// ```
/// use fw::mailer::MailError;
///
/// let error = MailError::Refused { response: "550 no such user".to_owned() };
/// assert!(error.is_permanent());
/// assert_eq!(error.to_string(), "the mail server refuses the mail: 550 no such user");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MailError {
    /// The configuration lacks what the mails of the application need; this stops the start.
    #[error("{}", .problems.join("\n"))]
    Setup {
        /// Each problem, with a hint.
        problems: Vec<String>,
    },
    /// A mail that the application has not registered.
    #[error(
        "the mail `{name}` is not registered\nhint: add it to `fn mailers()` in `src/app.rs`: `.add::<…>()`"
    )]
    NotRegistered {
        /// The name of the mail.
        name: &'static str,
    },
    /// The application has no templates.
    #[error(
        "the application has no templates\nhint: add `fn views() -> Views {{ fw::views!() }}` in `src/app.rs`"
    )]
    NoViews,
    /// The subject or a template cannot be rendered.
    #[error("the mail `{name}` cannot be rendered: {source}")]
    View {
        /// The name of the mail.
        name: &'static str,
        /// The cause.
        source: ViewError,
    },
    /// The data of the mail cannot be written as JSON.
    #[error("the data of the mail `{name}` cannot be serialized: {source}")]
    Data {
        /// The name of the mail.
        name: &'static str,
        /// The cause.
        source: serde_json::Error,
    },
    /// An attachment whose name, content id or media type cannot be that of one.
    #[error("an attachment cannot have the {what} `{}`\nhint: {hint}", .value.escape_debug())]
    Attachment {
        /// The part of the attachment.
        what: &'static str,
        /// The value.
        value: String,
        /// A suggestion.
        hint: &'static str,
    },
    /// A URL that mail programs cannot send a request for the end of a subscription to (RFC 8058, section 3.1).
    #[error(
        "`{}` is no URL to unsubscribe at\nhint: it begins with `https://`, and is that of a route that takes `POST` without a session; `http://localhost` is for trials",
        .0.escape_debug()
    )]
    UnsubscribeUrl(String),
    /// The message cannot be assembled.
    #[error("the mail cannot be assembled: {0}")]
    Message(String),
    /// The mail server refuses the mail for good (a reply of 500 to 599); another try would not help.
    #[error("the mail server refuses the mail: {response}")]
    Refused {
        /// The response.
        response: String,
    },
    /// The mail server cannot be reached, refuses the connection or the user, or does not take the mail now (a reply of 400 to 499).
    #[error("the mail server cannot take the mail now: {reason}")]
    Unavailable {
        /// The reason.
        reason: String,
    },
    /// The delivery took too long.
    #[error(
        "the mail server did not take the mail within {}\nhint: `timeout` in `[mailer.smtp]` is the limit",
        duration::format(*.limit)
    )]
    Timeout {
        /// The limit.
        limit: Duration,
    },
    /// A mail cannot be kept in the outbox.
    #[error("the outbox `{}` cannot be used: {source}", path.display())]
    Outbox {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

impl MailError {
    /// Returns true if another try cannot succeed.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Message(_))
    }

    /// The error of the job that delivers the mail, which decides about the next try.
    pub(super) fn into_job_error(self) -> JobError {
        if self.is_permanent() {
            JobError::fail(self)
        } else {
            JobError::retry(self)
        }
    }
}

impl From<MailError> for Error {
    #[track_caller]
    fn from(error: MailError) -> Self {
        Self::internal(error)
    }
}

impl From<InvalidMailbox> for Error {
    #[track_caller]
    fn from(error: InvalidMailbox) -> Self {
        Self::internal(error)
    }
}
