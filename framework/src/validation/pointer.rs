//! Pointers to the location of a problem: `/name` in a body, `?name` in a query.

/// The origin of a text, which decides how a problem points at it. See [`decode_text`](super::decode_text) for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A body: a JSON pointer, `/name`.
    Body,
    /// The query string: `?name`.
    Query,
}

/// Appends a key to a JSON pointer (RFC 6901, section 3).
pub(super) fn push_token(pointer: &mut String, token: &str) {
    pointer.push('/');
    for character in token.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

/// Appends the step to a value below.
pub(super) fn step(pointer: &mut String, name: &str, source: Source) {
    match source {
        // A repeated parameter has one name for all its values.
        Source::Query if pointer.is_empty() => {
            pointer.push('?');
            pointer.push_str(name);
        }
        Source::Query => {}
        Source::Body => push_token(pointer, name),
    }
}
