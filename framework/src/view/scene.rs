//! The parts of a request that every page may depend on.

#[cfg(feature = "views")]
use http::HeaderMap;
use serde::Serialize;

/// The name of the cookie with the language that the reader has chosen.
#[cfg(feature = "views")]
const LOCALE_COOKIE: &str = "locale";

/// The parts of a request that every page may depend on: `request` in templates.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Scene {
    path: String,
    pub(super) locale: String,
    /// The page in each language, if paths name it.
    alternates: Vec<Alternate>,
    /// True if the browser shows a session, which may have ended meanwhile: for what a layout offers, such as a sign-out.
    has_session: bool,
    /// What the page before this one has to say.
    pub(super) flash: Option<Said>,
}

/// A page in one language: an element of `request.alternates` in templates.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Alternate {
    pub(super) locale: String,
    /// The name of the language in itself.
    pub(super) name: String,
    pub(super) path: String,
    pub(super) url: String,
}

/// A message as a page shows it: `request.flash` in templates.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Said {
    pub(super) message: String,
    pub(super) is_problem: bool,
}

/// A message that a page should show: the key of a message, with parameters.
#[cfg(feature = "views")]
pub(crate) struct FlashMessage<'a> {
    pub(crate) key: &'a str,
    pub(crate) parameters: Vec<(&'a str, &'a serde_json::Value)>,
    pub(crate) is_problem: bool,
}

#[cfg(feature = "views")]
impl Scene {
    pub(super) fn new(path: &str, locale: &str, alternates: Vec<Alternate>) -> Self {
        Self {
            path: path.to_owned(),
            locale: locale.to_owned(),
            alternates,
            has_session: false,
            flash: None,
        }
    }

    /// The scene of a browser that shows a session, or of one that shows none.
    pub(crate) fn with_session(self, has_session: bool) -> Self {
        Self {
            has_session,
            ..self
        }
    }
}

impl Scene {
    /// The scene of a request that nobody made, with a message or without.
    pub(super) fn sample(locale: &str, alternates: Vec<Alternate>, has_flash: bool) -> Self {
        Self {
            path: "/".to_owned(),
            locale: locale.to_owned(),
            alternates,
            has_session: false,
            flash: has_flash.then(|| Said {
                message: "text".to_owned(),
                is_problem: true,
            }),
        }
    }
}

/// The language that the reader has chosen.
#[cfg(feature = "views")]
pub(super) fn chosen(headers: &HeaderMap) -> Option<&str> {
    crate::cookie::text(headers, LOCALE_COOKIE)
}
