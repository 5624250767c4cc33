//! Live reload: pages in a browser follow the files that they are made of, and show when a build has failed.
//!
//! A script that is added to each page listens to [events]. A changed template or message has it load the page again, a changed style sheet
//! only has it take that; so does a new process, which `cargo fw start --watch` starts when code has changed.

mod events;

pub(super) use self::events::events;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    middleware::{Next, from_fn},
    response::Response,
};
use http::{Method, header};

use crate::{
    config::Config,
    controller::{developer, fragment},
    error::Error,
};

/// The script.
pub(super) const SCRIPT: &str = include_str!("live.js");
/// Its style sheet.
pub(super) const STYLE: &str = include_str!("live.css");

/// The largest page that the script is added to, in bytes. Larger ones are sent as they are.
const MAX_PAGE: usize = 8 * 1024 * 1024;

/// The path of the pages for developers, which are as they are.
const OWN: &str = "/_fw/";

/// Adds the script to the pages of routes, where pages for developers are served.
pub(crate) fn following(routes: Router, config: &Config) -> Router {
    if developer::are_pages_served(config) {
        routes.layer(from_fn(follow))
    } else {
        routes
    }
}

async fn follow(request: Request, next: Next) -> Response {
    // The page that htmx changes has the script already.
    let is_followed = !request.uri().path().starts_with(OWN)
        && !fragment::is_of_htmx(request.headers())
        && developer::is_on_this_machine(request.uri(), request.headers());
    let method = request.method().clone();
    let response = next.run(request).await;
    if is_followed && is_page(&response) {
        with_script(response, &method).await
    } else {
        response
    }
}

/// Returns whether a response is a page of the application. One with a policy of its own is not: it may permit no script.
fn is_page(response: &Response) -> bool {
    let headers = response.headers();
    let media_type = headers.get(header::CONTENT_TYPE);
    media_type.is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
        && !headers.contains_key(header::CONTENT_ENCODING)
        && !headers.contains_key(header::CONTENT_SECURITY_POLICY)
}

/// Adds the script to a page that responds to a request with this method.
async fn with_script(response: Response, method: &Method) -> Response {
    use axum::{body::HttpBody, response::IntoResponse};

    let size = response.body().size_hint().upper();
    if size.is_none_or(|size| size > MAX_PAGE as u64) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    match to_bytes(body, MAX_PAGE).await {
        Ok(page) => {
            parts.headers.remove(header::CONTENT_LENGTH);
            let mut page = page.to_vec();
            page.extend_from_slice(script(method).as_bytes());
            Response::from_parts(parts, Body::from(page))
        }
        Err(error) => Error::internal(error).into_response(),
    }
}

/// The element that loads the script. It comes after the end of the page, where browsers take it for the last one of its body: to look for a
/// better place would be to parse the page.
pub(crate) fn script(method: &Method) -> &'static str {
    if matches!(*method, Method::GET | Method::HEAD) {
        "<script src=\"/_fw/live.js\" defer></script>\n"
    } else {
        // To load the response to a form again is to send the form again.
        "<script src=\"/_fw/live.js\" defer data-keep></script>\n"
    }
}
