//! An invalid field of a request.

use std::{borrow::Cow, fmt};

use serde::Serialize;

/// An invalid field of a request. See [`Error::validation`](super::Error::validation) for an example.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct FieldError {
    /// The location: a JSON pointer (RFC 6901) into the body, or `?name` for a query parameter.
    pub pointer: String,
    /// The problem as a stable code, for programs: `required`, `too_long`, `not_unique` …
    pub code: Cow<'static, str>,
    /// The problem, for people.
    pub message: String,
    /// The values in the message, by which it is written in other languages.
    #[serde(skip)]
    pub(crate) parameters: Vec<(Cow<'static, str>, String)>,
}

impl FieldError {
    /// A field error with a location, a code and a message.
    pub fn new(
        pointer: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            pointer: pointer.into(),
            code: code.into(),
            message: message.into(),
            parameters: Vec::new(),
        }
    }

    /// Adds a value that the message has, as a parameter for the messages of other languages on pages. It is
    /// not sent to clients.
    ///
    /// ```
    /// use fw::error::FieldError;
    ///
    /// // In `de.ftl`: `problem-too_far = darf höchstens { $max } km entfernt sein`
    /// let _ = FieldError::new("/place", "too_far", "must be at most 30 km away").with("max", &30);
    /// ```
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: &dyn fmt::Display) -> Self {
        self.parameters.push((name.into(), value.to_string()));
        self
    }
}
