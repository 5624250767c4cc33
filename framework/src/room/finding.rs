//! The findings of `doctor`.

use crate::{context::AppContext, controller::Routes};

/// A finding of `doctor`. Its id is stable, so that scripts and `[doctor] accept` may rely on it.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) id: &'static str,
    pub(crate) severity: Severity,
    /// The text of the finding, with a hint unless it is good.
    pub(crate) text: String,
}

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    /// Nothing is wrong.
    Good,
    /// Something may be intended, or may be wrong.
    Warning,
    /// Something is wrong: the exit code of `doctor` is 1.
    Failure,
}

impl Finding {
    pub(crate) fn good(id: &'static str, text: impl Into<String>) -> Self {
        Self::new(id, Severity::Good, text)
    }

    pub(crate) fn warning(id: &'static str, text: impl Into<String>) -> Self {
        Self::new(id, Severity::Warning, text)
    }

    pub(crate) fn failure(id: &'static str, text: impl Into<String>) -> Self {
        Self::new(id, Severity::Failure, text)
    }

    fn new(id: &'static str, severity: Severity, text: impl Into<String>) -> Self {
        Self {
            id,
            severity,
            text: text.into(),
        }
    }
}

/// The input of a room's `doctor` checks.
#[derive(Clone, Copy)]
#[allow(dead_code, reason = "the rooms of some features have no checks")]
pub(crate) struct DoctorContext<'a> {
    /// A context without the application's own handles.
    pub(crate) ctx: &'a AppContext,
    /// True if weaknesses of a server on the internet are checked as well (`doctor --deploy`).
    pub(crate) deploy: bool,
    /// True if this machine is not the one that serves, so that there is no database and no secret (`doctor --static`).
    pub(crate) is_static: bool,
    /// True if the database is connected.
    pub(crate) is_connected: bool,
    /// Builds the list of all routes: the application's and the rooms'.
    pub(crate) routes: &'a (dyn Fn() -> Routes + Send + Sync),
}
