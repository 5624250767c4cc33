//! Locales in paths: `/de/posts` is the page `/posts` in German, and the default locale has none.

use std::sync::Arc;

use crate::config::ViewsConfig;

/// The locales that paths name, if `views.locale_in_path` says that they do.
#[derive(Clone, Debug)]
pub(super) struct LocalePaths {
    /// The default one first.
    locales: Arc<[String]>,
    is_on: bool,
}

impl LocalePaths {
    pub(super) fn of(config: &ViewsConfig) -> Self {
        Self {
            locales: config.locales.as_slice().into(),
            is_on: config.locale_in_path,
        }
    }

    pub(super) fn is_on(&self) -> bool {
        self.is_on
    }

    /// The locale of a path, if paths decide.
    #[cfg(feature = "views")]
    pub(super) fn locale_of(&self, path: &str) -> Option<&str> {
        let default = self.locales.first().filter(|_| self.is_on)?;
        Some(self.split(path).map_or(default, |(locale, _)| locale))
    }

    /// A path of the default locale in another one.
    pub(super) fn localized(&self, path: String, locale: &str) -> String {
        let is_named = self.is_on && self.others().any(|other| other == locale);
        match path.as_str() {
            _ if !is_named => path,
            "/" => format!("/{locale}"),
            path => format!("/{locale}{path}"),
        }
    }

    /// The path of a page in each locale.
    #[cfg(feature = "views")]
    pub(super) fn alternates(&self, path: &str) -> Vec<(&str, String)> {
        if !self.is_on {
            return Vec::new();
        }
        let path = self.split(path).map_or(path, |(_, rest)| rest);
        let locales = self.locales.iter();
        locales
            .map(|locale| (locale.as_str(), self.localized(path.to_owned(), locale)))
            .collect()
    }

    /// The locale that a path names, and the path without it.
    #[cfg(feature = "views")]
    fn split<'a>(&self, path: &'a str) -> Option<(&str, &'a str)> {
        self.others().find_map(|locale| {
            let rest = path.strip_prefix('/')?.strip_prefix(locale)?;
            match rest {
                "" => Some((locale, "/")),
                rest => rest.starts_with('/').then_some((locale, rest)),
            }
        })
    }

    fn others(&self) -> impl Iterator<Item = &str> {
        self.locales.iter().skip(1).map(String::as_str)
    }
}

#[cfg(all(test, feature = "views"))]
mod tests {
    use super::{LocalePaths, ViewsConfig};

    fn paths(is_on: bool) -> LocalePaths {
        LocalePaths::of(&ViewsConfig {
            locales: ["en", "de", "pt-BR"].map(str::to_owned).to_vec(),
            locale_in_path: is_on,
        })
    }

    #[test]
    fn a_path_names_a_locale_other_than_the_default_one() {
        let all = paths(true);
        for (path, locale) in [
            ("/", "en"),
            ("/de", "de"),
            ("/de/", "de"),
            ("/de/posts", "de"),
            ("/pt-BR/posts", "pt-BR"),
            ("/detail", "en"),
            ("/en/posts", "en"),
            ("/posts/de", "en"),
        ] {
            assert_eq!(all.locale_of(path), Some(locale), "{path}");
        }
        assert_eq!(paths(false).locale_of("/de/posts"), None);
    }

    #[test]
    fn a_page_has_a_path_in_each_locale() {
        let of_page = |locale, path: &str| (locale, path.to_owned());
        let expected = [
            of_page("en", "/posts"),
            of_page("de", "/de/posts"),
            of_page("pt-BR", "/pt-BR/posts"),
        ];
        for path in ["/posts", "/de/posts"] {
            assert_eq!(paths(true).alternates(path), expected);
        }
        assert_eq!(paths(true).alternates("/pt-BR")[1], of_page("de", "/de"));
        assert!(paths(false).alternates("/posts").is_empty());
    }
}
