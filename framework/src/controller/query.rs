//! The query string of routes that take none.

use axum::extract::Request;
use http::{StatusCode, Uri, request::Parts};

use super::extract::query_pairs;
use crate::{
    error::Error,
    openapi::Operation,
    validation::{MAX_PROBLEMS, Problem},
};

/// The treatment of the query string of a route.
///
/// A parameter that has no effect would look like one that has: `?include=autor` to a client that has mistyped it, `?dry_run=true`
/// to one that takes it for a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Query {
    /// It is left to the arguments of the handler, or to the page that is opened with it.
    Free,
    /// No parameter is known.
    Refused,
}

impl Query {
    /// The treatment for a handler with these media types. `is_read` tells whether an argument of it reads the query string.
    ///
    /// Pages may be opened with any parameter: other sites, mails and search engines append theirs to links.
    pub(super) fn of(is_read: bool, media_types: &[&str]) -> Self {
        if is_read || media_types.contains(&"text/html") {
            Self::Free
        } else {
            Self::Refused
        }
    }

    /// Adds the problem of a request with parameters that the route does not know.
    pub(super) fn describe(self, operation: &mut Operation<'_>) {
        if self == Self::Refused {
            operation.standard_problem(StatusCode::UNPROCESSABLE_ENTITY);
        }
    }

    /// Returns an error (422) for a request with parameters that the route does not know.
    pub(super) fn check(self, parts: &Parts) -> Result<(), Error> {
        match parts.uri.query() {
            None | Some("") => Ok(()),
            Some(_) if self == Self::Free => Ok(()),
            Some(_) => check_empty(parts),
        }
    }
}

/// Removes the parameters without a value from the query of a request for a page: browsers send every control of a form, also those that are left
/// blank.
pub(super) fn leave_out_blanks(request: &mut Request) {
    let uri = request.uri();
    let Some(query) = uri.query() else {
        return;
    };
    let is_blank = |pair: &&str| pair.ends_with('=') && pair.matches('=').count() == 1;
    if !query.split('&').any(|pair| is_blank(&pair)) {
        return;
    }
    let rest: Vec<_> = query.split('&').filter(|pair| !is_blank(pair)).collect();
    let path_and_query = format!("{}?{}", uri.path(), rest.join("&"));
    let mut parts = uri.clone().into_parts();
    // A part of a valid query is one.
    parts.path_and_query = path_and_query.parse().ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
}

fn check_empty(parts: &Parts) -> Result<(), Error> {
    let mut names: Vec<String> = query_pairs(parts)?
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return Ok(());
    }
    let unknown = |name: &String| {
        Problem::new(
            "unknown_field",
            "is not known; this route takes no query parameters",
        )
        .at(format!("?{name}"))
    };
    let problems = names.iter().take(MAX_PROBLEMS).map(unknown).collect();
    Err(Error::validation(problems))
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, extract::Request};

    use super::leave_out_blanks;

    #[test]
    fn parameters_without_a_value_are_left_out() {
        for (uri, expected) in [
            ("/posts?status=&page=2&q=", "/posts?page=2"),
            ("/posts?status=draft", "/posts?status=draft"),
            ("/posts?a=b=", "/posts?a=b="),
            ("/posts?status=", "/posts?"),
            ("/posts", "/posts"),
        ] {
            let mut request = Request::get(uri).body(Body::empty()).expect("a request");
            leave_out_blanks(&mut request);
            assert_eq!(request.uri(), expected);
        }
    }
}
