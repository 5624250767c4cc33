//! One thing that `doctor` has looked at.

use crate::context::AppContext;

/// A result of `doctor`. The id is stable, so that scripts may rely on it.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) id: &'static str,
    pub(crate) result: Result<String, String>,
}

impl Finding {
    /// Nothing is wrong.
    pub(crate) fn good(id: &'static str, text: impl Into<String>) -> Self {
        Self {
            id,
            result: Ok(text.into()),
        }
    }

    /// Something is wrong; the text says what, and what to do about it.
    pub(crate) fn bad(id: &'static str, text: impl Into<String>) -> Self {
        Self {
            id,
            result: Err(text.into()),
        }
    }
}

/// What `doctor` gives to the checks of rooms.
#[derive(Clone, Copy)]
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "no room has a check of its own so far")
)]
pub(crate) struct Checkup<'a> {
    /// A context without the application's own handles.
    pub(crate) ctx: &'a AppContext,
    /// Whether what weakens a server on the internet is looked for as well (`doctor --deploy`).
    pub(crate) deploy: bool,
}
