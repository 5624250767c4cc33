//! Checks for routes that cannot be served, before axum would panic about them.

use std::collections::BTreeMap;

use super::{Entry, LIVE, READY, RouteInfo, Routes};
use crate::error::Error;

const RESERVED: [&str; 2] = [LIVE, READY];

/// The error of routes that cannot be served together, which stops the start of an application.
///
/// ```
/// use fw::{controller::RoutesError, prelude::*};
///
/// async fn list(_: Anyone) -> &'static str { "posts" }
///
/// let routes = Routes::at("/posts").with([get("/", list), get("/", list)]);
/// let error = routes.into_router().unwrap_err();
/// assert!(matches!(error, RoutesError::Duplicate { method: "GET", .. }));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RoutesError {
    /// Two handlers have the same method and path.
    #[error(
        "two handlers for `{method} {path}`: `{first}` and `{second}`\nhint: remove one of the two routes"
    )]
    Duplicate {
        /// The method.
        method: &'static str,
        /// The path.
        path: String,
        /// The handler that was added first.
        first: &'static str,
        /// The handler that was added later.
        second: &'static str,
    },
    /// Two paths match the same requests but name their parameters differently.
    #[error(
        "`{first}` and `{second}` match the same requests\nhint: give their parameters the same names"
    )]
    Ambiguous {
        /// The path that was added first.
        first: String,
        /// The path that was added later.
        second: String,
    },
    /// A path belongs to the framework.
    #[error("`{path}` belongs to the framework\nhint: choose another path")]
    Reserved {
        /// The path.
        path: String,
    },
    /// A handler redirects to a page that no route shows.
    #[error(
        "`{handler}` redirects to the page `{page}`, which no `GET` route shows\nhint: mount its handler, or remove the route of `{handler}`"
    )]
    RedirectToNowhere {
        /// The handler that redirects.
        handler: &'static str,
        /// The type of the page.
        page: &'static str,
    },
    /// A handler redirects to a page that several routes show, of which none can be chosen.
    #[error(
        "`{handler}` redirects to the page `{page}`, which several `GET` routes show: `{}`\nhint: give each its own type of page, or make the redirect one to a handler with `Redirect::to_handler`",
        paths.join("`, `")
    )]
    RedirectToSeveral {
        /// The handler that redirects.
        handler: &'static str,
        /// The type of the page.
        page: &'static str,
        /// The paths of the routes.
        paths: Vec<String>,
    },
    /// `rebase` is called with a path that no route begins with.
    #[error(
        "`rebase` finds no route below `{from}`\nhint: `{}` lists the paths",
        crate::env::command("routes")
    )]
    NothingBelow {
        /// The path.
        from: String,
    },
    /// `replace` is called with a route that is not there yet.
    #[error(
        "`replace` finds no `{method} {path}`\nhint: add a new route with `with`; `{}` lists the paths",
        crate::env::command("routes")
    )]
    NothingToReplace {
        /// The method.
        method: &'static str,
        /// The path.
        path: String,
    },
    /// A route that issues credentials is idempotent.
    #[error(
        "`{handler}` responds with a credential, so its route cannot be idempotent: the response would be stored\nhint: remove `.idempotent()` from `{method} {path}`"
    )]
    IdempotentCredentials {
        /// The handler.
        handler: &'static str,
        /// The method.
        method: &'static str,
        /// The path.
        path: String,
    },
    /// A day is not written as `2026-11-21`.
    #[error("`{day}` is not a day\nhint: write it like `2026-11-21`")]
    Day {
        /// The text that was given.
        day: String,
    },
    /// Routes would be gone before they are deprecated.
    #[error("the sunset `{sunset}` is not after `{since}`, the day of the deprecation")]
    Sunset {
        /// The day of the deprecation.
        since: String,
        /// The day of the sunset.
        sunset: String,
    },
    /// A link has characters that cannot be in a header.
    #[error("`{link}` is not a link")]
    Link {
        /// The text that was given.
        link: String,
    },
    /// A path is malformed.
    #[error("the path `{path}` must start with `/`, and its parameters must look like `{{id}}`")]
    Path {
        /// The path.
        path: String,
    },
}

impl From<RoutesError> for Error {
    #[track_caller]
    fn from(error: RoutesError) -> Self {
        Self::internal(error)
    }
}

