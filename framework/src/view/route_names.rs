//! The names of routes, by which templates and redirects find their paths.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

#[cfg(feature = "views")]
use crate::count::counted;

/// The module that holds the handlers of the pages of a resource.
const PAGES: &str = "pages";

/// The modules that hold the handlers of a resource; they are no part of the names of its routes.
const HANDLER_MODULES: [&str; 2] = [PAGES, "controller"];

/// A route, with the path of its handler.
#[derive(Clone, Debug)]
pub(crate) struct NamedRoute {
    pub(crate) handler: &'static str,
    pub(crate) path: String,
    /// True if it responds with a page or a redirect.
    pub(crate) is_page: bool,
}

/// The paths of the routes, by the names of their handlers.
#[derive(Debug, Default)]
pub(super) struct RouteNames {
    routes: BTreeMap<String, Named>,
}

/// The routes of one name.
#[derive(Debug, Default)]
struct Named {
    paths: Vec<String>,
    is_page: bool,
}

impl RouteNames {
    pub(super) fn of(routes: Vec<NamedRoute>) -> Self {
        let handlers = routes.iter().map(|route| route.handler);
        let pages: BTreeSet<_> = handlers
            .filter(|handler| module_of(handler) == Some(PAGES))
            .map(name_of)
            .collect();
        let mut functions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for NamedRoute { handler, .. } in &routes {
            let handlers = functions.entry(function_of(handler)).or_default();
            handlers.insert(handler);
        }
        let is_for_several_types = |handler| functions[function_of(handler)].len() > 1;
        let mut named: BTreeMap<String, Named> = BTreeMap::new();
        for NamedRoute {
            handler,
            path,
            is_page,
        } in routes
        {
            let short = name_of(handler);
            // Where a resource has pages and an API, the name is that of the page.
            let is_of_api = pages.contains(&short) && module_of(handler) != Some(PAGES);
            let name = if is_of_api || is_for_several_types(handler) {
                full_name_of(handler)
            } else {
                short
            };
            let all = named.entry(name).or_default();
            all.is_page = is_page;
            if !all.paths.contains(&path) {
                all.paths.push(path);
            }
        }
        Self { routes: named }
    }

    /// The path of a route, with values for its parameters, and whether it is a page; other values become its query.
    pub(super) fn path(
        &self,
        name: &str,
        values: &[(String, String)],
    ) -> Result<(String, bool), String> {
        let (pattern, is_page) = self.pattern(name)?;
        let mut path = String::with_capacity(pattern.len() + 16);
        let mut used = Vec::new();
        for segment in pattern.split('/').skip(1) {
            path.push('/');
            let parameter = segment
                .strip_prefix('{')
                .and_then(|rest| rest.strip_suffix('}'));
            let Some(parameter) = parameter else {
                path.push_str(segment);
                continue;
            };
            let (parameter, is_rest) = match parameter.strip_prefix('*') {
                Some(parameter) => (parameter, true),
                None => (parameter, false),
            };
            let Some((_, value)) = values.iter().find(|(name, _)| name == parameter) else {
                return Err(format!(
                    "the route `{name}` (`{pattern}`) needs a value for `{parameter}`"
                ));
            };
            used.push(parameter);
            encode(value, is_rest, &mut path);
        }
        let rest = values
            .iter()
            .filter(|(name, _)| !used.contains(&name.as_str()));
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(rest);
        let query = query.finish();
        if !query.is_empty() {
            path.push('?');
            path.push_str(&query);
        }
        Ok((path, is_page))
    }

    /// The same by the path of the handler, with values for the parameters in their order.
    #[cfg(feature = "views")]
    pub(super) fn path_of(
        &self,
        handler: &str,
        values: &[String],
    ) -> Result<(String, bool), String> {
        let full = full_name_of(handler);
        let name = if self.routes.contains_key(&full) {
            full
        } else {
            name_of(handler)
        };
        let (pattern, _) = self.pattern(&name)?;
        let parameters = pattern.split('/').filter_map(|segment| {
            let parameter = segment.strip_prefix('{')?.strip_suffix('}')?;
            Some(parameter.trim_start_matches('*').to_owned())
        });
        let parameters: Vec<_> = parameters.collect();
        if parameters.len() != values.len() {
            return Err(format!(
                "the route `{name}` has {} and gets {}",
                counted(parameters.len(), "parameter", "parameters"),
                counted(values.len(), "value", "values")
            ));
        }
        let values: Vec<_> = parameters.into_iter().zip(values.iter().cloned()).collect();
        self.path(&name, &values)
    }

    /// The path of a route with its parameters, and whether it is a page.
    fn pattern(&self, name: &str) -> Result<(&str, bool), String> {
        match self.routes.get(name) {
            Some(Named { paths, is_page }) if paths.len() == 1 => Ok((&paths[0], *is_page)),
            Some(Named { paths, .. }) => {
                let all = paths.join("`, `");
                Err(format!(
                    "the handler of `{name}` is mounted more than once: `{all}`"
                ))
            }
            None => Err(self.unknown(name)),
        }
    }

    fn unknown(&self, name: &str) -> String {
        let similarity = |known: &String| strsim::jaro_winkler(name, known);
        let nearest = self
            .routes
            .keys()
            .max_by(|a, b| similarity(a).total_cmp(&similarity(b)));
        match nearest.filter(|known| similarity(known) > 0.8) {
            Some(known) => format!("there is no route `{name}`; did you mean `{known}`?"),
            None => format!("there is no route `{name}`; `cargo fw routes` lists them"),
        }
    }
}

