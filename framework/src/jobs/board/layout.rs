//! The layout that all pages of the board share: their addresses, the frame around them, and their headers.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use url::form_urlencoded;

use super::format;
use crate::{
    context::AppContext,
    error::{Error, OrInternal, Result},
    markup::{Frame, Html, Link, base_style, put},
    queue::store::State,
};

/// The style sheet, which has a route of its own: the policy below permits none within a page.
const STYLE: &str = concat!(base_style!(), include_str!("style.css"));

/// The content security policy of the pages: a style sheet and forms of this server, and nothing else. There is no script.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; \
    frame-ancestors 'none'; base-uri 'none'";

/// The board as a request has found it.
pub(super) struct Board {
    pub(super) ctx: AppContext,
    /// The path that it is mounted at, without a `/` at its end.
    base: String,
}

/// The pages that each page links to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Overview,
    Jobs,
}

impl Board {
    /// The board at whose path `below`, such as `/jobs/{id}`, the request was.
    pub(super) fn of(ctx: AppContext, uri: &Uri, below: &str) -> Self {
        let mut base = uri.path();
        for _ in below.matches('/') {
            base = base.rsplit_once('/').map_or("", |(base, _)| base);
        }
        Self {
            ctx,
            base: base.trim_end_matches('/').to_owned(),
        }
    }

    /// The path of a page.
    pub(super) fn path(&self, below: &str) -> String {
        if self.base.is_empty() && below.is_empty() {
            return "/".to_owned();
        }
        format!("{}{below}", self.base)
    }

    /// The path of an action on a queue.
    pub(super) fn queue_path(&self, queue: &str, action: &str) -> String {
        // In a path a `+` is no space.
        let queue: String = form_urlencoded::byte_serialize(queue.as_bytes()).collect();
        self.path(&format!("/queues/{}/{action}", queue.replace('+', "%20")))
    }

    /// The path of the list with a filter.
    pub(super) fn list_path(&self, filter: &[(&str, &str)]) -> String {
        let path = self.path("/jobs");
        if filter.is_empty() {
            return path;
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(filter);
        format!("{path}?{}", query.finish())
    }

    /// A whole page.
    pub(super) fn page(&self, tab: Tab, title: &str, body: &Html) -> Response {
        let link = |of: Tab, name, below| Link {
            name,
            path: self.path(below),
            is_current: of == tab,
        };
        let now = format::time(self.ctx.queue.now());
        let frame = Frame {
            app: self.ctx.app_name(),
            badge: None,
            title,
            links: &[
                link(Tab::Overview, "Overview", ""),
                link(Tab::Jobs, "Jobs", "/jobs"),
            ],
            style: &self.path("/style.css"),
            policy: POLICY,
            footer: Some(&format!("As of {now}. All times are UTC.")),
        };
        frame.around(body)
    }

    /// The page about something that does not exist, or that its state does not allow. Other errors are left to the framework.
    pub(super) fn refusal(&self, error: Error) -> Result<Response> {
        let title = match error.status() {
            StatusCode::NOT_FOUND => "Not there",
            StatusCode::CONFLICT => "Not possible",
            _ => return Err(error),
        };
        let problem = error.problem();
        let detail = problem.detail.as_deref();
        let mut body = Html::default();
        put!(
            body,
            "<h1>",
            title,
            "</h1>\n<p>",
            detail.unwrap_or("There is no such job or queue; it may have been deleted since."),
            "</p>\n<p><a href=\"",
            self.path("/jobs"),
            "\">All jobs</a></p>"
        );
        let mut response = self.page(Tab::Jobs, title, &body);
        *response.status_mut() = error.status();
        Ok(response)
    }

    /// The response to an action: a redirection to the page `below`, so that loading it again does not repeat the action.
    pub(super) fn after(&self, done: Result<()>, below: &str) -> Result<Response> {
        if let Err(error) = done {
            return self.refusal(error);
        }
        let location = HeaderValue::try_from(self.path(below)).or_internal()?;
        Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
    }
}

/// The style sheet.
pub(super) fn style() -> ([(HeaderName, &'static str); 1], &'static str) {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)
}

/// Adds the badge of a state.
pub(super) fn put_state(html: &mut Html, state: State) {
    put!(html, "<span class=\"state ", state, "\">", state, "</span>");
}

/// Adds a form that is one button.
pub(super) fn put_button(html: &mut Html, action: &str, label: &'static str) {
    put!(
        html,
        "<form method=\"post\" action=\"",
        action,
        "\"><button>",
        label,
        "</button></form>"
    );
}