impl Routes {
    /// Fails if a route has one of these paths, which belong to the framework.
    pub(crate) fn reserve<'a>(
        &self,
        mut paths: impl Iterator<Item = &'a str>,
    ) -> Result<(), RoutesError> {
        let taken = |path: &&str| self.entries.iter().any(|entry| entry.info.path == *path);
        match paths.find(taken) {
            Some(path) => Err(RoutesError::Reserved {
                path: path.to_owned(),
            }),
            None => Ok(()),
        }
    }

    /// Finds the conflicts that axum would panic about.
    pub(super) fn check(&mut self) -> Result<(), RoutesError> {
        if !self.mistakes.is_empty() {
            return Err(self.mistakes.remove(0));
        }
        self.check_paths()?;
        self.check_redirects()
    }

    /// Serves the pages below the names of further languages.
    ///
    /// Fails if a path is taken.
    pub(super) fn localize(&mut self) -> Result<(), RoutesError> {
        let pages = self.entries.iter();
        let pages = pages.filter(|entry| entry.handler.links().is_for_browsers);
        let mut localized = Vec::new();
        for page in pages {
            for locale in &self.locales {
                let mut page = page.clone();
                let path = page.info.path.trim_end_matches('/');
                page.info.path = format!("/{locale}{path}");
                localized.push(page);
            }
        }
        self.entries.append(&mut localized);
        self.check_paths()
    }

    fn check_paths(&self) -> Result<(), RoutesError> {
        let mut seen: BTreeMap<String, Vec<&RouteInfo>> = BTreeMap::new();
        for Entry { info, handler, .. } in &self.entries {
            if info.idempotent && handler.is_secret {
                return Err(RoutesError::IdempotentCredentials {
                    handler: info.handler,
                    method: info.method,
                    path: info.path.clone(),
                });
            }
            if RESERVED.contains(&info.path.as_str()) {
                return Err(RoutesError::Reserved {
                    path: info.path.clone(),
                });
            }
            let shape = shape(&info.path).ok_or_else(|| RoutesError::Path {
                path: info.path.clone(),
            })?;
            let same = seen.entry(shape).or_default();
            if let Some(first) = same.iter().find(|first| first.path != info.path) {
                return Err(RoutesError::Ambiguous {
                    first: first.path.clone(),
                    second: info.path.clone(),
                });
            }
            if let Some(first) = same.iter().find(|first| first.method == info.method) {
                return Err(RoutesError::Duplicate {
                    method: info.method,
                    path: info.path.clone(),
                    first: first.handler,
                    second: info.handler,
                });
            }
            same.push(info);
        }
        Ok(())
    }

    /// Finds redirects to pages that are not mounted, or more than once.
    fn check_redirects(&self) -> Result<(), RoutesError> {
        let links: Vec<_> = self
            .entries
            .iter()
            .map(|entry| (&entry.info, entry.handler.links()))
            .collect();
        for (info, of_handler) in &links {
            for page in &of_handler.targets {
                let mut paths: Vec<_> = links
                    .iter()
                    .filter(|(info, links)| info.method == "GET" && links.shown.contains(page))
                    .map(|(info, _)| info.path.clone())
                    .collect();
                paths.dedup();
                let handler = info.handler;
                match paths.len() {
                    1 => {}
                    0 => return Err(RoutesError::RedirectToNowhere { handler, page }),
                    _ => {
                        return Err(RoutesError::RedirectToSeveral {
                            handler,
                            page,
                            paths,
                        });
                    }
                }
            }
        }
        Ok(())
    }
}

/// A path without the names of its parameters; `None` when it is malformed.
fn shape(path: &str) -> Option<String> {
    let mut shape = String::new();
    let mut segments = path.strip_prefix('/')?.split('/').peekable();
    while let Some(segment) = segments.next() {
        shape.push('/');
        let parameter = segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        match parameter.map(|name| {
            name.strip_prefix('*')
                .map_or((name, false), |rest| (rest, true))
        }) {
            // A parameter for the rest of the path is the last one.
            Some((name, true)) if is_name(name) && segments.peek().is_none() => {
                shape.push_str("{*}");
            }
            Some((name, false)) if is_name(name) => shape.push_str("{}"),
            None if !segment.contains(['{', '}']) && !segment.starts_with([':', '*']) => {
                shape.push_str(segment);
            }
            _ => return None,
        }
    }
    Some(shape)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}
