//! The layout that all pages for developers share.

use axum::response::Response;

use crate::markup::{self, Html, Link, base_style};

/// The style sheet, which has a path of its own: the policy below permits none within a page.
pub(super) const STYLE: &str = concat!(base_style!(), include_str!("style.css"));
/// Its path.
pub(super) const STYLE_PATH: &str = "/_fw/style.css";

/// The content security policy of the pages: style sheets, scripts, forms and frames of this server, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; \
    frame-src 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The frame around a page.
pub(crate) struct Frame<'a> {
    /// The name of the application.
    pub(crate) app: &'a str,
    /// The part that the page is of, such as `Mail`, and the path of its first page.
    pub(crate) part: Option<(&'static str, &'static str)>,
    pub(crate) title: &'a str,
}

impl Frame<'_> {
    /// A whole page.
    pub(crate) fn around(&self, body: &Html) -> Response {
        let part = self.part.map(|(name, path)| Link {
            name,
            path: path.to_owned(),
            is_current: false,
        });
        let frame = markup::Frame {
            app: self.app,
            badge: Some("development"),
            title: self.title,
            links: part.as_slice(),
            style: STYLE_PATH,
            policy: POLICY,
            footer: None,
        };
        frame.around(body)
    }
}
