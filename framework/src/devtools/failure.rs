//! The page of an error, for developers: what has failed, why, where, and what could mend it.

use std::error::Error as StdError;

use axum::response::Response;
use http::{Method, StatusCode};

use super::{excerpt::Excerpt, layout::Frame, live, migrate};
use crate::{
    context::AppContext,
    error::{Error, Problem},
    markup::{Html, put},
};

/// The request that has failed.
pub(crate) struct FailedRequest<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    /// True if htmx puts the response into a page that has the script of live reload already.
    pub(crate) has_htmx: bool,
}

/// The response to a request of a developer's browser that has failed.
pub(crate) async fn response(
    ctx: &AppContext,
    request: FailedRequest<'_>,
    error: &Error,
    problem: &Problem<'_>,
) -> Response {
    let mut body = Html::default();
    put!(body, "<h1>", problem.status, " ", problem.title, "</h1>\n");
    causes(&mut body, error);
    place(&mut body, error);
    migrate::offer(&mut body, ctx).await;
    put!(
        body,
        "<h2>Request</h2>\n<dl><dt>Request</dt><dd><code>",
        request.method,
        " ",
        request.path,
        "</code></dd>"
    );
    if let Some(id) = problem.request_id {
        put!(
            body,
            "<dt>Request id</dt><dd><code>",
            id,
            "</code>, with which its lines in the log begin</dd>"
        );
    }
    put!(
        body,
        "</dl>\n<p class=\"soft\">Outside development a browser gets <code>errors/"
    );
    put!(
        body,
        problem.status,
        ".html</code> or <code>errors/error.html</code> of the application, and nothing of what is above.</p>\n"
    );
    if !request.has_htmx {
        let script = live::script(ctx.get().cloned(), request.method).await;
        body.append(&script);
    }
    let title = format!("{} {}", problem.status, problem.title);
    let frame = Frame {
        app: ctx.app_name(),
        part: None,
        title: &title,
    };
    let mut response = frame.around(&body);
    *response.status_mut() =
        StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
}

/// The chain of causes, the first in full: the errors of templates show their lines.
fn causes(body: &mut Html, error: &Error) {
    let first: &dyn StdError = error.source().unwrap_or(error);
    put!(body, "<pre class=\"cause\">", first, "</pre>\n");
    let mut cause = first.source();
    while let Some(next) = cause {
        put!(body, "<p>because of</p>\n<pre>", next, "</pre>\n");
        cause = next.source();
    }
}

/// The lines of the application that it comes from.
fn place(body: &mut Html, error: &Error) {
    let place = error.place();
    let Some(excerpt) = Excerpt::of(place) else {
        return;
    };
    put!(
        body,
        "<h2><code>",
        place,
        "</code></h2>\n<pre class=\"source\">"
    );
    for (number, line) in &excerpt.lines {
        let number_of_line = format!("{number:>5}  ");
        if *number == excerpt.line {
            put!(body, "<mark>", number_of_line, line, "</mark>\n");
        } else {
            put!(body, number_of_line, line, "\n");
        }
    }
    put!(body, "</pre>\n");
}