/// The name of a route: the path of its handler (`shop::posts::pages::show`) without the crate and the module of handlers (`posts.show`).
pub(super) fn name_of(handler: &str) -> String {
    let mut modules: Vec<&str> = function_of(handler).split("::").skip(1).collect();
    let function = modules.pop().unwrap_or(handler);
    if modules.len() > 1
        && modules
            .last()
            .is_some_and(|last| HANDLER_MODULES.contains(last))
    {
        modules.pop();
    }
    modules.push(function);
    modules.join(".")
}

/// The path of a handler without the crate, with the types that it is generic over: `posts.pages.show`.
fn full_name_of(handler: &str) -> String {
    handler.split("::").skip(1).collect::<Vec<_>>().join(".")
}

/// The path of a handler without the types that it is generic over.
fn function_of(handler: &str) -> &str {
    handler.split('<').next().unwrap_or(handler)
}

/// The module that a handler is in.
fn module_of(handler: &str) -> Option<&str> {
    function_of(handler).rsplit("::").nth(1)
}

/// Adds a value to a path, percent-encoded (RFC 3986, section 3.3). In the rest of a path, `/` stays.
fn encode(value: &str, is_rest: bool, path: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || (is_rest && byte == b'/') {
            path.push(char::from(byte));
        } else {
            // A text takes everything.
            let _ = write!(path, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(path: &str, handler: &'static str) -> NamedRoute {
        NamedRoute {
            handler,
            path: path.to_owned(),
            is_page: true,
        }
    }

    fn names() -> RouteNames {
        RouteNames::of(vec![
            route("/", "shop::home::index"),
            route("/posts/{id}", "shop::posts::pages::show"),
            route("/posts/{id}", "shop::posts::pages::show"),
            route("/posts/{post}/comments/{id}", "shop::comments::pages::show"),
            route("/files/{*path}", "shop::files::controller::show"),
            route("/a", "shop::twice"),
            route("/b", "shop::twice"),
            route("/keys", "fw::auth::pages::keys::list<shop::Users>"),
            route("/news/end", "fw::mailer::end<shop::News>"),
            route("/offers/end", "fw::mailer::end<shop::Offers>"),
        ])
    }

    fn path(name: &str, values: &[(&str, &str)]) -> Result<String, String> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let values: Vec<_> = values.iter().map(owned).collect();
        names().path(name, &values).map(|(path, _)| path)
    }

    #[test]
    fn a_path_has_its_values_and_a_query_of_the_others() {
        assert_eq!(path("home.index", &[]).as_deref(), Ok("/"));
        assert_eq!(path("auth.pages.keys.list", &[]).as_deref(), Ok("/keys"));
        assert_eq!(
            path("posts.show", &[("id", "7")]).as_deref(),
            Ok("/posts/7")
        );
        assert_eq!(
            path("posts.show", &[("id", "a/b?c"), ("tab", "x y")]).as_deref(),
            Ok("/posts/a%2Fb%3Fc?tab=x+y")
        );
        assert_eq!(
            path("files.show", &[("path", "a/ü.txt")]).as_deref(),
            Ok("/files/a/%C3%BC.txt")
        );
        assert_eq!(
            path("comments.show", &[("id", "2"), ("post", "1")]).as_deref(),
            Ok("/posts/1/comments/2")
        );
    }

    #[test]
    fn a_function_for_several_types_is_several_handlers() {
        let path = |handler| names().path_of(handler, &[]).map(|(path, _)| path);
        for (handler, expected) in [
            ("fw::mailer::end<shop::News>", "/news/end"),
            ("fw::mailer::end<shop::Offers>", "/offers/end"),
            ("fw::auth::pages::keys::list<shop::Users>", "/keys"),
        ] {
            assert_eq!(path(handler).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn a_resource_with_pages_and_an_api_gives_the_name_to_the_page() {
        let page = route("/posts/{id}", "shop::posts::pages::show");
        let api = NamedRoute {
            is_page: false,
            ..route("/api/{id}", "shop::posts::controller::show")
        };
        let names = RouteNames::of(vec![api.clone(), page.clone()]);
        let seven = [("id".to_owned(), "7".to_owned())];
        let at = |path: &str, is_page| Ok((path.to_owned(), is_page));
        assert_eq!(names.path("posts.show", &seven), at("/posts/7", true));
        let of_api = names.path("posts.controller.show", &seven);
        assert_eq!(of_api, at("/api/7", false));
        let value = ["7".to_owned()];
        assert_eq!(names.path_of(page.handler, &value), at("/posts/7", true));
        assert_eq!(names.path_of(api.handler, &value), at("/api/7", false));
    }

    #[test]
    fn wrong_names_and_missing_values_are_named() {
        let said = |name: &str, values: &[(&str, &str)]| path(name, values).unwrap_err();
        assert!(said("posts.shown", &[]).contains("did you mean `posts.show`?"));
        assert!(said("x", &[]).contains("`cargo fw routes`"));
        assert!(said("posts.show", &[("ident", "7")]).contains("a value for `id`"));
        assert!(said("twice", &[]).contains("`/a`, `/b`"));
    }
}
