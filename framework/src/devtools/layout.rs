//! The layout that all pages for developers share.

use axum::response::{Html as HtmlResponse, IntoResponse, Response};
use http::header;

use crate::markup::{Html, put};

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
        let Self { app, part, title } = self;
        let mut page = Html::default();
        put!(
            page,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
            title,
            " · ",
            app,
            "</title>\n<link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"/_fw/style.css\">\n</head>\n\
             <body>\n<header><p>",
            app,
            " <span>development</span></p>"
        );
        if let Some((name, path)) = part {
            put!(page, "<nav><a href=\"", path, "\">", name, "</a></nav>");
        }
        page.markup("</header>\n<main>\n");
        page.append(body);
        put!(page, "\n</main>\n</body>\n</html>\n");
        let headers = [
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::CACHE_CONTROL, "no-store"),
            (header::REFERRER_POLICY, "same-origin"),
        ];
        (headers, HtmlResponse(page.into_string())).into_response()
    }
}
