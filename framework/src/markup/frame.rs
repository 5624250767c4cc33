//! The frame that the framework's own pages share: for developers, and of the board of background jobs.

use axum::response::{Html as HtmlResponse, IntoResponse, Response};
use http::header;

use super::{Html, put};

/// The rules of style sheets that all pages share, as a literal before those of a page: `concat!(base_style!(), include_str!("style.css"))`.
macro_rules! base_style {
    () => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/markup/frame.css"))
    };
}
pub(crate) use base_style;

/// The frame around a page.
pub(crate) struct Frame<'a> {
    /// The name of the application.
    pub(crate) app: &'a str,
    /// A word beside it.
    pub(crate) badge: Option<&'static str>,
    pub(crate) title: &'a str,
    pub(crate) links: &'a [Link],
    /// The path of the style sheet, which the policy permits in no other place.
    pub(crate) style: &'a str,
    /// The content security policy.
    pub(crate) policy: &'static str,
    /// A line at the end.
    pub(crate) footer: Option<&'a str>,
}

/// A link to one of the pages that belong together.
pub(crate) struct Link {
    pub(crate) name: &'static str,
    pub(crate) path: String,
    pub(crate) is_current: bool,
}

impl Frame<'_> {
    /// A whole page.
    pub(crate) fn around(&self, body: &Html) -> Response {
        let mut page = Html::default();
        put!(
            page,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
            self.title,
            " · ",
            self.app,
            "</title>\n<link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"",
            self.style,
            "\">\n</head>\n<body>\n<header><p>",
            self.app
        );
        if let Some(badge) = self.badge {
            put!(page, " <span>", badge, "</span>");
        }
        page.markup("</p>");
        self.put_links(&mut page);
        page.markup("</header>\n<main>\n");
        page.append(body);
        page.markup("\n</main>\n");
        if let Some(footer) = self.footer {
            put!(page, "<footer>", footer, "</footer>\n");
        }
        page.markup("</body>\n</html>\n");
        let headers = [
            (header::CONTENT_SECURITY_POLICY, self.policy),
            // What they show may be personal data.
            (header::CACHE_CONTROL, "no-store"),
            // With `no-referrer` a browser would not say which site a form comes from.
            (header::REFERRER_POLICY, "same-origin"),
        ];
        (headers, HtmlResponse(page.into_string())).into_response()
    }

    fn put_links(&self, page: &mut Html) {
        if self.links.is_empty() {
            return;
        }
        page.markup("<nav aria-label=\"Pages\">");
        for link in self.links {
            put!(page, "<a href=\"", link.path, "\"");
            if link.is_current {
                page.markup(" aria-current=\"page\"");
            }
            put!(page, ">", link.name, "</a>");
        }
        page.markup("</nav>");
    }
}
