//! The pages that a handler shows, and those that it redirects to.

/// The pages that the response of a handler shows and redirects to, by the names of their types. Responses of the framework add them.
#[doc(hidden)]
#[derive(Clone, Debug, Default)]
pub struct Links {
    pub(crate) shown: Vec<&'static str>,
    pub(crate) targets: Vec<&'static str>,
    /// True if the response is for browsers: a page or a redirect.
    pub(crate) is_for_browsers: bool,
}
